import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formsOf } from "../../src/guard/forms.ts";
import { LeakSearch, type Secret } from "../../src/guard/leaks.ts";
import { entropyOf, isSecretName, partsOf, weigh } from "../../src/guard/secret.ts";
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
    expect(partsOf("https://example.com/a:b@c")).toEqual([]);
  });

  it("tells the first line of each", () => {
    expect(inside(`\n${KEY}\n${KEY}\n`).map(({ line }) => line)).toEqual([2]);
  });

  it.each([`${KEY}\n`, ` ${KEY}\t`, `\r\n${KEY}`])("finds a value without the white space around it: %j", (value) => {
    const padded = new LeakSearch([secret("API_KEY", value)]);
    for (const text of [`key = "${KEY}"`, `key = "${value}"`, Buffer.from(`${value}x`).toString("base64")])
      expect(padded.inspect("file", Buffer.from(text)), text).toMatchObject([{ rule: "leak", level: "error" }]);
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
});

describe("what is worth a search", () => {
  it.each([
    ["API_KEY", KEY, "block"],
    ["STRIPE", "sk_test_51H8abcdEFGHijklMNOP", "block"],
    ["DB_PASSWORD", "correct-horse-9-battery", "block"],
    ["DATABASE_URL", "postgres://app:secretpw@db/app", "block"],
    ["WEBHOOK", "https://hooks.slack.com/services/T0001/B0001/XXyy12ZZ34abCDefGH56", "block"],
    ["APP_KEY", "base64:2fl+Ktvkfl+Fuz4Qp/A75G2RTiWVA/ZoKZvp6fiiM10=", "block"],
    ["BUCKET", "my-app-assets-eu-1", "warn"],
    ["API_TOKEN", "hunter2hunter2", "block"],
  ])("%s=%s: %s", (name, value, weight) => {
    expect(weigh(name, value)).toBe(weight);
  });

  it.each([
    ["DEBUG", "true"],
    ["NODE_ENV", "production"],
    ["DB_PASSWORD", "password"],
    ["DB_PASSWORD", "changeme"],
    ["SECRET_KEY", "your-secret-key"],
    ["SECRET_KEY", "<your key here>"],
    ["API_KEY", "xxxxxxxxxxxxxxxx"],
    ["APP_URL", "https://example.com"],
    ["APP_URL", "http://localhost:3000/callback"],
    ["DB_HOST", "db.internal.example.com"],
    ["REGION", "us-east-1"],
    ["PORT", "30003000"],
    ["KEY_PATH", "/etc/ssl/private/key.pem"],
    ["APP_NAME", "Laravel Application"],
    ["MAIL_FROM", "Hello World Company"],
    ["SHORT_KEY", "abc123"],
  ])("%s=%s raises no alarm", (name, value) => {
    expect(weigh(name, value)).toBeNull();
  });

  it("is not what the template says in clear", () => {
    expect(weigh("API_KEY", KEY, KEY)).toBeNull();
    expect(weigh("API_KEY", KEY, `${KEY}2`)).toBe("block");
    expect(new LeakSearch([secret("API_KEY", KEY)], new Map([["API_KEY", KEY]])).inspect("f", Buffer.from(KEY))).toEqual([]);
    expect(new LeakSearch([secret("API_KEY", `${KEY}\n`)], new Map([["API_KEY", `${KEY}\n`]])).size).toBe(0);
  });

  it.skipIf(!corpusIsHere)(`raises no alarm between the real corpus and this repository's own files${corpusNotice}`, () => {
    const sources = [
      "README.md",
      "docs/FORMAT.md",
      "docs/TROUBLESHOOTING.md",
      "package-lock.json",
      "src/core/document.ts",
      "src/cli-keys.ts",
    ];
    const values = corpusFiles().flatMap(([, bytes]) => Object.entries(parse(bytes)));
    const all = new LeakSearch(values.map(([name, value]) => secret(name, value)));
    expect(all.size).toBeGreaterThan(50);
    const found = sources.flatMap((path) => all.inspect(path, readFileSync(join(ROOT, path))));
    expect(found.map(({ name, path, level }) => `${name} ${path} ${level}`)).toEqual([]);
  });
});

