import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { nowSeen } from "../../src/core/authority/seen.ts";
import { isVaultPath } from "../../src/core/manifest/manifest-shape.ts";
import { parseManifest, serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { matchesPattern } from "../../src/core/names.ts";
import { parseVault } from "../../src/core/vault/vault.ts";
import { armManager } from "../../src/features/hooks/manager-files.ts";
import type { HookPlace } from "../../src/features/hooks/place.ts";
import { pinsPath, readSeen } from "../../src/project/pins.ts";
import { MemoryProject } from "../support/vaults.ts";

/** What fuzzing, the second reader and reading found, each once more. */
const { text } = JSON.parse(readFileSync(new URL("../vectors/manifest.json", import.meta.url), "utf8")) as { text: string };
const refused = expect.objectContaining({ code: "MALFORMED_MANIFEST" });
const changed = (from: string | RegExp, to: string) => {
  const other = text.replace(from, to);
  expect(other).not.toBe(text);
  return other;
};

describe("the manifest", () => {
  it.each(["365.0", "365e0", "3.65e2", "3650E-1"])("an integer written as %s is refused", (number) => {
    expect(() => parseManifest(changed('"cryptoperiodDays": 365', `"cryptoperiodDays": ${number}`))).toThrowError(refused);
  });

  it.each(["2026-02-30", "2025-02-29", "2026-04-31", "2026-00-10", "2026-13-01", "0000-01-01"])("%s is no day", (day) => {
    expect(() => parseManifest(changed(/"verified": "[^"]*"/, `"verified": "${day}"`))).toThrowError(refused);
  });

  it.each(["2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T23:59:60Z", "2026-01-01T00:60:00Z"])(
    "%s is no instant",
    (instant) => {
      expect(() => parseManifest(changed(/"created": "[^"]*"/, `"created": "${instant}"`))).toThrowError(refused);
    },
  );

  it("takes 29 February of a leap year, and writes what it read", () => {
    const leap = changed(/"verified": "[^"]*"/, '"verified": "2024-02-29"');
    expect(serialiseManifest(parseManifest(leap))).toBe(leap);
  });

  it("refuses a recipient with a typing error, and a wrapped key with left-over bits", () => {
    expect(() => parseManifest(changed(/"recipient": "age1(.)(.)/, '"recipient": "age1$2$1'))).toThrowError(refused);
    const wrapped = JSON.parse(text).environments.production.access.alice.wrapped as string;
    expect(wrapped.length % 4).not.toBe(0);
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(wrapped.at(-1) as string);
    const other = wrapped.slice(0, -1) + "BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last];
    expect(() => parseManifest(text.replace(wrapped, other))).toThrowError(refused);
  });

  it("lists paths in letters that Unicode knows only since lately, whatever Node reads it", () => {
    expect(isVaultPath("\u{1FAEA}\u{378}\u{E000}/.env.vault")).toBe(true);
    expect(isVaultPath("a\u200Eb/.env.vault")).toBe(false);
  });
});

describe("sizes are those of the bytes", () => {
  it("of a row and of a vault, in letters of three bytes", () => {
    const head = "# envseal:1 default AQEBAQEBAQEBAQEB\n";
    expect(() => parseVault(`${head}A='${"€".repeat(700_000)}' # x\n`)).toThrowError(/longer than 2 MiB/);
    expect(() => parseVault(`${head}${"€".repeat(5_600_000)}\n`)).toThrowError(/larger than 16 MiB/);
    expect(() => parseManifest(`"${"€".repeat(5_600_000)}"`)).toThrowError(/larger than 16 MiB/);
  });

  it("a public value that fits as a secret and not when shown is refused when it is sealed, not when it is opened", () => {
    const project = new MemoryProject();
    const file = Buffer.from(`A='${"x".repeat(1_200_000)}'\n`);
    expect(project.open(project.seal(file)).assignments.size).toBe(1);
    expect(() => project.seal(file, { isPublic: () => true })).toThrowError(expect.objectContaining({ code: "BAD_VALUE" }));
  });
});

it("what a machine has seen, with left-over bits in a digest or of another project, is a damaged file and not the absence of a pin", () => {
  const home = mkdtempSync(join(tmpdir(), "envseal-pins-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const env = { XDG_STATE_HOME: home };
  const { manifest } = new MemoryProject();
  const path = (project: string) => pinsPath(env, project) as string;
  mkdirSync(dirname(path("x")), { recursive: true, mode: 0o700 });
  const seen = nowSeen(manifest, null);
  const digest = seen.digests.at(-1) as string;
  const write = (digests: string[], project = manifest.project) =>
    writeFileSync(path(project), JSON.stringify({ ...seen, digests }), { mode: 0o600 });
  const damaged = expect.objectContaining({ code: "PIN_MISMATCH" });
  write([digest]);
  expect(readSeen(env, manifest.project)).toEqual(seen);
  // 32 bytes are 43 letters, of which the last one has two bits to spare.
  const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(digest.at(-1) as string);
  const other = digest.slice(0, -1) + "BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_A"[last];
  for (const digests of [[other], [digest, other], [`sha256:${"A".repeat(43)}`], []]) {
    write(digests);
    expect(() => readSeen(env, manifest.project), digests.join()).toThrowError(damaged);
  }
  write([digest], "A".repeat(16));
  expect(() => readSeen(env, "A".repeat(16))).toThrowError(damaged);
});

describe("a hook manager's file that is not as it writes it", () => {
  it.each([
    ["lefthook", "lefthook.yml", "just words\n"],
    ["lefthook", "lefthook.yml", "pre-commit: *nowhere\n"],
    ["lefthook", "lefthook.yml", "- a\n- b\n"],
    ["pre-commit", ".pre-commit-config.yaml", "repos\n"],
    ["simple-git-hooks", ".simple-git-hooks.json", "{,}"],
    ["simple-git-hooks", ".simple-git-hooks.json", "null"],
    ["simple-git-hooks", ".simple-git-hooks.json", '{"simple-git-hooks": []}'],
    ["simple-git-hooks", ".simple-git-hooks.json", '{"simple-git-hooks": {"pre-commit": ["npm test"]}}'],
    ["lefthook", "lefthook.yml", Buffer.from("# caf\xe9\n", "latin1")],
  ] as const)("%s, %s: %j is refused, and stays as it is", (manager, name, text) => {
    const folder = mkdtempSync(join(tmpdir(), "envseal-hooks-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, name);
    writeFileSync(path, text);
    const arm = () => armManager({ top: folder } as HookPlace, { manager, path }, join(folder, "kept"));
    expect(arm).toThrowError(expect.objectContaining({ name: "EnvsealError", code: "GIT" }));
    expect(readFileSync(path)).toEqual(Buffer.from(text));
  });
});

describe("patterns", () => {
  it.each([
    ["*", "", true],
    ["a*", "a", true],
    ["a*a", "a", false],
    ["*a*b", "xaxb", true],
    ["*ab*ab", "abab", true],
    ["*ab*ab", "ab", false],
    ["a**c", "abc", true],
    ["NEXT_PUBLIC_*", "NEXT_PUBLIC_A", true],
    ["A.B", "AxB", false],
    ["[A](B)+?^$|\\{}", "[A](B)+?^$|\\{}", true],
  ])("%s and %s: %s", (pattern, name, matches) => expect(matchesPattern(pattern, name)).toBe(matches));

  it("of an ignore file somebody sent, or of a manifest, take no time to refuse", () => {
    expect(matchesPattern(`${"*".repeat(40)}x`, ".env.production.vault")).toBe(false);
    expect(matchesPattern(`${"*a".repeat(128)}b`, "a".repeat(100_000))).toBe(false);
  });
});
