import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openArmored } from "../../../../src/age/armored.ts";
import { valuesOf } from "../../../../src/core/vault/document.ts";
import { isEnvsealError } from "../../../../src/errors.ts";
import { openDotenvVault } from "../../../../src/features/migrate/formats/dotenv-vault.ts";
import { openDotenvx, readDotenvx } from "../../../../src/features/migrate/formats/dotenvx.ts";
import { openGitCrypt } from "../../../../src/features/migrate/formats/git-crypt.ts";
import { openSops } from "../../../../src/features/migrate/formats/sops.ts";
import { parseSops } from "../../../../src/features/migrate/formats/sops-file.ts";
import { detectPeer } from "../../../../src/guard/peers.ts";
import { anyValue, dotenvText, runs, variableName } from "../../../support/arbitraries.ts";
import { encryptedForDotenvx, sopsFile } from "../../../support/foreign.ts";
import { dotenvKey, dotenvVault, dotenvx, sopsCase, sopsIdentity } from "../../../support/peers.ts";

const SEED = 20261121;
const KEY = "22".repeat(32);
const dataKey = new Uint8Array(32).fill(5);

/** Bytes that are nearly a file of the tool, and bytes that are nothing. */
function nearly(file: string): fc.Arbitrary<Buffer> {
  const at = fc.nat(file.length);
  const piece = fc.oneof(
    fc.constantFrom("\n", "\r", "=", '"', "#", "\0", "\\n", "ENC[", "encrypted:", "sops_", "DOTENV_", "<<<<<<< ", "\uFEFF"),
    fc.string({ maxLength: 5 }),
    dotenvText,
  );
  const change = fc.tuple(at, fc.nat(40), piece);
  const changed = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    let text = file;
    for (const [from, length, put] of changes) text = text.slice(0, from) + put + text.slice(from + length);
    return Buffer.from(text);
  });
  return fc.oneof(
    { weight: 5, arbitrary: changed },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  );
}

/** How many were opened all the same; anything but our own error is a fault. */
async function survives(file: string, count: number, open: (bytes: Buffer) => unknown): Promise<{ opened: number; refused: number }> {
  const seen = { opened: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(nearly(file), async (bytes) => {
      try {
        await open(bytes);
        seen.opened++;
      } catch (error) {
        if (!isEnvsealError(error) || error.code === "BUG" || error.hint === undefined) throw error;
        seen.refused++;
      }
    }),
    { ...runs(count), seed: SEED },
  );
  return seen;
}

describe("whatever is given to an importer, it opens or is refused by an error of ours", () => {
  it("dotenvx", async () => {
    const file = `# mine\nA="${encryptedForDotenvx("one", KEY)}"\nB=${encryptedForDotenvx("two", KEY)} # x\nC='plain'\n`;
    const open = (bytes: Buffer) => openDotenvx(readDotenvx(bytes, ".env", ".env"), [{ source: "K", text: KEY }], ".env");
    const seen = await survives(file, 300, open);
    expect(Math.min(seen.opened, seen.refused)).toBeGreaterThan(10);
    await survives(dotenvx("1.75.1").file, 200, (bytes) => openDotenvx(readDotenvx(bytes, ".env", ".env"), [], ".env"));
  });

  it("keys of dotenvx and dotenv-vault", async () => {
    const file = readDotenvx(Buffer.from(`A=${encryptedForDotenvx("one", KEY)}\n`), ".env", ".env");
    await survives(KEY, 200, (bytes) => openDotenvx(file, [{ source: "K", text: bytes.toString() }], ".env"));
    const vault = Buffer.from(dotenvVault().file);
    await survives(dotenvKey("ci"), 300, (bytes) => openDotenvVault(vault, { source: "DOTENV_KEY", text: bytes.toString() }, ".env.vault"));
  });

  it("dotenv-vault", async () => {
    const key = { source: "DOTENV_KEY", text: dotenvKey("production") };
    const seen = await survives(dotenvVault().file, 400, (bytes) => openDotenvVault(bytes, key, ".env.vault"));
    expect(Math.min(seen.opened, seen.refused)).toBeGreaterThan(20);
  });

  it("sops", async () => {
    const file = `# open\n${sopsFile(dataKey, [
      ["A", "one"],
      ["B", 'tw"o'],
      ["C", "three"],
    ])}`;
    const seen = await survives(file, 500, (bytes) => openSops(parseSops(bytes, "x"), dataKey, "x", bytes.length % 2 === 0));
    expect(Math.min(seen.opened, seen.refused)).toBeGreaterThan(2);
    await survives(sopsCase().file, 300, (bytes) => parseSops(bytes, "x"));
    const [entry] = parseSops(Buffer.from(sopsCase().file), "x").age;
    await survives(entry?.armored as string, 100, (bytes) => openArmored(bytes.toString(), [sopsIdentity()]));
  });

  it("git-crypt, and telling them apart", async () => {
    await survives("A='1'\nB=\"two\nlines\"\n", 300, (bytes) => openGitCrypt(bytes, "x"));
    await survives(dotenvx("2.38.2").file, 300, (bytes) => detectPeer(bytes));
  });
});

describe("a value arrives exactly as it was", () => {
  const accepted = (open: () => string | undefined, value: string): number => {
    try {
      expect(open()).toBe(value);
      return 1;
    } catch (error) {
      if (!isEnvsealError(error) || error.code !== "BAD_VALUE") throw error;
      return 0;
    }
  };

  it("from dotenvx, in every kind of quotes", () => {
    let count = 0;
    fc.assert(
      fc.property(anyValue, fc.constantFrom("", "'", '"', "`"), fc.constantFrom("", " # note"), (value, quote, note) => {
        const file = `export A=${quote}${encryptedForDotenvx(value, KEY)}${quote}${note}\nB='x'\n`;
        const read = () => openDotenvx(readDotenvx(Buffer.from(file), ".env", ".env"), [{ source: "K", text: KEY }], ".env").document;
        count += accepted(() => valuesOf(read()).get("A"), value);
      }),
      { ...runs(200), seed: SEED },
    );
    expect(count).toBeGreaterThan(180);
  });

  it("from sops", () => {
    let count = 0;
    fc.assert(
      fc.property(anyValue, variableName, (value, name) => {
        fc.pre(!name.startsWith("sops_") && !name.endsWith("_unencrypted"));
        const file = sopsFile(dataKey, [
          ["FIRST", ""],
          [name, value],
          ["LAST", "'x'"],
        ]);
        count += accepted(() => valuesOf(openSops(parseSops(Buffer.from(file), "x"), dataKey, "x", false).document).get(name), value);
      }),
      { ...runs(300), seed: SEED },
    );
    expect(count).toBeGreaterThan(270);
  });
});

it("nothing larger than a vault may be is read", () => {
  const large = Buffer.alloc(16 * 1024 * 1024 + 1, "A=1\n");
  const refused = expect.objectContaining({ code: "WRONG_FORMAT" });
  expect(() => readDotenvx(large, "x", "x")).toThrowError(refused);
  expect(() => openDotenvVault(large, { source: "K", text: "" }, "x")).toThrowError(refused);
  expect(() => parseSops(large, "x")).toThrowError(refused);
  expect(() => openGitCrypt(large, "x")).toThrowError(refused);
  // An empty line, or a comment of one character, takes a hundred times its text.
  for (const row of ["\n", "#\n"])
    expect(() => parseSops(Buffer.from(row.repeat((1 << 18) + 1)), "x")).toThrowError(/more than 262144 lines/);
});
