import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../context.ts";
import { EnvsealError } from "../errors.ts";
import { printableLines } from "../printable.ts";
import { beforeSignal } from "../system/signals.ts";

/** Questions go to stderr, so that stdout stays data. Without a terminal they fail with the flag that would answer. */

/** Asked for late: node needs 4 ms to open its standard input, which most commands never read. */
const io = () => ({ input: process.stdin, output: process.stderr });
const SHOW_CURSOR = "\u001b[?25h";

/** A signal ends the program in the middle of a question: the terminal is given back as it was found. */
async function asking<T>(question: () => Promise<T>): Promise<T> {
  const done = beforeSignal(() => {
    process.stdin.setRawMode(false);
    process.stderr.write(`${SHOW_CURSOR}\n`);
  });
  try {
    return await question();
  } finally {
    done();
  }
}

export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

function needTerminal(what: string, instead: string): void {
  if (hasTerminal()) return;
  throw new EnvsealError("NEEDS_TERMINAL", `this asks "${what}", and there is no terminal to ask in`, { hint: instead });
}

/**
 * @param usual what Enter alone answers
 * @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION where the answer is no
 */
export async function confirm(context: Context, question: string, usual: "yes" | "no" = "yes"): Promise<void> {
  if (context.yes) return;
  needTerminal(question, "add --yes to answer yes");
  const { confirm: ask } = await import("@clack/prompts");
  const answer = await asking(() => ask({ message: printableLines(question), initialValue: usual === "yes", ...io() }));
  if (answer !== true) throw declined();
}

/**
 * For what cannot be undone: the words have to be typed, or given with a flag.
 * @param ask what it is about, what to type, and the flag that would answer
 * @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION where other words are typed or given
 */
export async function confirmInWords(
  given: string | undefined,
  words: string,
  ask: { question: string; prompt: string; instead: string },
): Promise<void> {
  if (given === undefined) needTerminal(ask.question, ask.instead);
  const typed = given ?? (await text(`${ask.question}\n${ask.prompt}`, ask.instead));
  if (typed.trim() !== words) throw declined();
}

/**
 * Input that is not shown.
 * @param instead the other way to give it, for where there is no terminal
 * @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION, BAD_VALUE where several lines were pasted: the first would pass for the whole
 */
export async function hidden(question: string, instead: string): Promise<string> {
  needTerminal(question, instead);
  const { password } = await import("@clack/prompts");
  let lines = false;
  const watch = (chunk: Buffer) => {
    lines ||= /[\r\n]\s*\S/.test(chunk.toString("latin1"));
  };
  process.stdin.on("data", watch);
  try {
    const given = await asking(async () => {
      const typed = await password({ message: printableLines(question), ...io() });
      if (typeof typed === "string" && (await swallowRest())) lines = true;
      return typed;
    });
    if (!lines) return answered(given);
  } finally {
    process.stdin.off("data", watch);
  }
  throw new EnvsealError("BAD_VALUE", "several lines were pasted, and a prompt takes one: nothing was changed", {
    hint: `paste one line, or ${instead}`,
  });
}

/** A person takes longer to go on typing, and what a terminal still has of a paste comes sooner. */
const PASTE_MS = 150;

/** What a paste sends behind its first line: the shell would show it, run it and keep it. True where there was any. */
async function swallowRest(): Promise<boolean> {
  const { stdin } = process;
  let came = false;
  let more: boolean;
  const watch = (chunk: Buffer) => {
    more = true;
    came ||= /\S/.test(chunk.toString("latin1"));
  };
  stdin.setRawMode(true).on("data", watch).resume();
  try {
    do {
      more = false;
      await sleep(PASTE_MS);
    } while (more);
  } finally {
    stdin.pause().off("data", watch).setRawMode(false);
  }
  return came;
}

/** One of a few. @param instead the flag that would answer @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION */
export async function choose<T extends string>(
  question: string,
  options: readonly { value: T; label: string }[],
  instead: string,
): Promise<T> {
  needTerminal(question, instead);
  const { select } = await import("@clack/prompts");
  const shown = options.map(({ value, label }) => ({ value, label: printableLines(label) }));
  return answered(await asking(() => select({ message: printableLines(question), options: shown as never, ...io() }))) as T;
}

export async function text(question: string, instead: string, validate?: (value: string) => string | undefined): Promise<string> {
  needTerminal(question, instead);
  const { text: ask } = await import("@clack/prompts");
  const checked = validate && { validate: (value: string | undefined) => validate(value ?? "") };
  return answered(await asking(() => ask({ message: printableLines(question), ...io(), ...checked })));
}

/** The answer, or a refusal where the question was cancelled (Ctrl-C, Esc). */
function answered(answer: string | symbol): string {
  if (typeof answer === "symbol") throw declined();
  return answer;
}

function declined(): EnvsealError {
  return new EnvsealError("NEEDS_CONFIRMATION", "nothing was changed", { hint: "run it again when you are ready" });
}
