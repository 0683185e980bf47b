import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formsOf } from "../../src/guard/forms.ts";
import { LeakSearch, type Secret } from "../../src/guard/leaks.ts";
import { partsOf, weigh } from "../../src/guard/secret.ts";
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
const search = new LeakSearch([secret("API_KEY", KEY), secret("ODD", `a"b&c<d>'e\\f/ü=1`)]);

const inside = (text: string | Buffer) => search.inspect("file", Buffer.from(text as string));

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
    expect(new LeakSearch([secret("API_KEY", KEY)], new Map([["API_KEY", KEY]])).inspect("f", Buffer.from(KEY))).toEqual([]);
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
