import { largest } from "../core/append.ts";
import { table } from "./output.ts";
import { columnsOf, widthOf, wrapped } from "./wrap.ts";

/**
 * A table, or where a terminal is too narrow for it, its rows one below the other: the first cell, and under it each other one with its
 * heading.
 */
export function fitting([heading = [], ...rows]: readonly (readonly string[])[], stream: NodeJS.WriteStream = process.stdout): string {
  const whole = table([heading, ...rows]);
  const columns = columnsOf(stream);
  if (columns === null || whole.split("\n").every((line) => widthOf(line) <= columns)) return whole;
  const labels = heading.map((label) => label.trim().toLowerCase());
  const width = largest(labels.slice(1).map((label) => label.length));
  return rows
    .map(([first = "", ...cells]) => {
      const indent = " ".repeat(first.length - first.trimStart().length + 2);
      const hang = indent.length + width + 2;
      const named = cells.map((cell, at) => wrapped(`${indent}${(labels[at + 1] ?? "").padEnd(width)}  ${cell}`.trimEnd(), stream, hang));
      return [first, ...named].join("\n");
    })
    .join("\n");
}
