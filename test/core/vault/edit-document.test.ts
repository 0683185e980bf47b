import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeDocuments } from "../../../src/core/merging/merge.ts";
import { parseDocument, serialise } from "../../../src/core/vault/document.ts";
import { dedupe, replaceValues, settled, setValue, unsetValue } from "../../../src/core/vault/edit-document.ts";
import { isEnvsealError } from "../../../src/errors.ts";
import { anyValue, dotenvText, runs, variableName } from "../../support/arbitraries.ts";
import { errorOf } from "../../support/folders.ts";

const doc = (text: string) => parseDocument(Buffer.from(text)).document;
const text = (document: Parameters<typeof serialise>[0]) => Buffer.from(serialise(document)).toString();
const refusable = <T>(action: () => T): T | undefined => {
  try {
    return action();
  } catch (error) {
    if (isEnvsealError(error) && ["MALFORMED_DOTENV", "BAD_VALUE"].includes(error.code)) return undefined;
    throw error;
  }
};

describe("editing a document", () => {
  it.each([
    ["A=1\nB=2\n", "A", "x y", "A='x y'\nB=2\n"],
    ["export A = '1' # why\nB=2", "A", "2", "export A = 2 # why\nB=2"],
    ["A=1\r\n", "B", "2", "A=1\r\nB=2\r\n"],
    ["A=1", "B", "2", "A=1\nB=2"],
    ["A=1\nA=2\n", "A", "3", "A=1\nA=3\n"],
    ["A='x # y'\n", "A", "z", "A=z\n"],
    ["A: 1\n", "A", "2", "A: 2\n"],
    // What would not read so there gives way, but never `export`.
    ["export A=\n'x'\nB=1\n", "A", "2", "export A=2\nB=1\n"],
    ["  export p=1#c\nB=1\n", "p", "2", "  export p=2\nB=1\n"],
    ["A=1 # c\n", "A", "'a' \"b\" `c", "A=''a' \"b\" `c'\n"],
    ["A='1' # c\u2028B=2\n", "A", "3", "A=3 # c\nB=2\n"],
    ["A='1'\u2029B=2\n", "A", "3", "A=3\nB=2\n"],
    ["A='1'\u2028B=2\n", "B", "3", "A='1'\u2028B=3\n"],
  ])("sets in %j", (before, name, value, after) => {
    expect(text(setValue(doc(before), name, value))).toBe(after);
  });

  it("sets exactly one value and changes no other, for any document and value", () => {
    fc.assert(
      fc.property(dotenvText, variableName, anyValue, (source, name, value) => {
        const before = refusable(() => doc(source));
        if (before === undefined) return;
        const after = refusable(() => setValue(before, name, value));
        if (after === undefined) return;
        expect(parse(text(after))).toEqual({ ...parse(source), [name]: value });
        const removed = unsetValue(after, name);
        const { [name]: _, ...rest } = parse(source);
        if (removed !== null) expect(parse(text(removed))).toEqual(rest);
      }),
      runs(1500),
    );
  });

  it("removes dead assignments with the live one", () => {
    expect(text(unsetValue(doc("A=1\nB=1\nA=2\n"), "A") as never)).toBe("B=1\n");
    expect(unsetValue(doc("A=1\n"), "B")).toBeNull();
  });
});

/** Here a quote behind a backslash, a name or an empty value is open to what follows, and something holds it off. */
describe("an edit that would change another name", () => {
  const refused = (action: () => unknown) => errorOf(action)?.message ?? "accepted";
  const upTo = ": dotenv would then read";

  it.each<[string, () => unknown, string]>([
    ["set behind an open quote", () => setValue(doc("C=1\nA='x\\'\n"), "B", "\nq"), `B cannot be set${upTo} A otherwise`],
    ["set behind an open name", () => setValue(doc("C=1\nFOO:"), "B", "1"), `B cannot be set${upTo} FOO otherwise`],
    ["emptied before a quote", () => setValue(doc("A=1\n'x'\n"), "A", ""), `A cannot be set${upTo} A otherwise`],
    ["removed behind an open quote", () => unsetValue(doc("A='x\\'\nB='y'\nC='\nz'\n"), "B"), `B cannot be removed${upTo} A otherwise`],
    ["removed behind an empty value", () => unsetValue(doc("FOO=\nA=1\n'x'\n"), "A"), `A cannot be removed${upTo} FOO otherwise`],
    ["removed behind an open name", () => unsetValue(doc("B=1\nFOO\nA=1\n=x\n"), "A"), `A cannot be removed${upTo} FOO otherwise`],
    [
      "replaced behind an open quote",
      () => replaceValues(doc("C=1\nA='x\\'\nB=1\n"), ({ name, value }) => (name === "B" ? "\nD=2" : value)),
      `the values cannot be written${upTo} A otherwise`,
    ],
    [
      "merged behind an open quote",
      () => {
        const base = "A='x\\'\nB='y'\nC=1\n";
        return settled(mergeDocuments(doc(base), doc(base.replace("B='y'\n", "")), doc(base.replace("C=1", "C='\nz'"))).document, "no");
      },
      `no${upTo} A otherwise`,
    ],
  ])("is refused: %s", (_, action, message) => {
    expect(refused(action)).toContain(message);
    expect(errorOf(action)?.code).toBe("BAD_VALUE");
  });

  it("is found in any document", () => {
    fc.assert(
      fc.property(dotenvText, fc.nat(), (source, at) => {
        const before = refusable(() => doc(source));
        const names = Object.keys(parse(source));
        const name = names[at % names.length];
        if (before === undefined || name === undefined) return;
        const { [name]: _, ...rest } = parse(source);
        const removed = refusable(() => unsetValue(before, name));
        if (removed != null) expect(parse(text(removed))).toEqual(rest);
        const clean = refusable(() => dedupe(before));
        if (clean !== undefined)
          expect([parse(text(clean)), clean.lines.some((line) => line.kind === "assignment" && line.dead)]).toEqual([parse(source), false]);
        const doubled = refusable(() => replaceValues(before, ({ value }) => value + value));
        if (doubled !== undefined)
          expect(parse(text(doubled))).toEqual(
            Object.fromEntries(Object.entries(parse(source)).map(([key, value]) => [key, value + value])),
          );
      }),
      runs(1500),
    );
  });
});

