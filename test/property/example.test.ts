import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument, serialise } from "../../src/core/vault/document.ts";
import { mayHoldSecret } from "../../src/features/check/comment-secrets.ts";
import { isProse, wordsOfNames } from "../../src/features/check/prose.ts";
import { exampleOf } from "../../src/features/values/example.ts";
import { isNightly } from "../support/sample.ts";

const NAMES = ["DATABASE_URL", "STRIPE_API_KEY", "S3_BUCKET", "ADMIN_EMAIL", "PORT"];
const WORDS = wordsOfNames(NAMES);

// No `fc.string`, which brings words such as `arguments` in.
const of = (alphabet: string, minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength, maxLength }).map((letters) => letters.join(""));
const SMALL = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
/** What people chose as a password: words, with or without what a policy asked for. */
const CHOSEN = [
  "tiger",
  "Sommer",
  "hunter2",
  "letmein",
  "correct horse battery staple",
  "Tr0ub4dor&3",
  "swordfish",
  "qwerty",
  "dragon-fly",
];
const secret = fc.oneof(
  of(`${SMALL}${SMALL.toUpperCase()}${DIGITS}`, 8, 48),
  // Letters alone: a word of the list is at most as long as these are improbable to be one.
  of(SMALL, 12, 24),
  of(SMALL + SMALL.toUpperCase(), 12, 40),
  of(DIGITS, 3, 19),
  of("0123456789abcdef", 12, 64),
  fc.uuid(),
  fc.base64String({ minLength: 12, maxLength: 64 }),
  fc.array(of(SMALL, 4, 4), { minLength: 4, maxLength: 4 }).map((groups) => groups.join(" ")),
  fc.constantFrom(...CHOSEN),
  of(`${SMALL}${DIGITS}!$%&/()=?+*~#-_.:,;<>|@`, 6, 24).filter((text) => /[^a-z\s.,;!?()-]/.test(text)),
);
const name = fc.constantFrom("PASSWORD", "db_password", "login", "user", "STRIPE_API_KEY", "token", "the key", "root", "secret");
const separator = fc.constantFrom(
  "=",
  ": ",
  ":",
  " = ",
  " - ",
  " is ",
  " was ",
  " ",
  "  ",
  "\t",
  " -> ",
  " / ",
  ", ",
  " (",
  "=>",
  " := ",
  "|",
  "\u00a0",
  " → ",
);
const quote = fc.constantFrom("", '"', "'", "`", "“", "<", "(", "[");
const start = fc.constantFrom(
  "#",
  "# ",
  "## ",
  "#\t",
  "#  export ",
  "# set ",
  "# the old ",
  "# use ",
  "# Get the key from the dashboard ",
  "#------ ",
);
const end = fc.constantFrom("", ".", " for the database", " # old", " (remove it)", " ------", " and do not share", ";");
const planted = fc.oneof(
  fc
    .tuple(start, name, separator, quote, secret, quote, end)
    .map(([s, n, sep, q, value, r, e]) => ({ text: `${s}${n}${sep}${q}${value}${r}${e}`, value })),
  fc.tuple(start, secret, end).map(([s, value, e]) => ({ text: `${s}${value}${e}`, value })),
  fc.tuple(secret, secret).map(([value, other]) => ({ text: `# login: ${value} / ${other}`, value })),
  secret.map((value) => ({ text: `# mysql -u root -p${value} app`, value })),
  secret.map((value) => ({ text: `# see https://app:${value}@db.example.com/app for more`, value })),
  secret.map((value) => ({ text: `# see https://hooks.example.com/services/${value}`, value })),
);
const near = fc.subarray([...NAMES, "DB_PASSWORD", "JWT_SECRET"], { maxLength: 2 });
const RUNS = { numRuns: isNightly ? 200_000 : 4_000 };
const shortValue = (value: string) => value.replace(/[\s"'`<>()[\]{}]/g, "").length < 3;

describe("a comment with a planted secret is never published", () => {
  it("as prose", () => {
    fc.assert(
      fc.property(planted, near, fc.boolean(), ({ text, value }, near, inline) => {
        fc.pre(!shortValue(value));
        expect(isProse(text, { words: WORDS, near, inline }), text).toBe(false);
      }),
      RUNS,
    );
  });

  it("in the example of a vault, above, behind or after an assignment", () => {
    const row = fc.tuple(fc.constantFrom(...NAMES, "DB_PASSWORD"), planted, planted);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), planted, (rows, last) => {
        const texts = rows.flatMap(([name, above, behind]) => [above.text, `${name}=x ${behind.text}`]);
        const { document } = parseDocument(Buffer.from(`${[...texts, last.text].join("\n")}\n`));
        const made = exampleOf(document, null, { isPublic: () => false });
        expect(made.comments).toEqual([]);
        expect(
          Buffer.from(serialise(made.document))
            .toString()
            .replace(/^[A-Z_\d]+=$/gm, "")
            .trim(),
        ).toBe("");
      }),
      { numRuns: RUNS.numRuns / 8 },
    );
  });
});

