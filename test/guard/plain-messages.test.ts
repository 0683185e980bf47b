import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formsOf } from "../../src/guard/encodings.ts";
import { LeakSearch, type Secret } from "../../src/guard/leaks.ts";
import { showsAmongWords } from "../../src/guard/plain-messages.ts";
import { inspectWords } from "../../src/guard/recovery-words.ts";
import { MUTATION, runs } from "../support/arbitraries.ts";
import { sampled } from "../support/sample.ts";
import { ROOT, sandbox } from "../support/sandbox.ts";

const [, program = ""] = /LC_ALL=C awk '([^']+)' 2>\/dev\/null <"\$1"/.exec(readFileSync(join(ROOT, "hooks/run"), "utf8")) ?? [];
const EACH = [["mawk"], ["gawk"], ["busybox", "awk"], ["original-awk"], ["awk"]] as const;
const isHere = ([name, ...args]: readonly string[]) => spawnSync(name as string, [...args, "BEGIN { exit 0 }"]).status === 0;
const AWKS = EACH.filter(isHere);

/** What hooks/run decides by one awk. */
function verdictOf([name, ...args]: readonly string[], message: string | Buffer): boolean {
  const { status } = spawnSync(name as string, [...args, program], { input: message, env: { PATH: process.env.PATH, LC_ALL: "C" } });
  return status === 0;
}

/** What hooks/run decides, by every awk of this machine. */
function isPlainWords(message: string): boolean {
  const verdicts = AWKS.map((awk) => verdictOf(awk, message));
  expect(new Set(verdicts).size).toBe(1);
  return verdicts[0] === true;
}

