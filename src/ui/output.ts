import { styleText } from "node:util";
import type { Context } from "../context.ts";
import { printable, printableJson, printableLines } from "../printable.ts";
import { typeable } from "./command-prefix.ts";
import { wrapped } from "./wrap.ts";

/**
 * Data goes to stdout, all else to stderr. No capital initials, no final periods, colour only on a terminal and without
 * NO_COLOR. Nothing but `out` lets through what a terminal would obey.
 */
export function out(text: string): void {
  process.stdout.write(text);
}

export function line(text = ""): void {
  process.stdout.write(`${printableLines(text, hasColour(process.stdout))}\n`);
}

/** Tells people what happened; silent with -q. */
export function say(context: Pick<Context, "quiet">, text = ""): void {
  if (!context.quiet) process.stderr.write(`${wrapped(printableLines(typeable(text), hasColour(process.stderr)), process.stderr)}\n`);
}

export function warn(text: string): void {
  process.stderr.write(`${wrapped(`${paint("yellow", "warning:")} ${printableLines(typeable(text))}`, process.stderr, 0)}\n`);
}

/** A sentence on stdout, with commands that can be typed. @param hang where its further lines begin */
export function sentence(text: string, hang = 0): void {
  line(wrapped(typeable(text), process.stdout, hang));
}

export function json(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value, null, 2))}\n`);
}

type Style = Parameters<typeof styleText>[0];

export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return hasColour(stream) ? styleText(style, text) : text;
}

export function hasColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env.NO_COLOR;
}

/** Text from the manifest, a commit or a file name. */
export const plain: (text: string) => string = printable;

/** Left-aligned columns, two spaces between, no trailing space. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
