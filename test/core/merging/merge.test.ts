import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeDocuments, type Side } from "../../../src/core/merging/merge.ts";
import { parseDocument, serialise, valuesOf } from "../../../src/core/vault/document.ts";
import { runs } from "../../support/arbitraries.ts";
import { mergeValues } from "../../support/merges.ts";

const text = (lines: string) =>
  lines
    .split(" ")
    .filter((line) => line !== "")
    .map((line) => `${line === "_" ? "" : line}\n`)
    .join("");
const read = (source: string) => parseDocument(Buffer.from(source)).document;

function merged(base: string, ours: string, theirs: string, prefer?: (name: string) => Side) {
  const { document, conflicts } = mergeDocuments(read(base), read(ours), read(theirs), prefer);
  const source = Buffer.from(serialise(document)).toString();
  // What the lines say is what dotenv reads of them together.
  expect([...valuesOf(read(source))].sort()).toEqual([...valuesOf(document)].sort());
  return { source, conflicts };
}

/** Lines between spaces; `_` is an empty one. */
const inLines = (base: string, ours: string, theirs: string, prefer?: Side) => {
  const { source, conflicts } = merged(text(base), text(ours), text(theirs), prefer && (() => prefer));
  return [source.replace(/\n$/, "").replace(/^$/gm, "_").replaceAll("\n", " "), ...conflicts];
};

