import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { serialise, valuesOf } from "../../../../src/core/vault/document.ts";
import { openDotenvx, readDotenvx } from "../../../../src/features/migrate/formats/dotenvx.ts";
import { detectPeer } from "../../../../src/guard/peers.ts";
import { type Dotenvx, dotenvx } from "../../../support/peers.ts";

const LABEL = ".env.production";
const text = (document: Parameters<typeof serialise>[0]) => Buffer.from(serialise(document)).toString();

function open(file: string, keys: string[], name = LABEL) {
  return openDotenvx(
    readDotenvx(Buffer.from(file), LABEL, name),
    keys.map((key) => ({ source: "DOTENV_PRIVATE_KEY", text: key })),
    LABEL,
  );
}

const line = ({ file }: Dotenvx, name: string) => new RegExp(`^.*${name}=.*$`, "m").exec(file)?.[0] as string;
const other = "11".repeat(32);

describe.each(["1.75.1", "2.38.2"] as const)("a file of dotenvx %s", (version) => {
  const real = dotenvx(version);

  it("gives every value as dotenvx reads it, and the layout of the file that was encrypted", () => {
    const { document, warnings } = open(real.file, [real.privateKey]);
    expect(Object.fromEntries(valuesOf(document))).toEqual(real.values);
    expect(parse(text(document))).toEqual(real.values);
    // Line breaks and tabs that stood escaped in double quotes: the encrypted value no longer says so.
    expect(text(document)).toBe(real.plain.replace("a\\nb", "a\nb").replace("a\\tb", "a\tb"));
    expect(warnings).toEqual([expect.stringContaining("TWICE is set again")]);
  });

  it("tries every key, in whatever order, with spaces and in capitals", () => {
    for (const keys of [[other, real.privateKey], [`${real.privateKey},${other}`], [` ${other} , ${real.privateKey.toUpperCase()} `]])
      expect(Object.fromEntries(valuesOf(open(real.file, keys).document))).toEqual(real.values);
  });

  it("is recognised", () => expect(detectPeer(Buffer.from(real.file))).toBe("dotenvx"));
});

describe("dotenvx", () => {
  const real = dotenvx("2.38.2");
  const refused = (file: string, keys = [real.privateKey]) => {
    try {
      open(file, keys);
    } catch (error) {
      return error as { code: string; message: string; hint: string };
    }
    throw new Error("it was accepted");
  };

  it("opens values under an older key of the list", () => {
    const rotated = dotenvx("1.75.1-rotated");
    const keys = /KEY=(.*)/.exec(rotated.keys)?.[1] as string;
    expect(Object.fromEntries(valuesOf(open(rotated.file, [keys], ".env").document))).toEqual(rotated.values);
  });

  it("is refused where a value would take in what stands behind its public key", () => {
    const key = /^DOTENV_PUBLIC_KEY.*$/m.exec(real.file)?.[0] as string;
    expect(refused(`${line(real, "PORT")}\nOPEN=\n${key}\n'x'\n`)).toMatchObject({
      code: "BAD_VALUE",
      message: expect.stringContaining("the header of dotenvx cannot be removed: dotenv would then read OPEN otherwise"),
    });
  });

  it("knows which variable holds the key", () => {
    const names = (file: string, name: string) => readDotenvx(Buffer.from(file), LABEL, name).keyNames;
    expect(names(real.file, ".env.production")).toEqual(["DOTENV_PRIVATE_KEY_PRODUCTION"]);
    expect(names(real.file, ".env")).toEqual(["DOTENV_PRIVATE_KEY", "DOTENV_PRIVATE_KEY_PRODUCTION"]);
    expect(names(line(real, "PORT"), ".env.a.b.c")).toEqual(["DOTENV_PRIVATE_KEY_A_B"]);
  });

  it("names what is wrong with a key or a value, and quotes neither", () => {
    const flipped = real.file.replace(/(DATABASE_URL="encrypted:.{150})(.)/, (_, head, char) => head + (char === "A" ? "B" : "A"));
    const cut = real.file.replace(/(DATABASE_URL="encrypted:.{40})[^"]*/, "$1");
    const moved = real.file.replace(line(real, "PORT"), line(dotenvx("1.75.1"), "PORT"));
    const off = real.file.replace(/(DATABASE_URL="encrypted:).{20}/, "$1BAAAAAAAAAAAAAAAAAAA");
    const cases: [string, string, RegExp][] = [
      [refused(real.file, []).code, "NO_KEY", /./],
      [refused(real.file, [other]).code, "WRONG_KEY", /./],
      [refused(real.file, ["hello"]).code, "MALFORMED_KEY", /./],
      [refused(real.file, ["00".repeat(32)]).code, "MALFORMED_KEY", /./],
      ...[flipped, cut, moved, off].map((file): [string, string, RegExp] => [refused(file).code, "TAMPERED", /./]),
      [refused("A=plain\n").code, "WRONG_FORMAT", /./],
      [refused(`<<<<<<< HEAD\n${real.file}`).code, "CONFLICT_MARKERS", /./],
      [refused(`${real.file}A="open\n`).code, "MALFORMED_DOTENV", /./],
    ];
    for (const [code, wanted] of cases) expect(code).toBe(wanted);
    expect(refused(flipped).message).toMatch(/line 9: the value of DATABASE_URL/);
    expect(refused(moved).message).toContain("PORT");
    expect(refused(real.file, ["hello"]).message).not.toContain("hello");
    expect(refused(real.file, []).message).toContain("DOTENV_PRIVATE_KEY_PRODUCTION");
    for (const file of [flipped, cut, moved, off]) expect(JSON.stringify(refused(file))).not.toMatch(/encrypted:B|sk_live/);
  });

  it("names what dotenvx would expand or look up", () => {
    const { warnings } = open(`A="$HOME"\nB='$HOME'\nC=$(id)\nD=1$\nE="op://a/b"\nF=\\$x\n${line(real, "PORT")}`, [real.privateKey]);
    expect(warnings).toEqual([
      expect.stringContaining(": A, C, F: dotenvx expands the $"),
      expect.stringContaining(": E: dotenvx looks this up"),
    ]);
  });

  it("keeps a header that it does not know, and what stands in clear", () => {
    const { document } = open(
      `#!/usr/bin/env dotenvx\nPLAIN="a\\tb"\n${line(real, "PORT")}\n# mine\nDOTENV_PUBLIC_KEY="x"\nREF=op://a/b\n`,
      [real.privateKey],
    );
    expect(text(document)).toBe('#!/usr/bin/env dotenvx\nPLAIN="a\tb"\nPORT=3000\n# mine\nREF=op://a/b\n');
  });
});