describe("commenting dead lines out", () => {
  it.each([
    ["A='x\r\ny'\r\nA=2\r\n", "# A='x\r\n# y'\r\nA=2\r\n"],
    ["A='x\n\ny'\nA=2\n", "# A='x\n# \n# y'\nA=2\n"],
    ["A='x\ry'\nA=2\n", "# A='x\r# y'\nA=2\n"],
    // U+2028 would make of both lines one comment.
    ["A='1'\u2028A=2\n", "# A='1'\nA=2\n"],
  ])("keeps the rest of %j", (before, after) => {
    expect(text(dedupe(doc(before)))).toBe(after);
  });
});

describe("replacing values", () => {
  it("leaves a line alone whose value stays", () => {
    const before = "A=\"a\\nb\"\nB=x#y\nC=\n'z'\n";
    expect(text(replaceValues(doc(before), ({ value }) => value))).toBe(before);
    expect(text(replaceValues(doc(before), ({ name, value }) => (name === "C" ? "w" : value)))).toBe(before.replace("z", "w"));
  });
});

describe("merging documents", () => {
  it.each([
    ["disjoint edits", "A=1\nB=1\n", "A=2\nB=1\n", "A=1\nB=2\n", "A=2\nB=2\n", []],
    ["the same edit twice", "A=1\n", "A=2\n", "A='2'\n", "A=2\n", []],
    ["both sides add at the end", "A=1\n", "A=1\nB=1\n", "A=1\nC=1\n", "A=1\nB=1\nC=1\n", []],
    ["different edits", "A=1\n", "A=2\n", "A=3\n", "A=2\n", ["A"]],
    ["removal against edit", "A=1\n", "", "A=3\n", "A=3\n", ["A"]],
    ["removal against nothing", "A=1\nB=1\n", "B=1\n", "A=1\nB=1\n", "B=1\n", []],
    ["comment against value", "A=1\n", "A=1 # c\n", "A=2\n", "A=2\n", []],
    ["comments on both sides", "# x\nA=1\n", "# x\n# ours\nA=1\n", "# x\n# theirs\nA=1\n", "# x\n# ours\n# theirs\nA=1\n", []],
  ])("%s", (_, base, ours, theirs, result, conflicts) => {
    const merged = mergeDocuments(doc(base), doc(ours), doc(theirs));
    expect(merged.conflicts).toEqual(conflicts);
    expect(text(merged.document)).toBe(result);
  });

  it("equals a three-way merge of the values by name", () => {
    const values = fc.dictionary(fc.constantFrom("A", "B", "C", "D", "E", "F"), fc.constantFrom("1", "2", "3"), { maxKeys: 6 });
    const render = (entries: Record<string, string>, comment: string) =>
      Object.entries(entries)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(`# ${comment}\n`);
    fc.assert(
      fc.property(values, values, values, fc.constantFrom("x", "y"), fc.constantFrom("x", "y"), (base, ours, theirs, c1, c2) => {
        const merged = mergeDocuments(doc(render(base, "x")), doc(render(ours, c1)), doc(render(theirs, c2)));
        const expected: Record<string, string> = {};
        const conflicts: string[] = [];
        for (const name of new Set([...Object.keys(base), ...Object.keys(ours), ...Object.keys(theirs)])) {
          const [b, o, t] = [base[name], ours[name], theirs[name]];
          const value = o === t || b === t ? o : b === o ? t : undefined;
          if (o !== t && b !== t && b !== o) conflicts.push(name);
          else if (value !== undefined) expected[name] = value;
        }
        expect(merged.conflicts).toEqual(conflicts.sort());
        const result = parse(text(merged.document));
        for (const name of conflicts) delete result[name];
        expect(result).toEqual(expected);
      }),
      runs(1500),
    );
  });
});