describe("the bounds of what is worth a search", () => {
  it.each<[string, string, string | null]>([
    ["a secret's name, at least 8 letters", "KEY=aB3$xY9", null],
    ["8 of them", "KEY=aB3$xY9!", "block"],
    ["numbers of 15", "KEY=123456789012345", null],
    ["numbers of 16", "KEY=1234567890123456", "block"],
    ["one letter over and over", "KEY=aaaaaaaaaaaaaaaa", null],
    ["one character over and over", "KEY=****************", null],
    ["dots", "KEY=........", null],
    ["x in both cases", "KEY=xXxXxXxXxXxX", null],
    ["a word under a secret's name, of 11", "KEY=abcdefghijk", null],
    ["a word under a secret's name, of 12", "KEY=abcdefghijkl", "warn"],
    ["a word under another name", "NAME=abcdefghijklmnop", null],
    ["a slug of 15 under another name", "NAME=app-staging-e1", null],
    ["a slug under a secret's name", "TOKEN=app-eu-1-v2", "block"],
    ["a slug of 16 under another name", "NAME=apps-staging-e12", "warn"],
    ["random letters of 15 under another name", "NAME=aZ3$bY9!cX7&dW5", "warn"],
    ["random letters of 16 under another name", "NAME=aZ3$bY9!cX7&dW5+", "block"],
    ["16 letters of little entropy", "NAME=aab1aab1aab1aab1", "warn"],
    ["numbers and a letter", "KEY=1234567a", "block"],
    ["what only ends in a common word", "KEY=aZ9password", "block"],
    ["what only begins with a common word", "KEY=password9aZ", "block"],
    ["random letters of 3 bits each", "NAME=a1b2c3d4a1b2c3d4", "block"],
    ["a slug behind a character that no slug has", "NAME=9$app-eu", "warn"],
    ["a host without a port", "KEY=db.internal.example.com", null],
    ["what only ends in a host", "KEY=aZ3$9!example.com", "block"],
    ["what only begins with a host", "KEY=ab.cd9!xyz$Q", "block"],
    ["what only begins with a path", "KEY=/abc$def9!", "block"],
    ["what only ends in a URL", "KEY=p9! https://example.com", "block"],
    ["a host", "KEY=db.internal.example.com:5432", null],
    ["a path", "KEY=./config/keys/a.pem", null],
    ["a path of a disk", "KEY=C:\\keys\\a.pem", null],
    ["a home's path", "KEY=~/keys/a.pem", null],
    ["a URL of words", "KEY=https://example.com/a/path/of/words?and=words", null],
    ["a URL with a token in its path", "HOOK=https://example.com/x/aZ3bY9cX7dW5eV1fU2", "block"],
    ["a URL with a token in its query", "HOOK=https://example.com/x?k=aZ3bY9cX7dW5eV1fU2", "block"],
    ["a URL with words for a query", "HOOK=https://example.com/login?redirect=dashboard#section", null],
    ["a URL with a long word", "HOOK=https://example.com/x?k=abcdefghijklmnopqrs", null],
    ["a URL with an empty field", "HOOK=https://example.com/login?next=&redirect=dashboard", null],
    ["a URL with a host of many letters and numbers", "HOOK=https://db-17.eu-west-3.q9.example.com/", null],
    ["a URL with a token behind its host", "HOOK=https://example.com?aZ3bY9cX7dW5eV1fU2", "block"],
    ["a URL with a token for a fragment", "HOOK=https://example.com#aZ3bY9cX7dW5eV1fU2", "block"],
    ["a URL with a token that has slashes", "HOOK=https://example.com/x?k=aZ3bY/9cX7d/W5eV1/fU2", "block"],
    ["a URL with a token in parts", "HOOK=https://example.com/x?id=a1b2c3d4e5&sig=e5f6a7b8c9", "block"],
    ["a URL with 15 letters of high entropy", "HOOK=https://example.com/aZ3bY9cX7dW5eV1", null],
    ["a URL with 15 of them behind its host", "HOOK=https://example.com?aZ3bY9cX7dW5eV1", null],
    ["a URL with 16 letters of high entropy", "HOOK=https://example.com/aZ3bY9cX7dW5eV1f", "block"],
    ["a URL with 16 letters of 3.5 bits each", "HOOK=https://example.com/aabbccdd12345678", "block"],
    ["a URL with 18 letters of 3 bits each", "HOOK=https://example.com/aa11aa11bb22cc33d4", null],
    ["what only begins with a placeholder", "KEY=<x>aZ3bY9", "block"],
    ["what only ends in a placeholder", "KEY=aZ3bY9<x>", "block"],
    ["what only ends in here", "KEY=aZ3bY9here", "block"],
    ["what says it goes here", "KEY=key9-goes-here", null],
    ["a placeholder in brackets", "KEY=<your-key-9>", null],
    ["a placeholder to fill in", "KEY=${MY_KEY_9}", null],
    ["a placeholder of a template", "KEY={{ my.key9 }}", null],
    ["what says put it here", "KEY=put_it_9_here", null],
    ["what says your password", "KEY=your-db9-password", null],
    ["what only begins so", "KEY=your-db9-passw0rd", "block"],
  ])("%s", (_, row, weight) => {
    const [name = "", ...rest] = row.split("=");
    expect(weigh(name, rest.join("="))).toBe(weight);
  });

  it("knows a secret's name by a word in it", () => {
    for (const name of [
      "my_secret",
      "TOKEN",
      "dbPass",
      "PWD",
      "API_KEY",
      "CREDENTIALS",
      "PRIVATE_X",
      "AUTH",
      "SENTRY_DSN",
      "SALT",
      "COOKIE",
      "SESSION_ID",
      "CERT",
      "WEBHOOK",
      "DATABASE_URL",
      "MONGO_URI",
    ])
      expect(isSecretName(name), name).toBe(true);
    for (const name of ["NAME", "PORT", "URL", "URI_X", "BASE_URI_PATH", "DATABASE", "", "REGION"])
      expect(isSecretName(name), name).toBe(false);
  });

  it("takes a URL's password, as it stands and as it is read", () => {
    expect(partsOf("postgres://u:pass@h/db")).toEqual(["pass"]);
    expect(partsOf("postgres://:pass@h")).toEqual(["pass"]);
    expect(partsOf("a+b.c-d://u:p%26q@h")).toEqual(["p%26q", "p&q"]);
    expect(partsOf("a://u:p%zz@h")).toEqual(["p%zz"]);
    for (const none of ["u:pass@h", "://u:p@h", "1://u:p@h", "a://u@h", "a://u:@h", "a://h/u:p@x", "a://u:p h@x", " a://u:p@h"])
      expect(partsOf(none), none).toEqual([]);
  });

  it("measures entropy in bits a character", () => {
    expect([entropyOf(""), entropyOf("aaaa"), entropyOf("abab"), entropyOf("abcd"), entropyOf("\u{1F511}a")]).toEqual([0, 0, 1, 2, 1]);
  });

  it("says whether a value is current, and where it stands", () => {
    const old = new LeakSearch([{ ...secret("API_KEY", KEY), current: false }]);
    expect(old.inspect("f", Buffer.from(`\n${KEY}`))[0]?.message).toBe(
      "f line 2 holds the value of API_KEY (.env.vault, an earlier value, v3)",
    );
    expect(old.isClean(Buffer.from(KEY))).toBe(false);
    expect(old.isClean(Buffer.from(Buffer.from(KEY).toString("hex")))).toBe(false);
    expect(old.isClean(Buffer.from("nothing"))).toBe(true);
    const warn = new LeakSearch([secret("BUCKET", "my-app-assets-eu-1")]);
    expect(warn.inspect("f", Buffer.from("my-app-assets-eu-1"))[0]).toMatchObject({ level: "warning", path: "f", name: "BUCKET" });
    const url = new LeakSearch([secret("X_URL", "a://u:my-app-assets-eu-1@h")]);
    expect(url.inspect("f", Buffer.from("my-app-assets-eu-1"))[0]).toMatchObject({ level: "error" });
    expect([old.size, new LeakSearch([]).size, new LeakSearch([secret("A", "x")]).size]).toEqual([1, 0, 0]);
    const two = new LeakSearch([secret("A_KEY", KEY), { ...secret("A_KEY", `${KEY}2x`), vault: "b/.env.vault" }]);
    expect(two.inspect("f", Buffer.from(`${KEY} ${KEY}2x ${KEY}`))).toHaveLength(2);
  });
});
