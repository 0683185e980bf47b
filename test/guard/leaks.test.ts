import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formsOf } from "../../src/guard/encodings.ts";
import { LeakSearch, type Secret } from "../../src/guard/leaks.ts";
import { runs } from "../support/arbitraries.ts";
import { corpusFiles, corpusIsHere, corpusNotice } from "../support/corpus.ts";
import { ROOT } from "../support/sandbox.ts";

const secret = (name: string, value: string): Secret => ({
  name,
  value,
  vault: ".env.vault",
  environment: "default",
  version: 3,
  current: true,
});
const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
const PEM = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
/** Made anew each time: what a search has made of its values is kept, and depends on what it was asked before. */
const inside = (text: string | Buffer) =>
  new LeakSearch([secret("API_KEY", KEY), secret("ODD", `a"b&c<d>'e\\f/ü=1`)]).inspect("file", Buffer.from(text as string));

describe("leak search", () => {
  it.each([
    ["as it is", KEY, ""],
    ["in code", `const key = "${KEY}";`, ""],
    ["base64", Buffer.from(KEY).toString("base64"), "base64"],
    ["base64 behind one byte", Buffer.from(`:${KEY}`).toString("base64"), "base64"],
    ["base64 of user:secret", Buffer.from(`ab:${KEY}:cd`).toString("base64"), "base64"],
    ["base64url", Buffer.from(`u:${KEY}`).toString("base64url"), "base64"],
    ["hex", Buffer.from(KEY).toString("hex"), "hex"],
    ["HEX", Buffer.from(KEY).toString("hex").toUpperCase(), "hex"],
    ["a query", `https://x.example/?k=${encodeURIComponent(`a"b&c<d>'e\\f/ü=1`)}`, "URL-escaped"],
    ["JSON", JSON.stringify({ odd: `a"b&c<d>'e\\f/ü=1` }), "JSON-escaped"],
    ["HTML", "<p>a&quot;b&amp;c&lt;d&gt;&#39;e\\f/ü=1</p>", "HTML-escaped"],
  ])("finds it %s", (_how, text, encoding) => {
    const findings = inside(text);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ rule: "leak", level: "error", line: 1 });
    if (encoding !== "") expect(findings[0]?.message).toContain(encoding);
    expect(JSON.stringify(findings)).not.toContain(KEY);
  });

  it.each(["utf16le", "utf16be"])("finds it in %s", (order) => {
    const text = Buffer.from(`x = ${KEY}\r\n`, "utf16le");
    expect(inside(order === "utf16le" ? text : text.swap16())).toMatchObject([{ rule: "leak", line: undefined }]);
  });

  it("finds any value in any of its forms, wherever it stands", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 16, maxLength: 60 }), fc.string(), fc.nat(), (value, around, which) => {
        const own = new LeakSearch([secret("SECRET", value)]);
        const forms = formsOf(value);
        const form = forms[which % forms.length];
        fc.pre(own.size > 0 && form !== undefined);
        const text = Buffer.concat([Buffer.from(around), Buffer.from(form?.bytes ?? "", "latin1"), Buffer.from(around)]);
        expect(own.inspect("file", text)).toHaveLength(1);
      }),
      runs(300),
    );
  });

  it("finds in a plain text, where it makes a few forms only, what all forms find", () => {
    const word = (...letters: string[]) =>
      fc.array(fc.constantFrom(...letters), { minLength: 8, maxLength: 32 }).map((parts) => parts.join(""));
    const value = fc.oneof(word("a", "Z", "9", "-", "_", "/", "+", "ü", "Ω", "&", '"'), word("Ω", "\u0105"));
    const values = fc.array(value, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(values, fc.string(), fc.nat(), fc.nat({ max: 3 }), (texts, around, which, cut) => {
        const secrets = texts.map((text, index) => secret(`KEY_${index}`, text));
        const forms = texts.flatMap((text) => formsOf(text));
        const bytes = Buffer.from(forms[which % forms.length]?.bytes ?? "", "latin1");
        const content = Buffer.concat([Buffer.from(around), bytes.subarray(cut === 3 ? 1 : 0), Buffer.from(` ${around}`)]);
        const primed = new LeakSearch(secrets);
        primed.inspect("file", Buffer.from("\0"));
        expect(new LeakSearch(secrets).inspect("file", content)).toEqual(primed.inspect("file", content));
      }),
      runs(2000),
    );
  });

  it("names file, line, variable and version; never the value", () => {
    const [finding] = inside(`one\ntwo\nthree ${KEY}\n`);
    expect(finding).toMatchObject({ line: 3, name: "API_KEY", message: "file line 3 holds the value of API_KEY (.env.vault, v3)" });
  });

  it("looks for the password of a URL by itself", () => {
    const urls = new LeakSearch([secret("DATABASE_URL", "postgres://app:tr0ub4dor%26three@db.example.com:5432/app")]);
    expect(urls.inspect("file", Buffer.from("password: tr0ub4dor&three"))).toHaveLength(1);
    expect(urls.inspect("file", Buffer.from("password: tr0ub4dor%26three"))).toHaveLength(1);
    expect(urls.inspect("file", Buffer.from("host: db.example.com:5432/app"))).toEqual([]);
  });

  it("tells the first line of each", () => {
    expect(inside(`\n${KEY}\n${KEY}\n`).map(({ line }) => line)).toEqual([2]);
  });

  it.each([`${KEY}\n`, ` ${KEY}\t`, `\r\n${KEY}`])("finds a value without the white space around it: %j", (value) => {
    const padded = new LeakSearch([secret("API_KEY", value)]);
    for (const text of [`key = "${KEY}"`, `key = "${value}"`, Buffer.from(`${value}x`).toString("base64")])
      expect(padded.inspect("file", Buffer.from(text)), text).toMatchObject([{ rule: "leak", level: "error" }]);
  });

  it.each(["\n", "\r\n"])("finds a value of several lines in a file with other line ends than its own %j", (end) => {
    const lines = ["a phrase of 3 words", "and another of 4 words"];
    const search = new LeakSearch([secret("PHRASE", lines.join(end))]);
    for (const other of ["\n", "\r\n"])
      expect(search.inspect("f", Buffer.from(`${other}${lines.join(other)}${other}`))).toMatchObject([{ level: "error", line: 2 }]);
    expect(search.inspect("f", Buffer.from(lines.join(" ")))).toEqual([]);
  });

  it.each([
    ["base64", Buffer.from(KEY).toString("base64")],
    ["hex", Buffer.from(KEY).toString("hex")],
    ["UTF-16", Buffer.from(KEY, "utf16le")],
  ])("takes no text for clean that holds it in %s, asked for that alone", (_how, text) => {
    expect(new LeakSearch([secret("API_KEY", KEY)]).isClean(Buffer.from(text as string))).toBe(false);
  });

  it.each([
    [[KEY], true],
    [["correct horse battery staple"], false],
    [[KEY, "correct horse battery staple"], false],
    [[], true],
  ])("says whether its values would show among plain words: %j", (values, expected) => {
    expect(new LeakSearch(values.map((value, index) => secret(`KEY_${index}`, value))).showsAmongWords).toBe(expected);
  });

  it("is not blinded by a value that another name has too", () => {
    const twice = new LeakSearch([secret("A_KEY", KEY), secret("B_KEY", KEY)]);
    expect(twice.inspect("file", Buffer.from(KEY))).toHaveLength(1);
  });

  it("blocks a value that is a secret under one of its names, whatever the first of them says", () => {
    const twice = new LeakSearch([secret("DB_LOGIN", "blueberry42"), secret("DB_PASSWORD", "blueberry42")]);
    expect(twice.size).toBe(1);
    expect(twice.inspect("file", Buffer.from("blueberry42"))).toMatchObject([{ level: "error", name: "DB_PASSWORD" }]);
    const given = new LeakSearch(
      [secret("DB_PASSWORD", "dev secret no 1"), secret("PIN_KEY", "dev secret no 1")],
      new Map([["PIN_KEY", ["dev secret no 1"]]]),
    );
    expect(given.inspect("file", Buffer.from("dev secret no 1"))).toMatchObject([{ level: "error", name: "DB_PASSWORD" }]);
  });

  it("blocks a secret behind a value of the same name that only warns", () => {
    const both = new LeakSearch([secret("API_TOKEN", KEY), { ...secret("API_TOKEN", "correcthorsebattery"), current: false }]);
    const text = `correcthorsebattery\n${KEY}\ncorrecthorsebattery\n`;
    expect(both.inspect("file", Buffer.from(text))).toMatchObject([{ level: "error", line: 2 }]);
  });

  it("leaves what a template says in clear, and warns where it may be more", () => {
    const found = (value: string) =>
      new LeakSearch([secret("API_KEY", value)], new Map([["API_KEY", [`${value}\n`]]])).inspect("f", Buffer.from(value));
    expect(found("just-a-default")).toMatchObject([]);
    expect(found("dev secret no 1")).toMatchObject([{ level: "warning" }]);
    expect(found(KEY)).toMatchObject([{ level: "error" }]);
  });

  it.each([
    ["is the template's too", "dev-pass-no1-x", [{ level: "warning" }]],
    ["is the template's, and looks random", "aZ3bY9cX7dW5eV1fU2gT", [{ level: "error" }]],
    ["is a common word", "password", []],
  ])("of a URL that a template gives whole, the password %s", (_what, password, findings) => {
    const url = `postgres://app:${password}@db.example.com:5432/app`;
    const search = new LeakSearch([secret("DATABASE_URL", url)], new Map([["DATABASE_URL", [url]]]));
    expect(search.inspect("f", Buffer.from(`-p ${password}`))).toMatchObject(findings);
    const other = new LeakSearch([secret("DATABASE_URL", url)], new Map([["DATABASE_URL", [url.replace(password, "another")]]]));
    if (password !== "password") expect(other.inspect("f", Buffer.from(`-p ${password}`))).toMatchObject([{ level: "error" }]);
  });

  it.each([
    ["as it is", PEM],
    ["with CRLF", PEM.replaceAll("\n", "\r\n")],
    ["indented", PEM.replace(/^/gm, "    ")],
    ["quoted line by line", PEM.replace(/^.*$/gm, (line) => `"${line}" +`)],
    ["but for its first line", PEM.split("\n").slice(2).join("\n")],
  ])("finds a key of several lines %s", (_how, text) => {
    const search = new LeakSearch([secret("TLS", PEM)]);
    expect(search.inspect("f", Buffer.from(text))).toMatchObject([{ level: "error", name: "TLS" }]);
    expect(search.inspect("f", Buffer.from("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"))).toEqual([]);
  });

  it.skipIf(!corpusIsHere)(`raises no alarm between the real corpus and this repository's own files${corpusNotice}`, () => {
    const sources = [
      "README.md",
      "docs/reference/format.md",
      "docs/guide/troubleshooting.md",
      "package-lock.json",
      "src/core/vault/document.ts",
      "src/cli/commands-keys.ts",
    ];
    const values = corpusFiles().flatMap(([, bytes]) => Object.entries(parse(bytes)));
    const all = new LeakSearch(values.map(([name, value]) => secret(name, value)));
    expect(all.size).toBeGreaterThan(50);
    const found = sources.flatMap((path) => all.inspect(path, readFileSync(join(ROOT, path))));
    expect(found.map(({ name, path, level }) => `${name} ${path} ${level}`)).toEqual([]);
  });

  it("says whether a value is current, and where it stands", () => {
    const old = new LeakSearch([{ ...secret("API_KEY", KEY), current: false }]);
    expect(old.inspect("f", Buffer.from(`\n${KEY}`))[0]?.message).toBe(
      "f line 2 holds the value of API_KEY (.env.vault, an earlier value, v3)",
    );
    expect(old.isClean(Buffer.from(KEY))).toBe(false);
    expect(old.isClean(Buffer.from(Buffer.from(KEY).toString("hex")))).toBe(false);
    expect(old.isClean(Buffer.from("nothing"))).toBe(true);
    const warn = new LeakSearch([secret("BUCKET", "as-e9.x7-q2")]);
    expect(warn.inspect("f", Buffer.from("as-e9.x7-q2"))[0]).toMatchObject({ level: "warning", path: "f", name: "BUCKET" });
    const url = new LeakSearch([secret("X_URL", "a://u:my-app-assets-eu-1@h")]);
    expect(url.inspect("f", Buffer.from("my-app-assets-eu-1"))[0]).toMatchObject({ level: "error" });
    expect([old.size, new LeakSearch([]).size, new LeakSearch([secret("A", "x")]).size]).toEqual([1, 0, 0]);
    const two = new LeakSearch([secret("A_KEY", KEY), { ...secret("A_KEY", `${KEY}2x`), vault: "b/.env.vault" }]);
    expect(two.inspect("f", Buffer.from(`${KEY} ${KEY}2x ${KEY}`))).toHaveLength(2);
  });
});
