import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { identityToWords, wordsToIdentity } from "../../src/custody/recovery.ts";
import { runs } from "../support/arbitraries.ts";

const identity = new Uint8Array(32).fill(11);
const words = identityToWords(identity);
const said = words.join(" ");

describe("recovery words", () => {
  it("are 24, and give back any identity", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret) => {
        const made = identityToWords(secret);
        expect(made).toHaveLength(24);
        expect(wordsToIdentity(made.join(" "))).toEqual(secret);
      }),
      runs(50),
    );
  });

  it.each([
    ["in capitals", said.toUpperCase()],
    ["on lines of their own", `\n${words.join("\r\n")}\n`],
    ["with tabs and many spaces", `  ${words.join(" \t  ")}  `],
    ["in full-width letters", said.replaceAll("a", "\uff41")],
  ])("are read %s", (_, text) => {
    expect(wordsToIdentity(text)).toEqual(identity);
  });

  it.each([
    ["nothing", ""],
    ["23", words.slice(1).join(" ")],
    ["25", `${said} ${words[0]}`],
    ["12 that are right by themselves", "abandon ".repeat(11).concat("about")],
    ["of another checksum", [...words.slice(0, -1), words.at(-1) === "abandon" ? "ability" : "abandon"].join(" ")],
    ["with one that is in no list", [...words.slice(0, -1), "envseal"].join(" ")],
    ["in another order", [...words.slice(1), words[0]].join(" ")],
    ["run together", words.join("")],
    ["between commas", words.join(", ")],
  ])("are refused where they are %s", (_, text) => {
    expect(wordsToIdentity(text)).toBeNull();
  });
});
