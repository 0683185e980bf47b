import { styleText } from "node:util";
import type { Context } from "./context.ts";

/**
 * Data goes to stdout, all else to stderr. No capital initials, no final periods, colour only on a terminal and without
 * NO_COLOR.
 */
export function out(text: string): void {
  process.stdout.write(text);
}

export function line(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** Tells people what happened; silent with -q. */
export function say(context: Pick<Context, "quiet">, text = ""): void {
  if (!context.quiet) process.stderr.write(`${text}\n`);
}

export function warn(text: string): void {
  process.stderr.write(`${paint("yellow", "warning:")} ${text}\n`);
}

export function json(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

type Style = Parameters<typeof styleText>[0];

export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return stream.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text;
}

/** Text from the manifest or a file name, without control characters. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\uFFFD");
}

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