/** The same in other words, but for words of recovery, tags and colours. */
const expected = (message: string | Buffer) =>
  Buffer.from(message as string)
    .toString("latin1")
    .split(/[ \t\n\r\v\f]/)
    .every((word) => !/\\|=$/.test(word) && (word.length < 8 || (word.length < 16 && /^[A-Za-z.,:;()"!?-]*$/.test(word))));

const secret = (value: string): Secret => ({
  name: "API_SECRET",
  value,
  vault: ".env.vault",
  environment: "default",
  version: 1,
  current: true,
});

describe("a message of plain words", () => {
  it.each([
    "fix the login form",
    'feat(api)!: don\'t "retry"; see #123 (again).',
    "an ordinary message: check-scopes",
    "",
    "words ".repeat(23),
    "how to say it so that it is as long as it can be. ".repeat(9),
    "a line\r\nends as it\r\ndoes there\r\n",
    "1234567\v1234567\f1234567\r1234567",
    "closes 123, 4567 and 89; since 2024 12 01",
    "add a bad face",
    "1.2.3 and 4.5.6 of 12345",
    "a line that ends with words\n".repeat(23),
    `${"a line that ends with words\n\n".repeat(23)}or in a\n${"so does it, or a word\n".repeat(23)}`,
    "\r\v\f\t ",
  ])("%j", (message) => expect(isPlainWords(message)).toBe(true));

  it.each([
    "take hunter2x as the password",
    "see src/a.ts",
    "internationalisation",
    "a\nb\n\tx=1234567\n",
    "größer als",
    "123456\v12345678",
    "a\rinternationalisation\f",
    Array.from({ length: 24 }, () => "abandon").join(" "),
    Array.from({ length: 24 }, (_, index) => `${index + 1}. zoo`).join("\n"),
    `of ${Array.from({ length: 24 }, () => "ability").join(", ")} or so`,
    Array.from({ length: 12 }, () => "able,army").join(" "),
    Array.from({ length: 8 }, () => "zoo-act;bus").join("\n"),
    // What CSS, a continued line and quoted-printable join.
    "k9\\24 Zq\\22 7\\3c w\\26 2",
    "hunt\\\ner2h\\\nunte\\\nr2",
    "hunt=\ner2h=\r\nunte=\nr2",
    // `s3cr3t-pw` as others write it.
    "73 33 63 72 33 74 2d 70 77",
    "7333\n6372\n3374\n2d70\n7700",
    "115, 51, 99, 114, 51, 116, 45, 112, 119",
    "it is\n163 063 143 162 063 164 055 160 167\nin octal",
    "{0x73,\n0x33,\n0x63,\n0x72,\n0x33,\n0x74,\n0x2d}",
    "73\n33\n63\n72\n33\n74 2d70 77",
  ])("%j is none", (message) => expect(isPlainWords(message)).toBe(false));
});

describe("recovery words in a message", () => {
  const words = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => entropyToMnemonic(bytes, wordlist).split(" "));
  const label = fc.oneof(
    fc.constantFrom(
      "",
      "Word",
      "Credentials",
      "recoveryword",
      "my no",
      "a",
      "secretphrase",
      "of 24",
      "app-1  |",
      "<b itemscope >",
      "it is",
    ),
    fc.stringMatching(/^[a-zA-Z]{1,15}( [a-z]{1,12}){0,3}$/),
  );
  const number = fc.constantFrom<(index: number) => string>(
    () => "",
    (index) => `${index + 1}`,
    (index) => `${index + 1}.`,
    (index) => `(${index + 1})`,
    (index) => `#${index + 1}:`,
    (index) => `${String.fromCharCode(97 + index)})`,
    (index) => `${index + 1}${["st", "nd", "rd"][index] ?? "th"}`,
  );
  const after = fc.constantFrom("", ".", ",", " ;", "\r", '"', " \u001b[0m", " !", " 1", ")");
  const end = fc.constantFrom("\n", "\n", "\n\n", "\n \n", " ", ", ", "\t", "\r\n", " / ", "\v");
  const written = fc
    .tuple(words, label, number, fc.boolean(), after, end, fc.constantFrom("", "", "Note:\n", "two words "))
    .map(([words, label, number, first, after, end, before]) =>
      words.reduce((text, word, index) => {
        const [one, other] = first ? [number(index), label] : [label, number(index)];
        return `${text}${[one, other, word].filter(Boolean).join(" ")}${after}${end}`;
      }, before),
    );

  it("is looked at by node wherever inspectWords would find them", () => {
    let found = 0;
    fc.assert(
      fc.property(written, (message) => {
        if (inspectWords("it", Buffer.from(message)).length === 0) return;
        found++;
        expect([message, isPlainWords(message)]).toEqual([message, false]);
      }),
      runs(150),
    );
    if (!MUTATION) expect(found).toBeGreaterThan(40);
  });
});

describe("a byte of a message", () => {
  it.each(EACH.map((awk) => [awk.join(" "), awk] as const))(
    `is to %s what it is to the others${AWKS.length < EACH.length ? " (skipped where it is missing: mawk, gawk, busybox, original-awk)" : ""}`,
    (_, awk) => {
      if (!isHere(awk)) return;
      const { root } = sandbox();
      // Between words that are too long together, and words that are too odd together.
      const separators = Array.from({ length: 32 }, (_, index) => index + 1);
      const others = Array.from({ length: 223 }, (_, index) => index + 33);
      const messages = [...separators, ...sampled(others, 12)].flatMap((byte) =>
        [
          ["aaaaaaaa", "bbbbbbbb"],
          ["1234567", "x"],
        ].map(([before = "", after = ""]) => Buffer.from(`${before}${String.fromCharCode(byte)}${after}\n`, "latin1")),
      );
      messages.forEach((message, index) => {
        writeFileSync(join(root, String(index)), message);
      });
      const each = 'i=0; while [ -f "$i" ]; do LC_ALL=C "$@" "$i" 2>/dev/null && echo "$i"; i=$((i + 1)); done; true';
      const { stdout } = spawnSync("sh", ["-c", each, "sh", ...awk, program], { cwd: root, encoding: "utf8" });
      expect(stdout.split("\n").filter(Boolean)).toEqual(messages.flatMap((message, index) => (expected(message) ? [String(index)] : [])));
    },
  );
});

describe("a value that shows among plain words", () => {
  it.each(["hunter2x", "abcdefghijklmnop", "x 1234567é y", "a b\ncdefgh_h"])("%j does", (value) =>
    expect(showsAmongWords(value)).toBe(true),
  );

  it.each(["", "correct horse battery staple", "Tr0ub4d &3 x y z", "abcdefghijklmno", "1234567 7654321", "1234\r567\f8"])(
    "%j does not",
    (value) => expect(showsAmongWords(value)).toBe(false),
  );

  const letters = fc.stringMatching(/^[a-zA-Z]{1,9}$/);
  const piece = fc.oneof(letters, letters, fc.constantFrom(" ", " ", "\t", "\n", "\r", "\v", "\f", ".", "-", "1", "_", "é", "12345678"));
  const text = fc.array(piece, { minLength: 2, maxLength: 6 }).map((pieces) => pieces.join(""));
  const value = fc
    .array(fc.oneof(letters, fc.constantFrom("x1", "b_", "1234567")), { minLength: 2, maxLength: 5 })
    .map((words) => words.join(" "));
  it("is told by hooks/run as by this file", () => {
    fc.assert(
      fc.property(text, (message) => {
        expect(isPlainWords(message)).toBe(expected(message));
      }),
      runs(40),
    );
  });

  it("is never found in a message that hooks/run takes for plain words", () => {
    let plain = 0;
    fc.assert(
      fc.property(value, text, text, fc.nat(), (value, before, after, which) => {
        const search = new LeakSearch([secret(value)]);
        const forms = formsOf(value);
        if (search.size === 0 || forms.length === 0) return;
        const message = `${before} ${Buffer.from(forms[which % forms.length]?.bytes ?? "", "latin1")} ${after}`;
        if (message.includes("\0") || !expected(message) || search.inspect("it", Buffer.from(message)).length === 0) return;
        plain++;
        expect(search.showsAmongWords).toBe(false);
      }),
      runs(3000),
    );
    if (!MUTATION) expect(plain).toBeGreaterThan(30);
  });
});
