import { describe, expect, it } from "vitest";
import { fitting } from "../../src/ui/fitting.ts";
import { widthOf, wrapped } from "../../src/ui/wrap.ts";

const terminal = (columns: number) => ({ isTTY: true, columns }) as NodeJS.WriteStream;
const PIPE = { isTTY: false } as NodeJS.WriteStream;

describe("a message on a terminal", () => {
  const text =
    "warning: the access of bob was signed before somebody lost access; an admin gives it again: envseal grant bob -e production";

  it("breaks between words at its width, and nowhere else", () => {
    for (let columns = 20; columns < 140; columns++) {
      const lines = wrapped(text, terminal(columns)).split("\n");
      expect(lines.join(" "), `${columns}`).toBe(text);
      expect(Math.max(...lines.map(widthOf)), `${columns}`).toBeLessThanOrEqual(columns);
    }
  });

  it("keeps a command in one piece where it fits", () => {
    const lines = (columns: number) => wrapped(text, terminal(columns)).split("\n");
    for (let columns = 40; columns < 140; columns++)
      expect(
        lines(columns).some((line) => line.includes("envseal grant bob -e production")),
        `${columns}`,
      ).toBe(true);
    expect(wrapped('pipe it in: printf %s "$VALUE" | envseal set NEW -e production', terminal(60)).split("\n")).toEqual([
      "pipe it in:",
      'printf %s "$VALUE" | envseal set NEW -e production',
    ]);
    expect(wrapped("it waits: npx envseal sync", terminal(20)).split("\n")).toEqual(["it waits:", "npx envseal sync"]);
  });

  it("goes on where its line begins, or where it is told to", () => {
    expect(wrapped("  hint: one two three four five", terminal(20))).toBe("  hint: one two\n  three four five");
    expect(wrapped("fail  pin: one two three four five", terminal(20), 6)).toBe("fail  pin: one two\n      three four\n      five");
  });

  it("is not broken elsewhere, nor in its columns, nor in a word", () => {
    expect(wrapped(text, PIPE)).toBe(text);
    expect(wrapped(text, { isTTY: true, columns: 0 } as NodeJS.WriteStream)).toBe(text);
    const row = "  envseal run -- COMMAND    start something with the values";
    expect(wrapped(row, terminal(30))).toBe(row);
    expect(wrapped(`key ${"k".repeat(60)}`, terminal(30))).toBe(`key\n${"k".repeat(60)}`);
    expect(widthOf("\u001b[33mwarning:\u001b[39m")).toBe(8);
  });
});

describe("a table", () => {
  const rows = [
    ["NAME", "ACCESS", "FINGERPRINT"],
    ["ada", "default, production", "0123-4567"],
    ["bob", "", "89ab-cdef"],
  ];

  it("is shown row by row where a terminal is too narrow for it", () => {
    expect(fitting(rows, terminal(32))).toBe(
      [
        "ada",
        "  access       default,",
        "               production",
        "  fingerprint  0123-4567",
        "bob",
        "  access",
        "  fingerprint  89ab-cdef",
      ].join("\n"),
    );
  });

  it("stays one on a wide terminal and in a file", () => {
    for (const stream of [terminal(80), PIPE]) expect(fitting(rows, stream).split("\n")).toHaveLength(3);
  });
});
