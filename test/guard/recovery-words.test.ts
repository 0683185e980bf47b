import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ContentSearch } from "../../src/guard/content.ts";
import { LeakSearch } from "../../src/guard/leaks.ts";
import { inspectWords } from "../../src/guard/recovery-words.ts";
import { runs } from "../support/arbitraries.ts";

const mnemonic = (secret: Uint8Array, length = 32) => entropyToMnemonic(secret.subarray(0, length), wordlist).split(" ");
/** Made here, so that no guard finds them in this file. */
const WORDS = mnemonic(Uint8Array.from({ length: 32 }, (_, index) => (index * 37 + 11) & 0xff));
const found = (text: string | Buffer) =>
  new ContentSearch(new LeakSearch([])).inspect("f", Buffer.from(text as string)).map(({ message }) => message);
const on = (line: number) => `f line ${line} holds 24 recovery words`;
const ROMAN = Array.from({ length: 24 }, (_, index) => {
  const ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
  return "X".repeat(Math.floor((index + 1) / 10)) + ones[(index + 1) % 10];
});
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
    ["with nothing between", (words) => words.join("")],
    ["with nothing between, in capitals, in more letters", (words) => `seed${words.join("").toUpperCase()}END`],
    ["in camel case", (words) => words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("")],
    ["named by a word of the list, in one line", (words) => words.map((word, index) => `word ${index + 1}: ${word}`).join(", ")],
    ["named by numbers, in one line", (words) => words.map((word, index) => `${index + 1}=${word}`).join(" ")],
    ["in capitals", (words) => words.join(" ").toUpperCase()],
    ["with a capital each", (words) => words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("  ")],
    ["in the columns in which they are shown", grid],
    ["numbered in brackets", (words) => words.map((word, index) => `(${index + 1}) ${word}`).join(" ")],
    ["numbered in square brackets", (words) => words.map((word, index) => `[${index + 1}] ${word}`).join("\n")],
    ...[";", "/", "_", "+", "%20", "\\n", " = ", "-", "&nbsp;", "%2C", " -> ", "\u00a0"].map(
      (sign): [string, (words: readonly string[]) => string] => [`with ${JSON.stringify(sign)} between`, (words) => words.join(sign)],
    ),
    ["in a list of HTML", (words) => `<ol>\n${words.map((word) => `      <li>${word}</li>\n`).join("")}</ol>`],
    [
      "in a list of HTML with attributes",
      (words) =>
        `<ol id="x">\n${words.map((word, index) => `      <li class="word text-lg" data-index="${index + 1}">${word}</li>\n`).join("")}</ol>`,
    ],
    [
      "in tags with attributes over several lines",
      (words) => words.map((word) => `<td\n  class="flex items-center"\n><b style="color: red">${word}</b></td>`).join("\n"),
    ],
    ["in a table of HTML", (words) => words.map((word, index) => `<tr><td>${index + 1}</td><td>${word}</td></tr>`).join("\n")],
    ["a variable each", (words) => words.map((word, index) => `WORD${index + 1}=${word}`).join("\n")],
    ["a longer variable each", (words) => words.map((word, index) => `RECOVERY_WORD_${index + 1}="${word}"`).join("\n")],
    ["in an object", (words) => JSON.stringify(Object.fromEntries(words.map((word, index) => [`word${index + 1}`, word])))],
    ["added in a diff", (words) => words.map((word) => `+${word}`).join("\n")],
    ...[2, 3, 6, 8, 12].map((columns): [string, (words: readonly string[]) => string] => [
      `down ${columns} columns`,
      (words) => {
        const rows = 24 / columns;
        return Array.from({ length: rows }, (_, row) =>
          Array.from({ length: columns }, (_, column) => `${column * rows + row + 1}. ${words[column * rows + row]}`).join("  "),
        ).join("\n");
      },
    ]),
    ["with a word and a number before each", (words) => words.map((word, index) => `Word ${index + 1}: ${word}`).join("\n")],
    ["with words on both sides of a number", (words) => words.map((word, index) => `Word #${index + 1} of 24 = "${word}"`).join("\r\n")],
    ["with letters before each", (words) => words.map((word, index) => `${String.fromCharCode(97 + index)}) ${word}`).join("\n")],
    ["with Roman numbers", (words) => words.map((word, index) => `${ROMAN[index]}. ${word}`).join("\n\n")],
    ["with ordinals", (words) => words.map((word, index) => `${index + 1}${["st", "nd", "rd"][index] ?? "th"} word:\t${word}`).join("\n")],
    ["in a log", (words) => words.map((word, index) => `app-1  | ${index + 1}: ${word}`).join("\n")],
    ["in attributes, a line each", (words) => words.map((word, index) => `<w n="${index + 1}" v="${word}"/>`).join("\n")],
    ["assigned", (words) => `RECOVERY="${words.join(" ")}"`],
  ])("are found: %s", (_what, write) => {
    const first = write(WORDS).search(new RegExp(`\\b${WORDS[0]}`, "i"));
    expect(found(write(WORDS))).toEqual([expect.stringContaining(on(write(WORDS).slice(0, first).split("\n").length))]);
    expect(found(`an ordinary text of words\n\nwith words about them: ${write(WORDS)}\n and more words\n`)).toHaveLength(1);
    expect(found(`};\n${write(WORDS)}\n};`)).toHaveLength(1);
  });

  it("are found in the colours of a terminal", () => {
    expect(found(WORDS.map((word) => `\u001b[1;31m${word}\u001b[0m`).join("\n"))).toEqual([on(1)]);
  });

  it("are found after any number of lines that end with words, too", () => {
    const row = WORDS.map((word, index) => `Word ${index + 1}: ${word}`).join("\n");
    for (const before of [4060, 4072, 4073, 4096, 8200]) {
      const text = `${"this line is one of very many parts\n".repeat(before)}${row}\n`;
      expect(found(text), `${before}`).toEqual([on(before + 1)]);
    }
  });

  it("are none where their labels differ, or lines without one stand between", () => {
    const others = ["alpha", "beta", "gamma"];
    const rows = [
      WORDS.map((word, index) => `the ${others[index % 3]} ${word}`),
      WORDS.map((word, index) => `Word: ${word}${index === 11 ? "\nWord: zzz" : ""}`),
      WORDS.map((word) => `the word ${word} is followed by others`),
    ];
    for (const row of rows) expect(found(row.join("\n"))).toEqual([]);
  });

  it("are found in UTF-16, as PowerShell writes it with >", () => {
    for (const text of [`\uFEFF${WORDS.join(" ")}\r\n`, `\uFEFFpaper:\r\n\r\n${grid(WORDS)}`]) {
      const wide = Buffer.from(text, "utf16le");
      expect(found(wide)).toHaveLength(1);
      expect(found(wide.swap16())).toHaveLength(1);
    }
  });

  it.each(["utf16le", "utf16be", "utf32le", "utf32be"])("are found in %s, without a mark", (order) => {
    const step = order.startsWith("utf16") ? 2 : 4;
    const text = WORDS.join(" ");
    const wide = Buffer.alloc(text.length * step);
    for (let at = 0; at < text.length; at++) wide[at * step + (order.endsWith("le") ? 0 : step - 1)] = text.charCodeAt(at);
    expect(found(wide)).toHaveLength(1);
  });

  it.each([4060, 4072, 4073, 4080, 4095, 4096, 4097, 8170])("are found behind %i words of their list", (count) => {
    const behind = (each: string) => each.repeat(count);
    // A row of the last `zoo` and 23 of them may have a right checksum, too.
    const seed = expect.stringMatching(/^f line \d+ holds 24 recovery words$/);
    expect(found(`${behind("zoo ")}${WORDS.join(" ")}`)).toEqual([on(1)]);
    expect(found(`${behind("a=zoo\n")}${WORDS.map((word) => `a=${word}`).join("\n")}`)).toEqual([seed]);
    expect(found(`${behind('{"w":"zoo"},')}${WORDS.map((word) => `{"word":"${word}"},`).join("")}`)).toEqual([on(1)]);
    expect(found(`${behind("Credentials 1: zoo\n")}${WORDS.map((word, index) => `Credentials ${index}: ${word}\n`).join("")}`)).toEqual([
      seed,
    ]);
  });

  const any = (index: number) => wordlist[(index * 7919) % 2048] as string;
  it.each<[string, (index: number) => string]>([
    ["one labelled word", () => "Word 1: abandon\n"],
    ["one word behind another label", () => "Credentials 1: abandon\n"],
    ["labelled words", (index) => `Word 1: ${any(index)}\n`],
    ["words in objects", (index) => `{"w":"${any(index)}"},`],
    ["the list in its order", (index) => `${wordlist[index % 2048]}\n`],
    ["a few words", (index) => `${any(index % 15)} `],
  ])("16 MB of %s cost little time and memory", (_what, write) => {
    const some = Buffer.from(Array.from({ length: 1 << 16 }, (_, index) => write(index)).join(""));
    const text = Buffer.alloc(16 << 20, some);
    inspectWords("f", text.subarray(0, 1 << 20));
    const [before, { heapUsed, arrayBuffers }] = [process.cpuUsage(), process.memoryUsage()];
    inspectWords("f", text);
    const [{ user }, after] = [process.cpuUsage(before), process.memoryUsage()];
    // Under a second where nothing else runs.
    expect(user / 1e6).toBeLessThan(2);
    expect(after.heapUsed + after.arrayBuffers - heapUsed - arrayBuffers).toBeLessThan(100 << 20);
  });

  it("cost a bounded number of tries: a text made of such words and no seed is a finding itself", () => {
    // 3 bits of each word, so that no row is in the list's order; the checksum of some row would be right by chance otherwise.
    const words = Array.from({ length: 60_000 }, (_, index) => wordlist[(index * 7919 + ((index * index) % 13)) % 2048] as string);
    const findings = inspectWords("f", Buffer.from(words.join(" ")));
    expect(findings.length).toBeGreaterThan(0);
  });

  it("cost little where letters in a row can be read as such words in very many ways", () => {
    const before = process.cpuUsage();
    const rows =
      `${"actionactoractaddaddictablebabybachelorbadgeballbamboobananabarbasketbattlebeachbecauseboardboatbonus".repeat(8)}\n`.repeat(1000);
    expect(inspectWords("f", Buffer.from(rows)).length).toBeGreaterThan(0);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
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
    const secret = Uint8Array.from({ length: 32 }, (_none, index) => (index < 3 ? 0 : index * 37));
    const words = mnemonic(secret);
    expect(words.slice(0, 2)).toEqual(["abandon", "abandon"]);
    expect(found(words.join(" "))).toEqual([on(1)]);
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
    ["the words of a passphrase, or of another's wallet of 12", mnemonic(new Uint8Array(32).fill(7), 16).join(" ")],
    ["two changed about, with nothing between", swapped.join("")],
    ["three letters again and again", "cat".repeat(2000)],
    ["letters in a row", Array.from({ length: 6000 }, (_none, index) => "acgt"[((index * 7919) >> (index % 5)) & 3]).join("")],
    ["words with nothing between that are no row of 24", wordlist.slice(0, 23).join("")],
    ["a list of words of that length", Array.from({ length: 500 }, () => "letter").join(" ")],
    ["the list itself", wordlist.join("\n")],
    ["the list itself, in JSON", JSON.stringify(wordlist)],
    ["other names between than these may have", WORDS.map((word) => `const ${word} = require("${word}");`).join("\n")],
    ["no text", ""],
  ])("are not: %s", (_what, text) => expect(found(text)).toEqual([]));

  it.each([
    ["three words that are always there", (word: string) => `field_label_${word}_count`],
    ["two", (word: string) => `field_${word}_count`],
    ["one", (word: string) => `field_${word}`],
  ])("are not: names of a file of translations into another script, with %s", (_what, nameOf) => {
    const lines = wordlist.map((_word, index) => `        "${nameOf(wordlist[(index * 7919) % 2048] as string)}": "情绪",`);
    expect(found(`{\n${lines.join("\n")}\n}`)).toEqual([]);
  });

  it("are not: the same few words of a program again and again", () => {
    const sides = ["top", "bottom", "end", "start"];
    for (let which = 0; which < 1500; which++) {
      const cases = Array.from({ length: 24 }, (_none, at) => ((which * 7919) >> (at % 13)) & 1);
      const numbers = cases.map((one, at) => `${one === 0 ? "case " : "return "}${at + which}${one === 0 ? ":" : ";"}`);
      const names = cases.map((one, at) => `case"${sides[(at + one) % 4]}-${sides[(at * which) % 4]}"`);
      for (const text of [numbers.join(""), names.join(":return")]) expect(found(text), text).toEqual([]);
    }
  });

  it("are not: names of such a file where some end in a word and others go on, whichever they are", () => {
    const words = ["run", "save", "search", "select", "session", "filter", "share", "time"];
    let state = 1;
    const next = () => {
      state = Math.imul(state, 48271) >>> 0;
      return words[state >>> 29] as string;
    };
    for (let file = 0; file < 250; file++) {
      const lines = Array.from({ length: 30 }, (_none, index) => `  "label.${next()}${index % 3 === 0 ? "" : `-${next()}`}": "Выбраць",`);
      expect(found(`{\n${lines.join("\n")}\n}`), lines.join("\n")).toEqual([]);
    }
  });

  it("are found behind others, each with its line", () => {
    expect(found(`${swapped.join(" ")}\n${WORDS.join(" ")}\n\n${WORDS.join(" ")}`)).toContain(on(2));
  });
});
