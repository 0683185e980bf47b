import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAssignment } from "../../../src/core/vault/assignment.ts";
import { parseDocument, readLoosely, serialise, valuesOf } from "../../../src/core/vault/document.ts";
import { quoteValue } from "../../../src/core/vault/quoting.ts";
import { isEnvsealError } from "../../../src/errors.ts";
import { anyValue, dotenvText, runs } from "../../support/arbitraries.ts";
import { corpusFiles, corpusIsHere, corpusNotice } from "../../support/corpus.ts";

const bytes = (text: string) => Buffer.from(text);
const values = (text: string) => Object.fromEntries(valuesOf(parseDocument(bytes(text)).document));

/** The document, or null where the text is refused. */
function tryParse(text: string) {
  try {
    return parseDocument(bytes(text)).document;
  } catch (error) {
    if (isEnvsealError(error) && error.code === "MALFORMED_DOTENV") return null;
    throw error;
  }
}

describe("the lossless dotenv document", () => {
  it("keeps every byte and agrees with dotenv on every name and value", () => {
    let accepted = 0;
    const count = runs(3000);
    fc.assert(
      fc.property(dotenvText, (text) => {
        const document = tryParse(text);
        expect(readLoosely(text)).toEqual(parse(text));
        if (document === null) return;
        accepted++;
        expect(Buffer.from(serialise(document)).equals(bytes(text))).toBe(true);
        expect(Object.fromEntries(valuesOf(document))).toEqual(parse(text));
        for (const line of document.lines) {
          if (line.kind === "assignment") expect(parseAssignment(line.raw)).toMatchObject({ name: line.name, value: line.value });
        }
      }),
      count,
    );
    expect(accepted).toBeGreaterThan(count.numRuns / 6);
  });

  it.runIf(corpusIsHere)(`keeps and reads all real files${corpusNotice}`, () => {
    const files = corpusFiles();
    expect(files.length).toBeGreaterThan(600);
    for (const [label, content] of files) {
      const { document } = parseDocument(content, label);
      expect(Buffer.from(serialise(document)).equals(content), label).toBe(true);
      expect(Object.fromEntries(valuesOf(document)), label).toEqual(parse(content));
    }
  });

  it("takes quotes from a value as dotenv does, in whatever lines of Unicode's", () => {
    const part = fc.constantFrom("'", '"', "`", "\u2028", "\u2029", "a", "\\n", "\\", " ", "#", "=", "A=", "\n");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = `A=${parts.join("")}`;
        expect(readLoosely(text)).toEqual(parse(text));
      }),
      runs(3000),
    );
  });

  it("is read in one pass, where dotenv looks at each empty line again and again", () => {
    // Of dotenv it takes hours.
    expect(Object.keys(readLoosely(`A=x${"\u2028'a".repeat(1 << 18)}`))).toEqual(["A"]);
    for (const text of ["\n", "\v\n", "\r", "A\n", "A=\n", " ", 'A="\\"x\n', "A='x\n", "\u2028", "A=x\u2028'a", "\u2028A='a"])
      expect(readLoosely(text.repeat(1 << 18)).B).toBe(undefined);
    expect(readLoosely("\ufeffA=1\r\n\r\nexport B = 'x\ny' # c\nC D=1\nE='open\n__proto__=1\n")).toEqual(
      parse("\ufeffA=1\r\n\r\nexport B = 'x\ny' # c\nC D=1\nE='open\n"),
    );
  });

  it.each([
    ["a value on the next line", "FOO=\n'x'\nB=1", { FOO: "x", B: "1" }],
    ["an empty value that dotenv runs on over blank lines", "FOO=\n\n\nB=1", { FOO: "", B: "1" }],
    ["export on its own line", "export\nFOO=1", { FOO: "1" }],
    ["a colon that swallows a line end", "FOO:\nBAR=1", { FOO: "BAR=1" }],
    ["a colon that swallows CRLF", "FOO:\r\nBAR=1", { FOO: "BAR=1" }],
    ["an assignment behind U+2028", "# c\u2028BAR=2", { BAR: "2" }],
    ["escapes in double quotes only", "A=\"x\\ny\"\nB='x\\ny'", { A: "x\ny", B: "x\\ny" }],
    ["CRLF inside a quoted value", 'A="x\r\ny"\r\n', { A: "x\ny" }],
    ["quotes around two words in quotes", "A='a' b'\n", { A: "a' b" }],
    ["escapes in double quotes that a word follows", 'A="x\\ny" z"\n', { A: 'x\ny" z' }],
    ["the last of two", "A=1\nA=2\n", { A: "2" }],
  ])("reads %s as dotenv does", (_, text, expected) => {
    expect(values(text)).toEqual(expected);
    expect(parse(text)).toEqual(expected);
  });

  it.each([
    ["an unterminated quote", 'A=1\nB="abc\n', /line 2: the quote that opens the value of B is never closed/],
    ["text behind a closing quote", "A='x' y # z\n", /line 1: there is text behind the closing quote of A/],
    ["a dropped assignment", "A=1\n\nÉ=1\n", /line 3: dotenv would drop this assignment/],
    ["__proto__", "__proto__=1\n", /line 1: the name __proto__/],
    ["NUL", "A=1\nB=\0\n", /NUL byte on line 2/],
  ])("refuses %s with its line", (_, text, message) => {
    expect(() => parseDocument(bytes(text))).toThrow(message);
  });

  it("refuses UTF-16 and invalid UTF-8", () => {
    expect(() => parseDocument(Buffer.from("\uFEFFA=1", "utf16le"))).toThrow(/UTF-16/);
    expect(() => parseDocument(Buffer.from([0x41, 0x3d, 0xff]))).toThrow(/not valid UTF-8/);
  });

  it("never quotes a value in an error", () => {
    for (const text of ['A="hunter2\n', "A='hunter2' hunter2 #\n", "hunter2É=hunter2\n"]) {
      expect(() => parseDocument(bytes(text))).toThrow(expect.not.objectContaining({ message: expect.stringContaining("hunter2") }));
    }
  });

  it("warns about duplicates (both lines), case variants, cut values and foreign lines", () => {
    const { warnings, document } = parseDocument(bytes("A=1\na=2\nA=3\njunk here\nB=x#y\n"));
    expect(warnings.map(({ code, line }) => [code, line])).toEqual([
      ["DUPLICATE_NAME", 1],
      ["CASE_VARIANT", 3],
      ["NOT_AN_ASSIGNMENT", 4],
      ["CUT_AT_HASH", 5],
    ]);
    expect(warnings[0]?.message).toContain("line 3");
    expect(document.lines[0]).toMatchObject({ dead: true });
  });
});

describe("quoteValue", () => {
  it("writes what dotenv reads back, whatever follows", () => {
    let refused = 0;
    let tried = 0;
    fc.assert(
      fc.property(anyValue, dotenvText, (value, rest) => {
        tried++;
        let quoted: string;
        try {
          quoted = quoteValue(value, "X");
        } catch {
          refused++;
          return;
        }
        expect(parse(`X=${quoted}`)).toEqual({ X: value });
        expect(values(`X=${quoted}\nEND=1\n`)).toEqual({ X: value, END: "1" });
        if (tryParse(rest) !== null && !("X" in parse(rest))) expect(parse(`X=${quoted}\nY=1\n${rest}`).X).toBe(value);
      }),
      runs(3000),
    );
    expect(refused).toBeLessThan(tried / 5);
  });

  it("refuses what dotenv cannot hold", () => {
    expect(() => quoteValue("a\0b", "X")).toThrow(/NUL/);
    expect(() => quoteValue("'\"`#\n\\n", "X")).toThrow(/no way to write/);
  });
});
