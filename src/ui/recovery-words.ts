import { randomInt } from "node:crypto";
import { EnvsealError } from "../errors.ts";
import { hasTerminal, text } from "./prompt.ts";

const ALTERNATE_SCREEN = "\u001b[?1049h\u001b[H";
const MAIN_SCREEN = "\u001b[?1049l";

/**
 * Shows the words once, on the terminal's second screen so that they do not stay in its scrollback, and asks three of
 * them back. Resolves when they were right.
 * @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION where it was cancelled
 */
export async function showAndCheck(words: readonly string[]): Promise<void> {
  if (!hasTerminal()) {
    throw new EnvsealError("NEEDS_TERMINAL", "the recovery words can only be shown on a terminal", {
      hint: "add --recovery-file PATH to write them to a file (0600), or --yes to go without",
    });
  }
  for (;;) {
    await withSecondScreen(async () => {
      process.stderr.write(`\nrecovery words: the only way back if every identity is lost\n\n${grid(words)}\n\n`);
      process.stderr.write("write them on paper, in this order; they are shown once and stored nowhere\n\n");
      await text("press Enter when they are on paper", "run it in a terminal");
    });
    if (await askBack(words)) return;
    process.stderr.write("that was not the word; here they are again\n");
  }
}

function grid(words: readonly string[]): string {
  const cells = words.map((word, index) => `${String(index + 1).padStart(4)}. ${word.padEnd(10)}`);
  const rows = Array.from({ length: 6 }, (_, row) => [0, 6, 12, 18].map((column) => cells[row + column]).join(""));
  return rows.map((row) => row.trimEnd()).join("\n");
}

async function withSecondScreen(action: () => Promise<void>): Promise<void> {
  process.stderr.write(ALTERNATE_SCREEN);
  const restore = () => process.stderr.write(MAIN_SCREEN);
  process.once("exit", restore);
  try {
    await action();
  } finally {
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
