import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { needlesOf } from "../../src/guard/redaction-needles.ts";
import { Redactor } from "../../src/guard/redactor.ts";
import { runs } from "../support/arbitraries.ts";

type Secrets = readonly (readonly [string, string])[];

/** The whole text at once: every byte that any form covers, each run of forms that overlap as one mark. */
function naive(secrets: Secrets, text: Buffer): string {
  const found = needlesOf(secrets).flatMap(({ name, bytes }) => {
    const places: { name: string; from: number; to: number }[] = [];
    for (let at = text.indexOf(bytes); at !== -1; at = text.indexOf(bytes, at + 1)) places.push({ name, from: at, to: at + bytes.length });
    return places;
  });
  found.sort((a, b) => a.from - b.from || b.to - a.to);
  let [result, at] = ["", 0];
  for (const { name, from, to } of found) {
    if (from >= at) result += `${text.toString("latin1", at, from)}[${name} redacted]`;
    at = Math.max(at, to);
  }
  return result + text.toString("latin1", at);
}

function streamed(secrets: Secrets, chunks: readonly Buffer[]): string {
  const redactor = new Redactor(secrets);
  return Buffer.concat([...chunks.map((chunk) => redactor.push(chunk)), redactor.end()]).toString("latin1");
}

function cut(text: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => text.subarray(from, places[index]));
}

/** Few letters, so that values overlap, repeat, hold each other and nearly match. */
const value = fc.array(fc.constantFrom("a1", "b2", "1", "-", "\n", "é"), { minLength: 5, maxLength: 14 }).map((parts) => parts.join(""));

