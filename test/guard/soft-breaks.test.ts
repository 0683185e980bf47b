import { describe, expect, it } from "vitest";
import { ContentSearch } from "../../src/guard/content.ts";
import { LeakSearch } from "../../src/guard/leaks.ts";
import { Views } from "../../src/guard/views/views.ts";

const VALUE = "q7Xv2Lk9Rt4Wb8Zs3Np6Hd1c";
const secret = { name: "API_KEY", value: VALUE, vault: ".env.vault", environment: "default", version: 1, current: true };
const found = (text: string) => new ContentSearch(new LeakSearch([secret])).inspect("a.txt", Buffer.from(text)).length;

/** What a program has: many `=`, and one at a line's end. */
const PROGRAM = "const name =\n  first == second ? third : `key=${value}`;\n".repeat(20);
const escaped = (text: string) => [...text].map((letter) => `=${letter.charCodeAt(0).toString(16).toUpperCase()}`).join("");
const everyPlace = Array.from({ length: VALUE.length - 1 }, (_none, index) => index + 1);

describe("a value of plain letters in quoted-printable", () => {
  it.each(["\n", "\r\n"])("is found wherever its line goes on, among a program's own %j", (end) => {
    for (const at of everyPlace) expect(found(`${PROGRAM}${VALUE.slice(0, at)}=${end}${VALUE.slice(at)}\n${PROGRAM}`)).toBe(1);
  });

  it("is found wherever its line goes on, and escaped before that or after", () => {
    for (const at of everyPlace) {
      const [before, after] = [VALUE.slice(0, at), VALUE.slice(at)];
      expect(found(`${PROGRAM}${escaped(before)}=\n${after}\n`)).toBe(1);
      expect(found(`${PROGRAM}${before}=\n${escaped(after)}\n`)).toBe(1);
    }
  });

  it("is found far from each line that goes on, with some letters escaped where others are next to one", () => {
    const far = "x\n".repeat(1000);
    expect(found(`caf=C3=A9 is a long =\nline\n${far}${escaped(VALUE.slice(0, 2))}${VALUE.slice(2)}\n`)).toBe(1);
  });

  it("is found far from each line that goes on, with each letter escaped, wherever it stands", () => {
    const far = "x\n".repeat(1000);
    for (let before = 0; before < 20; before++) expect(found(`a long =\nline\n${far}${"-".repeat(before)}${escaped(VALUE)}\n`)).toBe(1);
  });

  it("asks for no view of a program", () => {
    expect([...new Views([VALUE]).of(Buffer.from(PROGRAM), { left: 1 << 20, leftOut: false })]).toEqual([]);
  });
});
