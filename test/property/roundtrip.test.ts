import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "dotenv";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { serialise } from "../../src/core/vault/document.ts";
import { isEnvsealError } from "../../src/errors.ts";
import { dotenvText, runs } from "../support/arbitraries.ts";
import { corpusFiles, corpusIsHere, corpusNotice } from "../support/corpus.ts";
import { isNightly } from "../support/sample.ts";
import { MemoryProject } from "../support/vaults.ts";

const folder = mkdtempSync(join(tmpdir(), "envseal-roundtrip-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The built loader, as apps use it. */
const { load } = createRequire(import.meta.url)("../../dist/index.cjs") as typeof import("../../src/index.ts");
const project = new MemoryProject();
const key = project.readOnlyKey();

/** Seals, opens, loads: everything must be as it was. */
function roundTrip(plaintext: Uint8Array, label: string, isPublic = (_: string) => false): string {
  const text = project.seal(plaintext, { isPublic });
  const opened = project.open(text);
  expect(Buffer.from(serialise(opened.document)).equals(plaintext), label).toBe(true);
  const path = join(folder, ".env.vault");
  writeFileSync(path, text);
  expect(load({ path, key, env: {} }), label).toEqual(parse(Buffer.from(plaintext)));
  expect(project.seal(plaintext, { previous: opened, isPublic }), label).toBe(text);
  expect(parse(text) && Object.keys(parse(text)).sort(), label).toEqual([...opened.assignments.keys()].sort());
  return text;
}

describe("decrypt(encrypt(file)) is the file, and load() is dotenv.parse", () => {
  it.runIf(corpusIsHere)(`for all real files${corpusNotice}`, () => {
    const few = isNightly ? 1 : 4;
    for (const [label, bytes] of corpusFiles().filter((_file, index) => index % few === 0))
      roundTrip(bytes, label, (name) => name.startsWith("APP_"));
  });

  it("for generated files", () => {
    let accepted = 0;
    fc.assert(
      fc.property(dotenvText, fc.boolean(), fc.boolean(), (body, bom, open) => {
        const bytes = Buffer.from((bom ? "\uFEFF" : "") + body);
        try {
          roundTrip(bytes, JSON.stringify(body), () => open);
          accepted++;
        } catch (error) {
          if (!isEnvsealError(error) || error.code !== "MALFORMED_DOTENV") throw error;
        }
      }),
      runs(400),
    );
    expect(accepted).toBeGreaterThan(60);
  });

  it.each([
    ["nothing", ""],
    ["a BOM", "\uFEFF"],
    ["a BOM and CRLF", "\uFEFFA=1\r\nB=2\r\n"],
    ["no final newline", "A=1\nB=2"],
    ["only blank lines", "\n\n\r\n \n"],
    ["mixed line ends", "A=1\r\nB=2\nC=3\rD=4\n"],
    ["a colon whose white space is a CR", "A:\r\rB=1\rC:\r"],
    ["tabs and export", "\texport  A\t=\t1\t# x\n"],
    ["all quotes", "A='1'\nB=\"2\"\nC=`3`\n"],
    ["multi-line values", "A='1\n2\r\n3'\nB=\"x\n\ny\"\n"],
    ["# in values", "A='a#b'\nB=a#b\nC=\"# x\"\nD=#\n"],
    ["what looks like a token", "A=enc:v1.AAAAAAAA:AAAA\nB='x # enc:v1'\n# enc:v1.AAAAAAAA:AAAA\n#end x\n"],
    ["a quote that an overridden line closes", "A.B='\nA=\\'\nA=''\nA=\\'\n"],
    ["a quote that an overridden line closes, otherwise", "A='\\'\nFOO=BAR='x'\nEXPORT=__proto'\nFOO=\n"],
    ["a quote that a comment keeps open", "A='\\'\n# it's\nB=x'\n"],
    ["unicode", "A=ü🔑\u2028B=2\nC='\u2029'\n"],
    ["empty values", "A=\nB=''\nC=\"\"\n"],
    ["a 1 MiB value", `A='${"x".repeat(1 << 20)}'\n`],
    ["10,000 names", Array.from({ length: 10_000 }, (_, index) => `NAME_${index}=value ${index}\n`).join("")],
  ])("for %s", (label, text) => {
    roundTrip(Buffer.from(text), label);
    if (label !== "a 1 MiB value") roundTrip(Buffer.from(text), label, () => true);
  });

  it("refuses a vault without the comment that kept a quote open", () => {
    const rows = project.seal(Buffer.from("A='\\'\n# it's\nB=x'\n")).split("\n");
    const comment = rows.findIndex((row, index) => index > rows.findIndex((other) => other.startsWith("A=")) && row.startsWith("# "));
    const path = join(folder, ".env.vault");
    writeFileSync(path, rows.toSpliced(comment, 1).join("\n"));
    expect(comment).toBeGreaterThan(0);
    expect(() => load({ path, key, env: {} })).toThrow(expect.objectContaining({ code: "TAMPERED" }));
  });

  it("is opened in one pass where empty rows were added by the ten thousand to one that is read as a whole", () => {
    const path = join(folder, ".env.vault");
    const text = project.seal(Buffer.from("A.B='\nA=\\'\nA=''\nA=\\'\n"));
    writeFileSync(path, text);
    const as = load({ path, key, env: {} });
    // Of dotenv it takes minutes.
    writeFileSync(path, text.replace("\n#end", `\n${"#\n".repeat(200_000)}#end`));
    expect(load({ path, key, env: {} })).toEqual(as);
  });

  it("shows public values in the first quote that fits, and no other", () => {
    const text = project.seal(Buffer.from("A=it's\nB='say \"x\"'\nC=\"it's \\\\ \"\nD='`'\nE='a\"b`c'\nF=\"x\\ny\"\n"), {
      isPublic: () => true,
    });
    const rows = text
      .split("\n")
      .filter((row) => /^[A-F]=/.test(row))
      .map((row) => row.replace(/(?: # )?enc:.*/, ""));
    expect(rows).toEqual(['A="it\'s"', "B='say \"x\"'", "C=`it's \\\\ `", "D='`'", "E='a\"b`c'", "F="]);
  });
});
