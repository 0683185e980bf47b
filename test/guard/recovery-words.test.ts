import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectWords } from "../../src/guard/recovery-words.ts";
import { runs } from "../support/arbitraries.ts";

const mnemonic = (secret: Uint8Array, length = 32) => entropyToMnemonic(secret.subarray(0, length), wordlist).split(" ");
/** Made here, so that no guard finds them in this file. */
const WORDS = mnemonic(Uint8Array.from({ length: 32 }, (_, index) => (index * 37 + 11) & 0xff));
const found = (text: string | Buffer) => inspectWords("f", Buffer.from(text as string)).map(({ message }) => message);
const on = (line: number) => `f line ${line} holds 24 recovery words`;
/** As `recovery create` shows them. */
const grid = (words: readonly string[]) =>
  Array.from({ length: 6 }, (_, row) =>
    [0, 1, 2, 3].map((column) => `${String(column * 6 + row + 1).padStart(4)}. ${(words[column * 6 + row] ?? "").padEnd(10)}`).join(""),
  ).join("\n");

describe("recovery words", () => {
  it.each<[string, (words: readonly string[]) => string]>([
    ["in a line", (words) => words.join(" ")],
    ["a line each", (words) => `${words.join("\n")}\n`],
    ["a line each, with CRLF", (words) => words.join("\r\n")],
    ["numbered", (words) => words.map((word, index) => `${index + 1}. ${word}`).join("\n")],
    ["in a list of Markdown", (words) => words.map((word) => `- \`${word}\``).join("\n")],
    ["in a table", (words) => words.map((word, index) => `| ${index + 1} | ${word} |`).join("\n")],
    ["in JSON", (words) => JSON.stringify(words, null, 8)],
    ["with commas", (words) => words.join(",")],
    ["in capitals", (words) => words.join(" ").toUpperCase()],
    ["with a capital each", (words) => words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("  ")],
    ["in the columns in which they are shown", grid],
    ["assigned", (words) => `RECOVERY="${words.join(" ")}"`],
  ])("are found: %s", (_what, write) => {
    const first = write(WORDS).search(/[a-z]{3}/i);
    expect(found(write(WORDS))).toEqual([on(write(WORDS).slice(0, first).split("\n").length)]);
    expect(found(`an ordinary text of words\n\nwith words about them: ${write(WORDS)}\n and more words\n`)).toHaveLength(1);
    expect(found(`};\n${write(WORDS)}\n};`)).toHaveLength(1);
  });

  it("are found in UTF-16, as PowerShell writes it with >", () => {
    for (const text of [`\uFEFF${WORDS.join(" ")}\r\n`, `\uFEFFpaper:\r\n\r\n${grid(WORDS)}`]) {
      const wide = Buffer.from(text, "utf16le");
      expect(found(wide)).toHaveLength(1);
      expect(found(wide.swap16())).toHaveLength(1);
    }
  });

  it("are found wherever they stand, whatever they are", () => {
    const noise = fc.stringMatching(/^[a-z0-9 ,.\n={}/-]{0,200}$/);
    const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(noise, secrets, noise, (before, secret, after) => {
        expect(found(`${before}\n${mnemonic(secret).join(" ")};${after}`)).toHaveLength(1);
      }),
      runs(500),
    );
  });

  it("are found where they are the first of the list, and no list", () => {
    expect(found(`${"abandon ".repeat(23)}art`)).toEqual([on(1)]);
  });

  it("are reported by place, and what to do; never themselves", () => {
    expect(inspectWords("a/b.txt", Buffer.from(`\n${WORDS.join(" ")}\n`))).toEqual([
      {
        rule: "key-in-file",
        path: "a/b.txt",
        line: 2,
        message: "a/b.txt line 2 holds 24 recovery words",
        fix: expect.stringContaining("envseal revoke"),
      },
    ]);
  });

  const swapped = [WORDS[1], WORDS[0], ...WORDS.slice(2)] as string[];
  it.each([
    ["23 of them", WORDS.slice(1).join(" ")],
    ["two changed about", swapped.join(" ")],
    ["one that is not in the list", [...WORDS.slice(0, 11), "envseal", ...WORDS.slice(12)].join(" ")],
    ["a word of prose between", [...WORDS.slice(0, 12), "of", ...WORDS.slice(12)].join(" ")],
    ["letters grown onto the first", `x${WORDS.join(" ")}`],
    ["letters grown onto the last", `${WORDS.join(" ")}ful`],
    ["what else is code between", WORDS.join(" = ")],
    ["the words of a passphrase, or of another's wallet of 12", mnemonic(new Uint8Array(32).fill(7), 16).join(" ")],
    ["a list of words of that length", Array.from({ length: 500 }, () => "letter").join(" ")],
    ["the list itself", wordlist.join("\n")],
    ["the list itself, in JSON", JSON.stringify(wordlist)],
    ["UTF-16 without its mark", Buffer.from(WORDS.join(" "), "utf16le")],
    ["no text", ""],
  ])("are not: %s", (_what, text) => expect(found(text)).toEqual([]));

  it("are found behind others, each with its line", () => {
    expect(found(`${swapped.join(" ")}\n${WORDS.join(" ")}\n\n${WORDS.join(" ")}`)).toContain(on(2));
  });
});
