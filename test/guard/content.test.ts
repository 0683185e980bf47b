import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { formatIdentity } from "../../src/age/keys.ts";
import { encodeKeyString } from "../../src/core/keys/keystring.ts";
import { ContentSearch } from "../../src/guard/content.ts";
import { LeakSearch, type Secret } from "../../src/guard/leaks.ts";
import { Sink } from "../../src/guard/views/sink.ts";
import { runs } from "../support/arbitraries.ts";
import { corpusFiles, corpusIsHere, corpusNotice } from "../support/corpus.ts";
import { ROOT } from "../support/sandbox.ts";

const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
const ODD = "pa$$w\"rd'&<%=#é\\x/9+Z";
const secret = (name: string, value: string): Secret => ({
  name,
  value,
  vault: ".env.vault",
  environment: "default",
  version: 3,
  current: true,
});
const searchFor = (...values: string[]) => new ContentSearch(new LeakSearch(values.map((value, index) => secret(`KEY_${index}`, value))));
const find = (text: string | Buffer, ...values: string[]) => searchFor(...values).inspect("f", Buffer.from(text as string));

const bytes = (length: number) => new Uint8Array(length).fill(5);
const IDENTITY = formatIdentity(new Uint8Array(32).fill(9));
const KEY_STRING = encodeKeyString({ type: "identity", environment: "default", pin: bytes(16), identity: bytes(32) });
const wide = (text: string, step: number, at: number) => {
  const made = Buffer.alloc(text.length * step);
  for (let index = 0; index < text.length; index++) made[index * step + at] = text.charCodeAt(index);
  return made;
};

