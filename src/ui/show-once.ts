import { randomInt } from "node:crypto";
import { EnvsealError } from "../errors.ts";
import { beforeSignal } from "../system/signals.ts";
import { hasTerminal, text } from "./prompt.ts";

const ALTERNATE_SCREEN = "\u001b[?1049h\u001b[H";
const MAIN_SCREEN = "\u001b[?1049l";
const COLUMNS = 4;

/** What is shown once, and what to do where there is no terminal to show it on. */
export interface Once {
  title: string;
  advice: string;
  instead: string;
}

/**
 * Shows words once, on the terminal's second screen so that they do not stay in its scrollback, and asks three of them
 * back. Resolves when they were right.
 * @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION where it was cancelled
 */
export async function showWords(words: readonly string[], once: Once): Promise<void> {
  needTerminal(once);
  for (;;) {
    await onSecondScreen(`${once.title}\n\n${grid(words)}\n\n${once.advice}`, () =>
      text("press Enter when they are on paper", "run it in a terminal"),
    );
    if (await askBack(words)) return;
    process.stderr.write("that was not the word; here they are again\n");
  }
}

/** Shows a secret that nobody types back; `saved` has to be typed before it is gone. @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION */
export async function showSecret(secret: string, once: Once): Promise<void> {
  needTerminal(once);
  await onSecondScreen(`${once.title}\n\n${secret}\n\n${once.advice}`, () =>
    text('type "saved" when you have saved it', "run it in a terminal", (typed) =>
      typed.trim() === "saved" ? undefined : 'type "saved", or Ctrl-C to stop',
    ),
  );
}

function needTerminal({ title, instead }: Once): void {
  if (!hasTerminal()) throw new EnvsealError("NEEDS_TERMINAL", `${title}: this can only be shown on a terminal`, { hint: instead });
}

function grid(words: readonly string[]): string {
  const rows = Math.ceil(words.length / COLUMNS);
  const cells = words.map((word, index) => `${String(index + 1).padStart(4)}. ${word.padEnd(10)}`);
  const lines = Array.from({ length: rows }, (_, row) => cells.filter((_cell, index) => index % rows === row).join(""));
  return lines.map((row) => row.trimEnd()).join("\n");
}

async function onSecondScreen(content: string, action: () => Promise<unknown>): Promise<void> {
  process.stderr.write(`${ALTERNATE_SCREEN}\n${content}\n\n`);
  const restore = () => {
    process.stderr.write(MAIN_SCREEN);
  };
  const done = beforeSignal(restore);
  process.once("exit", restore);
  try {
    await action();
  } finally {
    done();
    process.off("exit", restore);
    restore();
  }
}

async function askBack(words: readonly string[]): Promise<boolean> {
  const asked = new Set<number>();
  while (asked.size < 3) asked.add(randomInt(words.length));
  for (const index of [...asked].sort((a, b) => a - b)) {
    const answer = await text(`word ${index + 1}`, "run it in a terminal");
    if (answer.trim().toLowerCase() !== words[index]) return false;
  }
  return true;
}
