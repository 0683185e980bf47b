import { describe, expect, it } from "vitest";
import { ContentSearch } from "../../src/guard/content.ts";
import { LeakSearch, type Secret } from "../../src/guard/leaks.ts";
import { byCommands, byPython, IN_NODE, pythonNotice } from "./encoders/encoders.ts";

/** A password with signs, a key in base64, a passphrase, a token of letters, and one in another alphabet. */
const VALUES = [
  "k9$Zq\"7<w&2'x%5~",
  "mJ3/Qv+8sT1u/Yp6Rk2+Nd9Wc4==",
  "correct {horse}_battery\\staple #7!",
  "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
  "Grüße-aus-Köln_2024é",
];

const secretOf = (value: string): Secret => ({
  name: "API_KEY",
  value,
  vault: ".env.vault",
  environment: "default",
  version: 1,
  current: true,
});
const isFound = (value: string, content: Buffer) => new ContentSearch(new LeakSearch([secretOf(value)])).inspect("f", content).length > 0;

/** What is not found, as docs/explanation/threat-model.md says; of those that change nothing in some values, these. */
const MISSED = [
  "YAML, double quotes, folded",
  "xxd -e",
  "od -c",
  "base64 in lines of 20",
  "base32hex",
  "base85",
  "ascii85",
  "rot13",
  "quoted-printable header",
  "utf-7",
  "punycode",
  "casts of Java, in decimal",
  "bytes of Rust, in decimal",
  "calls of chr",
  "bytes of an assembler, with an h",
  "octal of JavaScript",
  "print_r of PHP",
  "an array of characters",
  "letters in JSON",
  "code points of Go",
  "Intel HEX",
  "S-records",
  "escapes of a zone file",
  "a percent of a percent of a percent",
  "backticks of PowerShell",
  "carets of cmd",
  "systemd-escape",
  "names of XML",
  "cat -v",
  "lines of iCalendar and vCard",
  "lines of LDIF",
  "parts that a program joins",
];

const rows = [
  ...Object.entries(IN_NODE).map(([name, encode]) => [name, VALUES.map((value) => Buffer.from(encode(value) as string))] as const),
  ...byCommands(VALUES),
  ...byPython(VALUES),
];

describe(`views of a file, and real encoders${pythonNotice}`, () => {
  it("are at least 90, where python3 is here", () => {
    expect(rows.length).toBeGreaterThanOrEqual(pythonNotice === "" ? 180 : 110);
  });

  it.each(rows)("show a value in: %s", (name, contents) => {
    const missed = VALUES.filter(
      (value, index) => !isFound(value, Buffer.concat([Buffer.from("before it\n"), contents[index] as Buffer, Buffer.from("\nafter")])),
    );
    // One that changes nothing in a value hides nothing, so that a miss is one of some values.
    if (MISSED.includes(name)) expect(missed).not.toEqual([]);
    else expect(missed).toEqual([]);
  });
});