describe("the redactor", () => {
  it("writes what a replacement in the whole text gives, wherever the stream is cut", () => {
    let masked = 0;
    const count = runs(300);
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(fc.nat(400), value), { maxLength: 30 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (values, parts, cuts) => {
          const secrets = values.map((text, index) => [`TOKEN_${index}`, text] as const);
          const forms = needlesOf(secrets).map(({ bytes }) => bytes);
          const pick = (part: number) => forms[part % Math.max(forms.length, 1)] ?? Buffer.alloc(0);
          const pieces = parts.map((part) => {
            if (typeof part === "string") return Buffer.from(part);
            // Whole forms, and forms that break off.
            return part % 3 === 0 ? pick(part).subarray(0, part % 11) : pick(part);
          });
          const text = Buffer.concat(pieces);
          const expected = naive(secrets, text);
          if (expected.includes("redacted")) masked++;
          expect(streamed(secrets, cut(text, cuts))).toBe(expected);
          expect(
            streamed(
              secrets,
              [...text].map((byte) => Buffer.from([byte])),
            ),
          ).toBe(expected);
        },
      ),
      count,
    );
    expect(masked).toBeGreaterThan(count.numRuns / 3);
  });

  const KEY = "sk_live_0123456789";
  const secrets: Secrets = [["API_KEY", KEY]];

  it("masks every encoding of a value", () => {
    const bytes = Buffer.from(`x${KEY}/+?é`);
    const odd: Secrets = [["API_KEY", `${KEY}/+?é"&`]];
    const text = `${KEY}/+?é"&`;
    for (const form of [text, Buffer.from(text).toString("hex"), encodeURIComponent(text), JSON.stringify(text)])
      expect(streamed(odd, [Buffer.from(`a ${form} b`)])).toMatch(/^a "?\[API_KEY redacted\]"? b$/);
    expect(streamed(secrets, [Buffer.from(bytes.toString("base64"))])).toContain("[API_KEY redacted]");
    expect(streamed(secrets, [Buffer.from(KEY, "utf16le")])).toBe("[API_KEY redacted]");
    expect(streamed(secrets, [Buffer.from(KEY, "utf16le").swap16()])).toBe("[API_KEY redacted]");
    const html = text.replace("&", "&amp;").replace('"', "&quot;");
    for (const form of [Buffer.from(text).toString("hex").toUpperCase(), html])
      expect(streamed(odd, [Buffer.from(form)])).toBe("[API_KEY redacted]");
    const url: Secrets = [["API_KEY", "k\u00ff\u00fb?>~~\u00ff9x0123456"]];
    const coded = Buffer.from(url[0]?.[1] ?? "").toString("base64url");
    expect(coded).toMatch(/[_-]/);
    expect(streamed(url, [Buffer.from(coded)])).toContain("[API_KEY redacted]");
  });

  it("holds back only what may become a secret, and never as much as one", () => {
    const redactor = new Redactor(secrets);
    const longest = Math.max(...needlesOf(secrets).map(({ bytes }) => bytes.length));
    expect(redactor.push(Buffer.from("name? ")).toString()).toBe("name? ");
    expect(redactor.push(Buffer.from(`say sk_`)).toString()).toBe("say ");
    expect(redactor.push(Buffer.from("ip")).toString()).toBe("sk_ip");
    for (const byte of Buffer.concat([Buffer.from(KEY), Buffer.alloc(500, "k")])) {
      redactor.push(Buffer.from([byte]));
      expect(Reflect.get(redactor, "held").length).toBeLessThan(longest);
    }
  });

  it("shows the short end of a prompt when the stream rests, and masks the secret from there on", () => {
    const redactor = new Redactor(secrets);
    expect(redactor.push(Buffer.from("task")).toString()).toBe("ta");
    expect(redactor.rest().toString()).toBe("sk");
    expect(redactor.rest().toString()).toBe("");
    expect(redactor.push(Buffer.from(`${KEY.slice(2)} end`)).toString()).toBe("[API_KEY redacted] end");
  });

  it("masks at once what can grow no longer", () => {
    const redactor = new Redactor(secrets);
    expect(redactor.push(Buffer.from(`key: ${KEY}`)).toString()).toBe("key: [API_KEY redacted]");
    expect(redactor.rest().toString()).toBe("");
    expect(redactor.push(Buffer.from(".")).toString()).toBe(".");
  });

  it("names the longest of those that begin together, wherever the stream is cut", () => {
    const [short, long] = [["SHORT_KEY", KEY] as const, ["LONG_KEY", `${KEY}-and-more`] as const];
    const text = `one ${long[1]} two ${short[1]}: ${long[1]}`;
    for (const both of [
      [short, long],
      [long, short],
    ])
      for (let at = 0; at <= text.length; at++)
        expect(streamed(both, [Buffer.from(text.slice(0, at)), Buffer.from(text.slice(at))])).toBe(
          "one [LONG_KEY redacted] two [SHORT_KEY redacted]: [LONG_KEY redacted]",
        );
  });

  it("names the first of those that have one value", () => {
    const both: Secrets = [
      ["FIRST_KEY", KEY],
      ["SECOND_KEY", KEY],
    ];
    expect(streamed(both, [Buffer.from(KEY)])).toBe("[FIRST_KEY redacted]");
  });

  it("shows no more than three bytes of a secret that comes in drips", () => {
    const redactor = new Redactor(secrets);
    const shown = [...KEY].map((letter) => `${redactor.push(Buffer.from(letter))}${redactor.rest()}`).join("");
    expect(shown + redactor.end()).toBe("sk_[API_KEY redacted]");
  });

  it("masks the lines of a value one by one, and not what every key file begins with", () => {
    const pem = `-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----`;
    const log = pem.replaceAll("\n", "\r\n  | ");
    expect(streamed([["TLS_KEY", pem]], [Buffer.from(log)])).toBe(
      "-----BEGIN PRIVATE KEY-----\r\n  | [TLS_KEY redacted]\r\n  | [TLS_KEY redacted]\r\n  | -----END PRIVATE KEY-----",
    );
  });

  it.each<[what: string, value: string, printed: string, shown: string]>([
    ["indented", "first-line-1\n    second-line-2", "second-line-2", "[TLS_KEY redacted]"],
    ["of eight letters", "abcd-123\nefgh-456", "> efgh-456", "> [TLS_KEY redacted]"],
    ["of seven letters", "abc-123\nefgh-4567", "abc-123", "abc-123"],
    ["of seven letters in another encoding", "abc-123\nefgh-4567", "abc-123".replaceAll("", "\0"), "abc-123".replaceAll("", "\0")],
    ["after an empty one", "first-line-1\n\nsecond-line-2", "second-line-2", "[TLS_KEY redacted]"],
    ["with armour behind other text", "x -----BEGIN A-----\nMIIEvQIB", "x -----BEGIN A-----", "[TLS_KEY redacted]"],
    ["with other text behind armour", "-----BEGIN A----- x\nMIIEvQIB", "-----BEGIN A----- x", "[TLS_KEY redacted]"],
    ["of armour alone", "-----BEGIN A B2-----\nMIIEvQIB", "-----BEGIN A B2-----", "-----BEGIN A B2-----"],
  ])("masks a line %s", (_what, value, printed, shown) => {
    expect(streamed([["TLS_KEY", value]], [Buffer.from(printed)])).toBe(shown);
  });

  it.each([`${KEY}\n`, `  ${KEY}`, `${KEY}\r\n`])("masks a value that was trimmed: %j", (padded) => {
    expect(streamed([["API_KEY", padded]], [Buffer.from(`is ${KEY}.`)])).toBe("is [API_KEY redacted].");
    expect(streamed([["NODE_ENV", "production\n"]], [Buffer.from("production\n")])).toBe("production\n");
    expect(needlesOf([["API_KEY", padded.replace(KEY, "just-a-default")]], new Map([["API_KEY", [" just-a-default "]]]))).toEqual([]);
  });

  it.each<[what: string, name: string, value: string, template: string | undefined, masked: boolean]>([
    ["of 4 letters", "DB_PASSWORD", "ab-1", undefined, false],
    ["of 5 letters", "DB_PASSWORD", "abc-1", undefined, true],
    ["of 7 letters", "DB_PASSWORD", "abcde-1", undefined, true],
    ["of 7 letters and a line end", "DB_PASSWORD", "abcde-1\n", undefined, true],
    ["of 8 letters that is a host", "DB_PASSWORD", "a1.ab.cd", undefined, false],
    ["of 11 letters that is a word", "DB_PASSWORD", "abcdefghijk", undefined, false],
    ["that the example shows", "DB_PASSWORD", "abcde-1", "abcde-1", false],
    ["that the example shows with white space", "DB_PASSWORD", "abcde-1", " abcde-1 ", false],
    ["that is another than the example's", "DB_PASSWORD", "abcde-1", "abcde-2", true],
    ["under no secret's name", "NICKNAME", "abcde-1", undefined, false],
    ["that is a word", "DB_PASSWORD", "hunter", undefined, false],
    ["that is a number", "DB_PASSWORD", "12345", undefined, false],
  ])("masks a short value where it is plainly a secret: %s", (_what, name, value, template, masked) => {
    const templates = new Map(template === undefined ? [] : [[name, [template]]]);
    expect(needlesOf([[name, value]], templates).length > 0).toBe(masked);
  });

  it("masks no part of a URL that is no secret", () => {
    for (const password of ["password", "postgres", "short1"])
      expect(streamed([["DATABASE_URL", `postgres://app:${password}@db/app`]], [Buffer.from(`a ${password} b`)])).toBe(`a ${password} b`);
  });

  it("weighs values as the guards do", () => {
    const untouched: Secrets = [
      ["NODE_ENV", "production"],
      ["HOST", "db.example.com"],
      ["MAX_TOKENS", "1000000"],
      ["PASSWORD", "admin"],
      ["NAME", "abc-123"],
    ];
    expect(needlesOf(untouched)).toEqual([]);
    expect(needlesOf([["API_KEY", "just-a-default"]])).not.toEqual([]);
    expect(needlesOf([["API_KEY", "just-a-default"]], new Map([["API_KEY", ["just-a-default"]]]))).toEqual([]);
    expect(needlesOf([["API_KEY", KEY]], new Map([["API_KEY", [KEY]]]))).toEqual(needlesOf([["API_KEY", KEY]]));
    expect(streamed([["DB_PASSWORD", "hunter2"]], [Buffer.from("is hunter2!")])).toBe("is [DB_PASSWORD redacted]!");
    const url: Secrets = [["DATABASE_URL", "postgres://app:s3cr%2Ft-9876@db/app"]];
    expect(streamed(url, [Buffer.from("login s3cr/t-9876")])).toBe("login [DATABASE_URL redacted]");
    expect(streamed([], [Buffer.from("as it was")])).toBe("as it was");
  });
});

