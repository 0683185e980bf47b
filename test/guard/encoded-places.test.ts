import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ContentSearch } from "../../src/guard/content.ts";
import { LeakSearch } from "../../src/guard/leaks.ts";

/** The same letters each time, others for each number. */
const letters = (seed: string, length: number) =>
  Array.from({ length: Math.ceil(length / 40) }, (_, index) => createHash("sha256").update(`${seed} ${index}`).digest("base64url"))
    .join("")
    .slice(0, length);

const isFound = (value: string, content: string) => {
  const secret = { name: "API_KEY", value, vault: ".env.vault", environment: "default", version: 1, current: true };
  return new ContentSearch(new LeakSearch([secret])).inspect("f", Buffer.from(content)).length > 0;
};

const lines = (text: string, width: number, end: string) => (text.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join(end);
const base64 = (text: string) => Buffer.from(text).toString("base64");

function base32(text: string): string {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const coded = (bits.match(/.{1,5}/g) ?? []).map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five.padEnd(5, "0"), 2)]);
  return coded.join("").padEnd(Math.ceil(coded.length / 8) * 8, "=");
}

/** As xxd writes it. */
function dump(text: string): string {
  const rows =
    Buffer.from(text)
      .toString("hex")
      .match(/.{1,32}/g) ?? [];
  return rows
    .map(
      (row, index) =>
        `${(index * 16).toString(16).padStart(8, "0")}: ${(row.match(/.{1,4}/g) ?? []).join(" ").padEnd(39)}  ................\n`,
    )
    .join("");
}

type Place = [name: string, write: (value: string, seed: string) => string];

const around = (value: string, seed: string) => {
  const count = Number.parseInt(createHash("sha256").update(seed).digest("hex").slice(0, 4), 16) % 60;
  return `${letters(`${seed} before`, count)}${value}${letters(`${seed} after`, (count * 7) % 50)}`;
};

/** Where programs put what encoders write: whatever stands in front of it, and however long the last line is. */
const PLACES: Place[] = [
  ["base32 after a name", (value, seed) => `TOTP_SEED=${base32(around(value, seed))}\n`],
  ["base32 in a link", (value, seed) => `otpauth://totp/shop?secret=${base32(around(value, seed))}&issuer=shop\n`],
  ["base32 in a path", (value, seed) => `GET /codes/${base32(around(value, seed)).replace(/=+$/, "").toLowerCase()}/next\n`],
  ["JSON of base64 in lines", (value, seed) => JSON.stringify({ content: `${lines(base64(around(value, seed)), 60, "\n")}\n` })],
  ["JSON of base64 in lines, CRLF", (value, seed) => JSON.stringify({ content: lines(base64(around(value, seed)), 76, "\r\n") })],
  ["JSON of base64 in lines, indented", (value, seed) => JSON.stringify(`key: |\n  ${lines(base64(around(value, seed)), 64, "\n  ")}\n`)],
  ["base64 in lines of 60", (value, seed) => `${lines(base64(around(value, seed)), 60, "\n")}\n`],
  ["xxd", (value, seed) => dump(around(value, seed))],
];

const SAMPLES = 25;
const LENGTHS = [14, 24, 40, 64, 120];

describe("an encoded value, wherever it stands", () => {
  it.each(PLACES)("is found: %s", (_name, write) => {
    const missed = LENGTHS.flatMap((length) =>
      Array.from({ length: SAMPLES }, (_, index) => `${length} ${index}`).filter((seed) => {
        const value = letters(seed, length);
        return !isFound(value, write(value, seed));
      }),
    );
    expect(missed).toEqual([]);
  });
});

describe("a value in base64 whose slashes JSON guards", () => {
  it.each(["?", "??", "???", "a?"])("is found where a slash is among its last letters: ending in %s", (end) => {
    const values = Array.from({ length: SAMPLES }, (_, index) => `${letters(`${end}${index}`, 9 + index)}${end}`);
    const missed = values.filter((value) => !isFound(value, JSON.stringify({ key: base64(value) }).replaceAll("/", "\\/")));
    expect(missed).toEqual([]);
  });
});

describe("a value that holds two equal signs in a row", () => {
  const VALUES = [
    JSON.stringify({ one: { key: letters("a", 12), note: "" }, two: [[letters("b", 9)]] }),
    `pa$$${letters("c", 6)}''${letters("d", 6)}%%"{{}}\``,
  ];
  const DOUBLE: Place[] = [
    ["CSV", (value) => `name,"${value.replaceAll('"', '""')}",end\n`],
    ["SQL", (value) => `insert into t values ('${value.replaceAll("'", "''")}');\n`],
    ["Compose", (value) => `    KEY: ${value.replaceAll("$", "$$$$")}\n`],
    ["a batch file", (value) => `set KEY=${value.replaceAll("%", "%%")}\r\n`],
    ["Python's format", (value) => value.replaceAll("{", "{{").replaceAll("}", "}}")],
    ["C#", (value) => `$@"${value.replaceAll("{", "{{").replaceAll("}", "}}").replaceAll('"', '""')}"`],
  ];

  it.each(DOUBLE)("is found where one sign of it is doubled: %s", (_name, write) => {
    expect(VALUES.filter((value) => !isFound(value, write(value, "")))).toEqual([]);
  });
});

describe("recovery words and an identity that are parted by what stands for nothing", () => {
  const WORDS =
    "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length";
  const IDENTITY = "AGE-SECRET-KEY-1" + "GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
  const look = (content: string) => new ContentSearch(new LeakSearch([])).inspect("f", Buffer.from(content));

  it.each([
    ["quoted-printable of a mail", "=\r\n"],
    ["a line that goes on", "\\\n"],
    ["a soft hyphen", "\u00ad"],
    ["a letter of no width", "\u200b"],
  ])("are found: %s", (_name, parting) => {
    for (const text of [WORDS, IDENTITY]) expect(look(lines(text, 36, parting))).toMatchObject([{ rule: "key-in-file" }]);
  });

  it("are none where there are none", () => {
    expect(look(`ONE=\nTWO=\n${lines("nothing of the kind is in this text ".repeat(9), 70, "=\n")}`)).toEqual([]);
  });
});

describe("what only looks encoded", () => {
  const value = letters("value", 24);

  it.each([
    ["other base32 after a name", `TOTP_SEED=${base32(letters("another", 40))}\n`],
    ["other base64 in JSON", JSON.stringify({ content: lines(base64(letters("another", 200)), 60, "\r\n") })],
    ["another dump", dump(letters("another", 100))],
    ["a table of empty texts", `${`"","",'',$$,{{}},%%\n`.repeat(50)}`],
  ])("is no finding: %s", (_name, content) => {
    expect(isFound(value, content)).toBe(false);
  });
});
