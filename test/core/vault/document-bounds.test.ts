import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { parseAssignment, scanAssignment } from "../../../src/core/vault/assignment.ts";
import { type Document, parseDocument, serialise } from "../../../src/core/vault/document.ts";
import { dedupe, emptyDocument, replaceValues, setValue, unsetValue } from "../../../src/core/vault/edit-document.ts";
import { quoteValue } from "../../../src/core/vault/quoting.ts";
import { errorOf } from "../../support/folders.ts";

const doc = (text: string): Document => parseDocument(Buffer.from(text)).document;
const textOf = (document: Document) => Buffer.from(serialise(document)).toString();
const warned = (text: string) => parseDocument(Buffer.from(text)).warnings.map(({ code, line }) => `${code} ${line}`);
const refusal = (bytes: string | Uint8Array) => {
  const error = errorOf(() => parseDocument(Buffer.from(bytes as string), "f"));
  return error === undefined ? "accepted" : `${error.code} ${error.message}`;
};

describe("a dotenv file", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["UTF-16, little end first", Uint8Array.of(0xff, 0xfe, 65, 0), "f is UTF-16"],
    ["UTF-16, big end first", Uint8Array.of(0xfe, 0xff, 0, 65), "f is UTF-16"],
    ["no UTF-8", Uint8Array.of(0xff, 65), "f is not valid UTF-8"],
    ["no UTF-8 behind its start", Uint8Array.of(65, 0xfe), "f is not valid UTF-8"],
    ["no UTF-8, with half of a mark", Uint8Array.of(65, 0xff), "f is not valid UTF-8"],
    ["no UTF-8, with the other half", Uint8Array.of(0xfe, 65), "f is not valid UTF-8"],
    ["with a NUL", "A=1\nB=\0\n", "f holds a NUL byte on line 2"],
    ["with a NUL at its start", "\0", "f holds a NUL byte on line 1"],
    ["too large", new Uint8Array((16 << 20) + 1).fill(35), "f is larger than 16 MiB"],
    ["of too many lines", "\n".repeat((1 << 18) + 1), "f has more than 262144 lines"],
    ["of as many lines as it may have", "\n".repeat(1 << 18), "accepted"],
    ["with a name that cannot be read back", "A=1\n__proto__=1\n", "f line 2: the name __proto__ cannot be read back"],
    ["with a quote left open", "A=1\n\nB='x\n", "f line 3: the quote that opens the value of B is never closed"],
    ["with text behind a quote", "A='x'y#z\n", "f line 1: there is text behind the closing quote of A"],
    ["with a name dotenv drops", "A=1\nB C=2\n", "accepted"],
    ["with a name of letters dotenv drops", "Ä=2\n", "f line 1: dotenv would drop this assignment"],
    ["with blanks behind one", "Ä =2\n", "f line 1: dotenv would drop this assignment"],
    ["with export and blanks before one", "export  A/B=2\n", "f line 1: dotenv would drop this assignment"],
    ["with a back quote left open", "A=`x\n", "f line 1: the quote that opens the value of A is never closed"],
    ["with export before one", "export A/B=2\n", "f line 1: dotenv would drop this assignment"],
    ["with one behind CRLF", "\r\n\r\nA$=2\n", "f line 3: dotenv would drop this assignment"],
    ["with one behind CR", "\r\rA$=2\n", "f line 3: dotenv would drop this assignment"],
  ])("%s", (_, bytes, message) => {
    expect(refusal(bytes)).toMatch(message === "accepted" ? "accepted" : `MALFORMED_DOTENV ${message}`);
  });

  it("of 16 MiB is read", () => expect(refusal(new Uint8Array(16 << 20).fill(35))).toBe("accepted"));

  it("of many quotes with a # behind each is read at once", () => {
    const inner = '\\"#'.repeat(100_000);
    expect(parseAssignment(`A="${inner}"`)?.value === inner).toBe(true);
  }, 5_000);

  it("is warned about where dotenv reads it otherwise than people do", () => {
    expect(warned("A=1\nA=2\nB=a#b\nwords\n# c\n\nb=1\n")).toEqual([
      "DUPLICATE_NAME 1",
      "CUT_AT_HASH 3",
      "NOT_AN_ASSIGNMENT 4",
      "CASE_VARIANT 7",
    ]);
    expect(warned("A=1 # c\nB='a#b'\nC=#\n  # x\n \t\n")).toEqual([]);
    expect(warned("A=1\na=1\nA=2\n")).toEqual(["DUPLICATE_NAME 1", "CASE_VARIANT 3"]);
    const [dead, live] = doc("A=1\nA=2\n").lines;
    expect([dead, live]).toMatchObject([{ dead: true }, { dead: false }]);
  });

  it("has the line end that most lines have", () => {
    const eol = (text: string) => doc(text).eol;
    expect([
      eol(""),
      eol("A=1"),
      eol("A=1\n"),
      eol("A=1\r\n"),
      eol("A=1\r"),
      eol("a\n\r\n"),
      eol("a\n\r"),
      eol("a\r\nb\r"),
      eol("\r\n\r\n\n"),
      eol("\r\r\n\r"),
    ]).toEqual([1, 1, 1, 2, 3, 1, 1, 2, 2, 3]);
    expect(doc("A=1\r\nB=2\nC=3\r\n").lines.map(({ end }) => end)).toEqual([0, 1, 0]);
    expect(doc("A=1").finalNewline).toBe(false);
    expect(doc("A=1\n").finalNewline).toBe(true);
    expect(doc("# a\u2028A=1\n").lines).toMatchObject([{ raw: "# a\u2028", end: 4 }, { raw: "A=1" }]);
    expect(doc("# a\u2029A=1\n").lines).toHaveLength(2);
    expect(doc("A='x\ny'\r\nB=1\n").lines.map(({ line }) => line)).toEqual([1, 3]);
  });

  it("is one assignment where a text is, and nothing else", () => {
    expect(parseAssignment("A='1'\u2028")).toMatchObject({ name: "A", value: "1" });
    expect(parseAssignment("A='1'\u2029")).toMatchObject({ name: "A", value: "1" });
    expect(parseAssignment("export A='x' # c")).toMatchObject({ name: "A", value: "x" });
    expect(parseAssignment("export  A=1")).toMatchObject({ name: "A", value: "1" });
    expect([parseAssignment("A=''"), parseAssignment("A= ")]).toMatchObject([
      { name: "A", value: "" },
      { name: "A", value: "" },
    ]);
    for (const bad of ["", "# A=1", "ä=1", "A=1\nB=2", "A='1'\n", "A", "A=1\n", "A=\n"])
      expect(parseAssignment(bad), JSON.stringify(bad)).toBeNull();
    expect(scanAssignment("x\nA=1\n", 2)).toMatchObject({ name: "A", value: "1", end: 5, valueFrom: 4, valueTo: 5, loss: undefined });
    expect(scanAssignment("A=  'x'  # c\n", 0)).toMatchObject({ value: "x", valueFrom: 4, valueTo: 7, end: 12, loss: undefined });
    expect(scanAssignment("A=  x  # c\n", 0)).toMatchObject({ value: "x", valueFrom: 4, valueTo: 5, end: 10, loss: undefined });
    expect(scanAssignment("A='a\nb'  \n", 0)).toMatchObject({ value: "a\nb", end: 9 });
    expect(scanAssignment("A=`a\n#b`\n", 0)).toMatchObject({ value: "a\n#b", end: 8 });
    // The first line is empty: where a search of the text starts again, it must not take that for the end of a value.
    expect(scanAssignment("\nA='x#\\'\n", 1)).toMatchObject({ value: "x#\\", loss: undefined });
    expect(scanAssignment("A=\n", 0)).toMatchObject({ value: "", valueFrom: 2, valueTo: 2 });
    expect(scanAssignment('A="a\\nb\\rc"\n', 0)).toMatchObject({ value: "a\nb\rc" });
    expect(scanAssignment("A='a\r\nb\rc'\n", 0)).toMatchObject({ value: "a\nb\nc" });
    expect(scanAssignment("A='a\\'b'\n", 0)).toMatchObject({ value: "a\\'b" });
  });
});

