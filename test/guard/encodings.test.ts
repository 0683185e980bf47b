import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formsOf, isPlain } from "../../src/guard/encodings.ts";
import { runs } from "../support/arbitraries.ts";

const latin1 = (text: string) => Buffer.from(text).toString("latin1");
const encodings = (value: string, plain = false) => formsOf(value, plain).map(({ encoding }) => encoding);
const bytesOf = (value: string, plain = false) => formsOf(value, plain).map(({ bytes }) => bytes);

describe("the forms of a value", () => {
  it("are each that it can stand in, by its encoding's name", () => {
    expect(formsOf("k9?>~~ü&'\"")).toEqual([
      { encoding: "as it is", bytes: latin1("k9?>~~ü&'\"") },
      { encoding: "base64", bytes: "azk/Pn5+w7wmJy" },
      { encoding: "base64", bytes: "azk_Pn5-w7wmJy" },
      { encoding: "base64", bytes: "s5Pz5+fsO8Jici" },
      { encoding: "base64", bytes: "s5Pz5-fsO8Jici" },
      { encoding: "base64", bytes: "rOT8+fn7DvCYnI" },
      { encoding: "base64", bytes: "rOT8-fn7DvCYnI" },
      { encoding: "hex", bytes: "6b393f3e7e7ec3bc262722" },
      { encoding: "hex", bytes: "6B393F3E7E7EC3BC262722" },
      { encoding: "URL-escaped", bytes: "k9%3F%3E~~%C3%BC%26'%22" },
      { encoding: "URL-escaped", bytes: "k9%3F%3E%7E%7E%C3%BC%26%27%22" },
      { encoding: "JSON-escaped", bytes: latin1("k9?>~~ü&'\\\"") },
      { encoding: "JSON-escaped", bytes: latin1("k9?\\u003e~~ü\\u0026'\\\"") },
      { encoding: "JSON-escaped", bytes: "k9?>~~\\u00fc&'\\\"" },
      { encoding: "HTML-escaped", bytes: latin1("k9?&gt;~~ü&amp;&#39;&quot;") },
      { encoding: "quoted in code", bytes: latin1("k9?>~~ü&\\'\"") },
      { encoding: "Latin-1", bytes: "k9?>~~ü&'\"" },
      { encoding: "UTF-16", bytes: Buffer.from("k9?>~~ü&'\"", "utf16le").toString("latin1") },
      { encoding: "UTF-16", bytes: Buffer.from("k9?>~~ü&'\"", "utf16le").swap16().toString("latin1") },
    ]);
  });

  it.each(["abcd1234", "two words", `&<>"'&<>"'`, "ΩΩΩΩΩΩΩΩ", "........", "line\nline"])("are no form twice: %j", (value) => {
    const all = bytesOf(value);
    expect(all).toHaveLength(new Set(all).size);
  });

  it.each([
    ["URL-escaped", "&&&&&&&&", "%26".repeat(8)],
    // As a form is sent: URLSearchParams escapes more than encodeURIComponent does.
    ["URL-escaped", "x8Q~ab cd!", "x8Q%7Eab+cd%21"],
    ["HTML-escaped", `&<>"'&<>`, "&amp;&lt;&gt;&quot;&#39;&amp;&lt;&gt;"],
    ["JSON-escaped", '"\\"\\"\\"\\', '\\"\\\\\\"\\\\\\"\\\\\\"\\\\'],
    ["JSON-escaped", "one\ntwo\tthree", "one\\ntwo\\tthree"],
  ])("are %s where a value is of nothing but what is escaped, too: %j", (encoding, value, bytes) => {
    expect(formsOf(value)).toContainEqual({ encoding, bytes });
  });

  it.each([
    ["Python", "grüße, 🔑", String.raw`gr\u00fc\u00dfe, \ud83d\udd11`],
    ["PHP", "a/b+c/üd==", String.raw`a\/b+c\/\u00fcd==`],
    ["Go", 'x&y<z>"w', String.raw`x\u0026y\u003cz\u003e\"w`],
  ])("are JSON as %s writes it", (_, value, json) => {
    expect(JSON.parse(`"${json}"`)).toBe(value);
    expect(formsOf(value)).toContainEqual({ encoding: "JSON-escaped", bytes: json });
  });

  it.each([
    ["single quotes", String.raw`{"key":"a\\nb"}`],
    ["single quotes, which it holds", String.raw`{"it\'s":"a\\nb"}`],
    ["back quotes", '{"key":"a\\\\nb\\`\\${x}"}\n'],
  ])("are what stands between %s in a program, where those alone are escaped", (_, code) => {
    const quote = code.includes("`") ? "`" : "'";
    expect(bytesOf(new Function(`return ${quote}${code}${quote}`)())).toContain(code);
  });

  it("are what inspecting an object prints", () => {
    for (const value of ['{"a":"b\\n\\"c"}', 'line one\nand "two"', "a'b\"c\\d\t`e`", `don't "x" \\ y`]) {
      const printed = inspect({ value }, { breakLength: Infinity }).slice("{ value: '".length, -"' }".length);
      expect(bytesOf(value), value).toContain(printed);
    }
  });

  it("are, of what no escape changes, none that is escaped", () => {
    expect(new Set(encodings("abc_DEF-1.2"))).toEqual(new Set(["as it is", "base64", "hex", "UTF-16"]));
  });

  it("have eight bytes at least, for shorter ones stand anywhere", () => {
    expect(bytesOf("abcdefgh")[0]).toBe("abcdefgh");
    expect(encodings("abcdefg")).not.toContain("as it is");
    expect(bytesOf("abcdefg").every(({ length }) => length >= 8)).toBe(true);
    // Six bytes are eight letters of base64 where they begin a group.
    expect(formsOf("abcdef")).toContainEqual({ encoding: "base64", bytes: "YWJjZGVm" });
    expect(encodings("abcdef").filter((encoding) => encoding === "base64")).toHaveLength(1);
    expect(encodings("abc")).toEqual([]);
  });

  it("hold in base64 what the value alone decides, whatever stands around it", () => {
    const word = fc.string({ unit: "grapheme", minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(word, fc.string(), fc.string(), (value, before, after) => {
        const text = Buffer.from(before + value + after);
        for (const alphabet of ["base64", "base64url"] as const)
          expect(bytesOf(value).some((bytes) => text.toString(alphabet).includes(bytes))).toBe(true);
      }),
      runs(200),
    );
  });
});

describe("a plain text", () => {
  it.each([
    ["words", "a text of words, and a number: 12345", true],
    ["nothing", "", true],
    ["29 letters in a row", `${"a1".repeat(14)}Z`, true],
    ["30 letters in a row", "a1".repeat(15), false],
    ["30 letters of base64", "+/".repeat(15), false],
    ["30 letters of base64url", "-_".repeat(15), false],
    ["30 letters of the two, mixed", "+-".repeat(15), true],
    ["30 letters with another between", `${"a".repeat(15)} ${"a".repeat(15)}`, true],
    ["a zero byte", "a\0b", false],
  ])("is told by its letters: %s", (_what, text, expected) => expect(isPlain(Buffer.from(text))).toBe(expected));

  it.each([
    "abcd1234",
    "14 bytes here!",
    "15 bytes here!!",
    "x".repeat(20),
    "22 bytes of it, & more",
    "23 bytes of it, & more!",
    "ΩΩΩΩ & ΩΩ",
  ])("is searched for those forms that it can hold, and for no other: %j", (value) => {
    const possible = formsOf(value).filter(({ bytes }) => isPlain(Buffer.from(bytes, "latin1")));
    expect(formsOf(value, true)).toEqual(possible);
    expect(possible.length).toBeLessThan(formsOf(value).length);
  });

  it("is searched for the value itself, and for UTF-16 where that needs no zero byte", () => {
    expect(encodings("x".repeat(40), true)).toEqual(["as it is"]);
    expect(encodings("ΩΩΩΩΩΩΩΩ", true)).toContain("UTF-16");
    expect(encodings("ΩΩΩΩΩΩΩΩx", true)).not.toContain("UTF-16");
  });
});