describe("by a fixed list", () => {
  const OUT = [
    "# OLD_KEY: sk_live_abc",
    "#OLD_KEY:tiger",
    "# set TOKEN=tiger",
    "# mysql -u root -ptiger",
    "# mysql -u root -p tiger",
    "# login: bob / tiger",
    "# login bob, tiger",
    "# the password is tiger",
    "# the password is secret",
    "# password test",
    "# password: as in production",
    "# tiger",
    "# ask bob for tiger",
    "# correct horse battery staple",
    "# the old one was qzxvwkjhgfdpmnbt",
    "# MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn",
    "# abcd",
    "# Qm9i",
    "# -----END RSA PRIVATE KEY-----",
    "# -----BEGIN OPENSSH PRIVATE KEY-----",
    "# PIN 4711",
    "# the code on the safe for the office: 47",
    "# https://example.com/?token=tiger",
    "# see https://bob:tiger@example.com",
    "# see https://tiger.example.com/secret",
    "# uSe ThE dEfAuLt VaLuE",
    "# use the de\u200bfault",
    "# use the “default” value",
    `# ${"use the default value ".repeat(30)}`,
    "# \u001b[31mthe default value of it",
  ];
  it.each(OUT)("%j stays out", (text) => expect(isProse(text, { words: WORDS, near: [] })).toBe(false));

  const PUBLISHED = [
    "#",
    "##########",
    "# ========",
    "# Database",
    "## S3 bucket settings",
    "# ================ MAIL ================",
    "# Get the API key from the dashboard (Settings, API keys).",
    "# Get one at https://dashboard.stripe.com/api-keys",
    "# The payment provider's key; don't share it.",
    "# Only needed in production, e.g. for server-side rendering!",
    "# STRIPE_API_KEY has to be set in every environment",
    "# The password of the database, from the dashboard",
    "# GitHub OAuth (optional)",
  ];
  it.each(PUBLISHED)("%j is published", (text) => expect(isProse(text, { words: WORDS, near: ["PORT"] })).toBe(true));

  it("behind a value there is no heading, and near a password nothing that says what it is", () => {
    expect(isProse("# admin", { words: WORDS, near: ["PORT"], inline: true })).toBe(false);
    expect(isProse("# admin", { words: WORDS, near: ["DB_PASSWORD"] })).toBe(false);
    expect(isProse("# it is the default", { words: WORDS, near: ["PORT"] })).toBe(true);
    expect(isProse("# it is the default", { words: WORDS, near: ["DB_PASSWORD"] })).toBe(false);
    expect(isProse("# from the dashboard", { words: WORDS, near: ["DB_PASSWORD"], inline: true })).toBe(true);
  });
});

describe("check and the comments of an example that people wrote", () => {
  const token = randomBytes(24)
    .toString("base64url")
    .replace(/^[^A-Za-z]|[-_]/g, "a1B");
  const HELD = [
    `# OLD_KEY: ${token}`,
    `# set TOKEN=${token}`,
    "# DB_PASSWORD=swordfish",
    "# DB_PASSWORD: hunter2",
    "# mysql -u root -pSwordfish4 app",
    "# curl -u bob:Swordfish4 https://example.com",
    "# login: bob / swordfish",
    "# the password is swordfish",
    `# ${token}`,
    "# AbCdEf0123456789abcdef==",
    "# -----END RSA PRIVATE KEY-----",
    "# postgres://app:Swordfish4@db.example.com/app",
    "# sk_live_0123456789abcdef",
  ];
  it.each(HELD)("%j is told of", (text) => expect(mayHoldSecret(text)).toBe(true));

  const PLAIN = [
    "# DB_HOST=127.0.0.1",
    "# DB_PASSWORD=",
    "# DB_PASSWORD=root",
    "# API_KEY=your-api-key-here",
    "# API_KEY=sk-xxxxxxxxxxxxxxxxxxxx",
    "# API_KEY=<token of the dashboard>",
    "# API_KEY=${OTHER_KEY}",
    "# MODEL='nomic-ai/nomic-embed-text-v1.5-GGUF'",
    "# EMBEDDING_MODEL=text-embedding-ada-002",
    "# TOKEN_LIMIT=4096",
    "# DATABASE_URL=postgres://app:app@localhost:5432/app",
    "# DATABASE_URL=postgres://app:secretly@db:5432/app",
    "# generate with: openssl rand -base64 32",
    "# node -e 'console.log(crypto.randomBytes(32).toString(\"base64url\"))'",
    "# See https://docs.example.com/configuration#disable-view-chat-history-for-all-users",
    "# Default is 5 minutes (300000ms)",
    '# set to "true" to disable the /api/docs endpoint',
    "# docker run -p 8080:80 app",
    "# Das Passwort steht im Tresor",
  ];
  it.each(PLAIN)("%j is not", (text) => expect(mayHoldSecret(text)).toBe(false));
});