/** What `envseal help run` says of --redact. */
describe("the redactor's spellings", () => {
  const SECRET = `p4ss"wörd'<&>/ $x\\y 9f81bQmLw9`;
  const LONG = "sk_live_4eC39HqLyjWDarjtT1zdp7dc_".repeat(4);
  const masked = (text: string | Buffer, secret = SECRET) => streamed([["API_KEY", secret]], [Buffer.from(text as string)]);
  const bytes = Buffer.from(SECRET);
  const json = JSON.stringify(SECRET).slice(1, -1);

  it.each([
    ["as it is", SECRET],
    ["base64", bytes.toString("base64")],
    ["base64 of URLs", bytes.toString("base64url")],
    ["hex", bytes.toString("hex")],
    ["hex in capitals", bytes.toString("hex").toUpperCase()],
    ["percent", encodeURIComponent(SECRET)],
    ["a form's percent", new URLSearchParams([["", SECRET]]).toString().slice(1)],
    ["JSON", json],
    ["JSON in ASCII", json.replace("ö", "\\u00f6")],
    ["JavaScript in single quotes", json.replaceAll('\\"', '"').replaceAll("'", "\\'")],
    [
      "HTML",
      SECRET.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    ],
    ["Latin-1", Buffer.from(SECRET, "latin1")],
    ["UTF-16", Buffer.from(SECRET, "utf16le")],
  ])("mask %s", (_what, text) => expect(masked(text)).toMatch(/^\[API_KEY redacted\]/));

  it.each([
    ["an array of numbers", JSON.stringify([...bytes]), SECRET],
    ["hex with separators", bytes.toString("hex").replace(/..(?=.)/g, "$&-"), SECRET],
    ["base64 that is wrapped", Buffer.from(LONG).toString("base64").replace(/.{76}/g, "$&\n"), LONG],
    ["a shell's quotes", `'${SECRET.replaceAll("'", "'\\''")}'`, SECRET],
    ["two encodings in one another", Buffer.from(encodeURIComponent(SECRET)).toString("base64"), SECRET],
  ])("leave %s, and the help says so", (_what, text, secret) => expect(masked(text, secret)).toBe(Buffer.from(text).toString("latin1")));
});