describe("a content and its views", () => {
  it("name the line of the file, and how it is encoded", () => {
    const hex = Buffer.from(KEY).toString("hex").replace(/../g, "$& ");
    const encoded = [...KEY].map((letter) => `&#${letter.charCodeAt(0)};`).join("");
    const base64 = Buffer.from(`${"x".repeat(50)}${KEY}${"y".repeat(40)}`)
      .toString("base64")
      .replace(/.{64}/g, "$&\n");
    for (const [text, line, encoding] of [
      [`one\ntwo ${encoded}`, 2, "HTML-escaped"],
      [`one\n\n${hex}`, 3, "hex"],
      [`one\n${base64}`, 3, "base64"],
      [`one\n{"a": "b"}\n${Buffer.from(JSON.stringify(ODD)).toString("base64")}`, 3, "JSON-escaped in base64"],
    ] as const)
      expect(find(text, KEY, ODD)).toMatchObject([
        { line, rule: "leak", level: "error", message: expect.stringContaining(`, ${encoding}`) },
      ]);
  });

  it("say once what stands there as it is", () => {
    expect(find(`"\\x41" ${KEY} &amp; %41%42 ${KEY}`, KEY)).toHaveLength(1);
    expect(find(`"\\x41\\_" ${KEY_STRING} &amp; %41%42`)).toHaveLength(1);
  });

  it.each<[string, (key: string) => string | Buffer]>([
    ["hex", (key) => Buffer.from(key).toString("hex")],
    ["hex with spaces", (key) => Buffer.from(key).toString("hex").replace(/../g, "$& ")],
    ["percent", (key) => key.replaceAll("_", "%5F").replaceAll("-", "%2d")],
    ["\\u005f", (key) => key.replaceAll("_", "\\u005f").replaceAll("-", "\\u002D")],
    ["Markdown", (key) => key.replaceAll("_", "\\_").replaceAll("-", "\\-")],
    ["LaTeX's underscore", (key) => key.replaceAll("_", "\\textunderscore{}").replaceAll("-", "\\-")],
    ["entities", (key) => key.replaceAll("_", "&#95;").replaceAll("-", "&#x2d;")],
    ["UTF-16, big end first", (key) => wide(key, 2, 0)],
    ["UTF-32", (key) => wide(key, 4, 0)],
    ["UTF-32, big end first", (key) => wide(key, 4, 3)],
    ["a list of bytes", (key) => JSON.stringify([...Buffer.from(key)])],
    [
      "wrapped base64",
      (key) =>
        Buffer.from(`${"x".repeat(37)}${key}`)
          .toString("base64")
          .replace(/.{64}/g, "$&\n"),
    ],
  ])("hold keys in %s", (_how, write) => {
    for (const key of [KEY_STRING, IDENTITY])
      expect(find(Buffer.concat([Buffer.from("a b\n"), Buffer.from(write(key) as string)]))).toMatchObject([{ rule: "key-in-file" }]);
  });

  it("find any value with any of its letters escaped in one way", () => {
    const ways: ((letter: string) => string)[] = [
      (letter) => `%${letter.charCodeAt(0).toString(16)}`,
      (letter) => `&#${letter.charCodeAt(0)};`,
      (letter) => `\\x${letter.charCodeAt(0).toString(16)}`,
      (letter) => `\\u00${letter.charCodeAt(0).toString(16).toUpperCase()}`,
      (letter) => `=${letter.charCodeAt(0).toString(16).toUpperCase()}`,
      (letter) => `${letter}\u200d`,
    ];
    const letters = fc.array(fc.tuple(fc.stringMatching(/^[A-Za-z0-9$!.@]$/), fc.boolean()), { minLength: 12, maxLength: 40 });
    fc.assert(
      fc.property(letters, fc.nat({ max: ways.length - 1 }), fc.string(), (made, which, around) => {
        const value = made.map(([letter]) => letter).join("");
        const own = searchFor(value);
        fc.pre(new LeakSearch([secret("KEY", value)]).size > 0);
        // What is broken off by an escape around it is not looked for: a letter stands between.
        const text = made.map(([letter, isEscaped]) => (isEscaped ? (ways[which] as (letter: string) => string)(letter) : letter)).join("");
        const soft = which === 4 ? "=\n" : "";
        expect(own.inspect("f", Buffer.from(`${around} ${soft}${text} ${around}`)).length).toBeGreaterThan(0);
        expect(own.isClean(Buffer.from(`${around} ${soft}${text} ${around}`))).toBe(false);
      }),
      runs(300),
    );
  });

  it.skipIf(!corpusIsHere)(`find nothing in ordinary files${corpusNotice}`, () => {
    const values = corpusFiles()
      .slice(0, 100)
      .flatMap(([, content]) => [...content.toString().matchAll(/^\w+=(.{12,200})$/gm)].map(([, value]) => value as string));
    const all = new LeakSearch(values.map((value, index) => secret(`KEY_${index}`, value)));
    const search = new ContentSearch(all);
    const modules = [
      "typescript/lib/typescript.js",
      "@scure/bip39/wordlists/english.js",
      "vite/dist/client/client.mjs",
      "fast-check/package.json",
    ];
    for (const path of [
      "package-lock.json",
      "THIRD-PARTY.md",
      "docs/reference/format.md",
      ...modules.map((name) => `node_modules/${name}`),
    ]) {
      const content = readFileSync(join(ROOT, path)).subarray(0, 2 << 20);
      const known = new Set(all.inspect("f", content).map(({ name }) => name));
      expect(
        search.inspect("f", content).filter(({ name }) => !known.has(name)),
        path,
      ).toEqual([]);
    }
    expect(search.leftOut.size).toBe(0);
  });

  it.each([
    [
      "a certificate",
      `-----BEGIN CERTIFICATE-----\n${Buffer.alloc(900, 7).toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    ],
    ["numbers", Array.from({ length: 2000 }, (_, index) => `${index},${index * 7},${index % 255}`).join("\n")],
    ["a picture", Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * index * 31) & 0xff))],
    ["a source map", JSON.stringify({ version: 3, mappings: "AAAA,SAASA,IAAI,CAAC;".repeat(900), sources: ["a.ts"] })],
    ["indentation", `${" ".repeat(80)}x\n`.repeat(300)],
    ["a table", `${"| --- ".repeat(40)}|\n`.repeat(50)],
  ])("are nothing new in %s", (_what, content) => expect(find(content, KEY, ODD)).toEqual([]));

  it.each<[string, (size: number) => string]>([
    ["percent", (size) => "%41".repeat(size)],
    ["broken percent", (size) => "%4".repeat(size)],
    ["ampersands", (size) => "&".repeat(size)],
    ["names without end", (size) => "&amp".repeat(size)],
    ["backslashes", (size) => "\\".repeat(size)],
    ["escapes of escapes", (size) => "\\\\u005c".repeat(size)],
    ["quotes", (size) => "'".repeat(size)],
    ["soft breaks", (size) => "=\n".repeat(size)],
    ["zero bytes", (size) => "a\0".repeat(size)],
    ["zeros", (size) => "\0".repeat(size)],
    ["words", (size) => "abandon ".repeat(size)],
    ["names of words", (size) => "word1=".repeat(size)],
    ["tags", (size) => "<li>".repeat(size)],
    ["base64", (size) => `${"QUJD".repeat(16)}\n`.repeat(size / 50)],
    ["short lines of base64", (size) => `${"QUJD".repeat(7)}\nab\n`.repeat(size / 30)],
    ["base32", (size) => "MFRGGZDF".repeat(size / 8)],
    ["hex", (size) => "61 62 ".repeat(size / 6)],
    ["a dump", (size) => "00000000: 6162 6364 6566 6768  abcdefgh\n".repeat(size / 40)],
    ["offsets", (size) => "00000000:\n".repeat(size / 10)],
    ["uuencode", (size) => `M${"8".repeat(60)}\n`.repeat(size / 62)],
  ])("cost what their size says: %s", (_what, write) => {
    // What is written into views, and how often a byte is looked for: work, and not time.
    const work = (size: number) => {
      const [put, copy, index] = [vi.spyOn(Sink.prototype, "put"), vi.spyOn(Sink.prototype, "copy"), vi.spyOn(Buffer.prototype, "indexOf")];
      try {
        find(write(size), KEY, ODD);
        return put.mock.calls.length + copy.mock.calls.length + index.mock.calls.length;
      } finally {
        vi.restoreAllMocks();
      }
    };
    expect(work(8000)).toBeLessThan(2.2 * work(4000) + 500);
  });

  it("hold eight times the file at most and 64 MiB at least, and say where some were left out", () => {
    const search = searchFor(KEY, ODD);
    const escapes = ["%41", "&#65;", "\\x41", "\\41 ", "\\'41", "''", "=41", "\u200b"].map((one) => one.repeat(40)).join(" ");
    search.inspect("small", Buffer.from(escapes));
    expect([...search.leftOut]).toEqual([]);
    // Each asks for a view of the whole, and in that of the backslash they all do so again: as in a program of one line.
    const filled = (size: number) => Buffer.concat([Buffer.from(escapes), Buffer.alloc(size, "x y ")]);
    search.inspect("program", filled(2 << 20));
    expect([...search.leftOut]).toEqual([]);
    const large = filled(6 << 20);
    search.inspect("large", large);
    expect([...search.leftOut]).toEqual(["large"]);
    expect(search.isClean(large)).toBe(false);
  });

  it("have room for as much as is read, however much that is", () => {
    const search = searchFor(KEY, ODD);
    // As after a GiB of views.
    Object.assign(search, { left: 1 << 20 });
    const text = Buffer.from(`${"%41".repeat(40)} ${"x y ".repeat(50_000)}`);
    for (let count = 0; count < 20; count++) expect(search.isClean(text)).toBe(true);
    expect(search.inspect("f", text)).toEqual([]);
    expect([...search.leftOut]).toEqual([]);
  });
});