describe("writing a value", () => {
  it.each<[string, string]>([
    ["", ""],
    ["plain", "plain"],
    ["a/b:c@d%e+f,g=h~i!j?k*l^m-n_o.p", "a/b:c@d%e+f,g=h~i!j?k*l^m-n_o.p"],
    ["a b", "'a b'"],
    ["it's", '"it\'s"'],
    ["it's \\n", "`it's \\n`"],
    // dotenv closes at the last quote of a line.
    ["'\"`", "''\"`'"],
    ["a\nb", "'a\nb'"],
    ["a\rb", '"a\\rb"'],
    ["x # y", "'x # y'"],
    ["$x", "'$x'"],
    ["it's\nx", '"it\'s\nx"'],
    ["'\"#", "`'\"#`"],
    ["a\r\nb", '"a\\r\\nb"'],
    // Double quotes would make a line break of it.
    ["it's # \\n", "`it's # \\n`"],
    // Behind a backslash no quote would end the search.
    ["a b\\", "a b\\"],
  ])("%j as %s", (value, written) => {
    expect(quoteValue(value, "X")).toBe(written);
  });

  it.each(["O'Brien", "'quoted'", `{"a":"it's"}`, "a'b`c", "'", "é'\n", "it's \\n"])("%j so that node --env-file reads it too", (value) => {
    for (const quote of [undefined, "'", ""]) expect(parseEnv(`A=${quoteValue(value, "A", quote)}\nB=1\n`)).toEqual({ A: value, B: "1" });
  });

  it("keeps the quotes it is asked for where they fit", () => {
    expect([quoteValue("x", "A", "'"), quoteValue("x", "A", '"'), quoteValue("x", "A", "`"), quoteValue("x", "A", "")]).toEqual([
      "'x'",
      '"x"',
      "`x`",
      "x",
    ]);
    expect(quoteValue("it's", "A", '"')).toBe('"it\'s"');
    expect(quoteValue("a b", "A", "")).toBe("a b");
    expect(quoteValue("a#b", "A", "")).toBe("'a#b'");
  });

  it("refuses what dotenv cannot hold, without the value", () => {
    for (const [value, message] of [
      ["se\0cret", "the value of A holds a NUL character"],
      ["se'\"`\n#cret", "dotenv syntax has no way to write the value of A"],
    ] as const) {
      const error = errorOf(() => quoteValue(value, "A"));
      expect(error).toMatchObject({ code: "BAD_VALUE", message });
      expect(JSON.stringify(error)).not.toContain("cret");
    }
  });

  it("changes one name's value, in its place, or none", () => {
    const document = doc("A=1\nB=2\n");
    expect(setValue(document, "A", "1")).toBe(document);
    expect(textOf(setValue(emptyDocument(), "A", "1"))).toBe("A=1\n");
    expect(textOf(setValue(doc("A='x' # c\n"), "A", "y z"))).toBe("A='y z' # c\n");
    expect(unsetValue(document, "C")).toBeNull();
    expect(textOf(unsetValue(doc("A=1\nA=2\nB=3\n"), "A") as Document)).toBe("B=3\n");
    expect(errorOf(() => setValue(doc("A=x'\n"), "B", "it's\n'"))).toBeUndefined();
  });

  it("replaces every value by what is read for it, dead ones too", () => {
    const upper = (text: string) => textOf(replaceValues(doc(text), ({ value }) => value.toUpperCase()));
    expect(upper("# a\nexport A='x' # c\nB=\"y\"\nC=`z`\nD=w\nE=\nD=v\n")).toBe("# a\nexport A='X' # c\nB=\"Y\"\nC=`Z`\nD=W\nE=\nD=V\n");
    const same = "A='1'\nB=2\n";
    expect(textOf(replaceValues(doc(same), ({ value }) => value))).toBe(same);
    expect(textOf(replaceValues(doc("A=1\n"), () => "a b"))).toBe("A=a b\n");
  });

  it("comments dead assignments out, every line of them", () => {
    const document = doc("A=1\n");
    expect(dedupe(document)).toBe(document);
    expect(textOf(dedupe(doc("A='x\ny'\nA=2\nB=3\n")))).toBe("# A='x\n# y'\nA=2\nB=3\n");
  });
});