describe("merging dotenv files by name", () => {
  it.each([
    ["edits of two names", "A=1 B=1", "A=2 B=1", "A=1 B=2", "A=2 B=2"],
    ["an edit that both made", "A=1 B=1", "A=2 B=1", "A=2 B=1", "A=2 B=1"],
    ["a removal beside an edit", "A=1 B=1 C=1", "A=1 C=1", "A=1 B=1 C=2", "A=1 C=2"],
    ["a removal that both made", "A=1 B=1", "A=1", "A=1", "A=1"],
    ["additions at one place, ours first", "A=1", "A=1 B=1", "A=1 C=1", "A=1 B=1 C=1"],
    ["one name that both added, with one value: ours", "A=1", "A=1 B='1'", "A=1 B=1", "A=1 B='1'"],
    ["quotes on one side, a value on the other", "A=1 B=1", "A='1' B=1", "A=2 B=1", "A=2 B=1"],
    ["a value on one side, quotes on the other", "A=1 B=1", "A=2 B=1", "A='1' B=1", "A=2 B=1"],
    ["quotes on one side, the name gone on the other", "A=1 B=1", "A='1' B=1", "B=1", "B=1"],
    ["the name gone on one side, quotes on the other", "A=1 B=1", "B=1", "A='1' B=1", "B=1"],
    ["an edit where the other moved the line", "A=1 B=1 C=1", "A=2 B=1 C=1", "B=1 C=1 A=1", "B=1 C=1 A=2"],
    ["a line that both moved: where ours has it, behind", "A=1 B=1 C=1 D=1", "B=1 C=1 D=1 A=1", "B=1 A=1 C=1 D=1", "B=1 C=1 D=1 A=1"],
    ["a line that both moved: where ours has it, before", "A=1 B=1 C=1 D=1", "B=1 A=1 C=1 D=1", "B=1 C=1 D=1 A=1", "B=1 A=1 C=1 D=1"],
    ["a removal where the other moved the line", "A=1 B=1 C=1", "B=1 C=1", "B=1 C=1 A=1", "B=1 C=1"],
    ["comments and empty lines of both", "#x A=1 B=1", "#x #ours A=1 B=1", "#x A=1 _ B=1", "#x #ours A=1 _ B=1"],
  ])("%s", (_, base, ours, theirs, result) => {
    expect(inLines(base, ours, theirs)).toEqual([result]);
  });

  it.each([
    ["two values", "A=1 B=1", "A=2 B=1", "A=3 B=1", "A=2 B=1", "A=3 B=1"],
    ["two values of a new name", "A=1", "A=1 N=2", "A=1 N=3", "A=1 N=2", "A=1 N=3"],
    ["a removal and an edit, behind the line before", "A=1 B=1 C=1", "A=1 C=1", "A=1 B=2 C=1", "A=1 C=1", "A=1 B=2 C=1"],
    ["an edit and a removal", "A=1 B=1 C=1", "A=1 B=2 C=1", "A=1 C=1", "A=1 B=2 C=1", "A=1 C=1"],
    ["the first line", "A=1 B=1 C=1", "B=1 C=1", "A=2 B=1 C=1", "B=1 C=1", "A=2 B=1 C=1"],
    ["the third line", "A=1 B=1 C=1 D=1", "A=1 B=1 D=1", "A=1 B=1 C=2 D=1", "A=1 B=1 D=1", "A=1 B=1 C=2 D=1"],
    ["a line whose neighbour is gone too", "A=1 X=1 B=1 C=1", "A=1 C=1", "A=1 X=1 B=2 C=1", "A=1 C=1", "A=1 B=2 C=1"],
    ["the only line", "A=1 #", "#", "A=2 #", "#", "A=2 #"],
  ])("a conflict over %s goes to the preferred side, its removal included", (_, base, ours, theirs, ifOurs, ifTheirs) => {
    const name = /two values of/.test(_) ? "N" : _ === "two values" || /first|only/.test(_) ? "A" : /third/.test(_) ? "C" : "B";
    expect(inLines(base, ours, theirs, "ours")).toEqual([ifOurs, name]);
    expect(inLines(base, ours, theirs, "theirs")).toEqual([ifTheirs, name]);
    // Where nobody says, the name is there.
    expect(inLines(base, ours, theirs)).toEqual([ifOurs.includes(`${name}=`) ? ifOurs : ifTheirs, name]);
  });

  it("asks for each conflict by itself, and names them in order", () => {
    const { source, conflicts } = merged("B=1\nA=1\nC=1\n", "B=2\nA=2\nC=1\n", "B=3\nA=3\nC=3\n", (name) =>
      name === "A" ? "theirs" : "ours",
    );
    expect(source).toBe("B=2\nA=3\nC=3\n");
    expect(conflicts).toEqual(["A", "B"]);
  });

  it("takes line ends, byte order mark and final newline from the side that changed them", () => {
    const [plain, crlf, bare] = ["A=1\nB=1\n", "A=1\r\nB=1\r\n", "A=1\nB=1"];
    for (const changed of [crlf, bare, `\uFEFF${plain}`, `\uFEFF${crlf}`]) {
      expect(merged(plain, changed, plain).source).toBe(changed);
      expect(merged(plain, plain, changed).source).toBe(changed);
      expect(merged(changed, plain, changed).source).toBe(plain);
      expect(merged(changed, changed, plain).source).toBe(plain);
    }
    expect(merged(plain, crlf, "A=1\nB=2").source).toBe("A=1\r\nB=2");
  });

  it("keeps a dead assignment as long as its live one, and before it", () => {
    expect(inLines("A=0 A=1 B=1", "A=0 A=1 B=2", "A=0 A=2 B=1")).toEqual(["A=0 A=2 B=2"]);
    expect(inLines("A=0 A=1 B=1", "B=1", "A=0 A=1 B=2")).toEqual(["B=2"]);
    expect(inLines("A=0 A=1 B=1", "A=0 A=1 B=2", "B=1")).toEqual(["B=2"]);
    // Behind the live line, which one side moved up, the dead one would be the value.
    expect(inLines("B=1 D=1 A=2 C=1", "A=2 B=1 D=1 C=1", "B=1 D=1 A=0 A=2 C=1")).toEqual(["A=2 B=1 D=1 C=1"]);
    expect(inLines("B=1 D=1 A=2 C=1", "B=1 D=1 A=0 A=2 C=1", "A=2 B=1 D=1 C=2")).toEqual(["A=2 B=1 D=1 C=2"]);
  });

  /** Names twice, in any order, quoted or not, between comments. */
  const anyFile = fc
    .array(fc.constantFrom("A=1", "A=2", "A='1'", "B=1", "B=2", "C=1", "C=2", "D=1", "#x", "#y", ""), { maxLength: 8 })
    .map((lines) => lines.map((line) => `${line}\n`).join(""));

  it("gives every name the value that a merge of the values alone gives it, and reads so", () => {
    const valuesIn = (source: string) => Object.fromEntries(valuesOf(read(source)));
    fc.assert(
      fc.property(anyFile, anyFile, anyFile, fc.constantFrom<Side>("ours", "theirs"), (base, ours, theirs, side) => {
        const { values, conflicts } = mergeValues(valuesIn(base), valuesIn(ours), valuesIn(theirs));
        const result = merged(base, ours, theirs, () => side);
        expect(result.conflicts).toEqual(conflicts);
        const chosen = valuesIn(side === "ours" ? ours : theirs);
        for (const name of conflicts) if (Object.hasOwn(chosen, name)) values[name] = chosen[name] as string;
        expect(valuesIn(result.source)).toEqual(values);
      }),
      runs(500),
    );
  });

  it("leaves a file as it is where nobody, or only one side, changed it", () => {
    fc.assert(
      fc.property(anyFile, anyFile, (base, side) => {
        for (const [ours, theirs] of [
          [side, base],
          [base, side],
          [side, side],
        ] as const)
          expect(merged(base, ours, theirs)).toEqual({ source: side, conflicts: [] });
      }),
      runs(300),
    );
  });
});
