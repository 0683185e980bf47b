import { spawnSync } from "node:child_process";
import { createDecipheriv } from "node:crypto";
import { describe, expect, it } from "vitest";
import * as node from "../../src/crypto/node.ts";
import * as portable from "../../src/crypto/portable.ts";
import type { CryptoSuite } from "../../src/crypto/suite.ts";
import { notHeavy } from "../support/examples.ts";
import { nodeOf } from "../support/nodes.ts";
import { ROOT } from "../support/sandbox.ts";

/** Plain JavaScript, so that run.mjs works on every Node. */
const { check } = (await import(new URL("wycheproof/check.mjs", import.meta.url).href)) as {
  check(suite: CryptoSuite, names?: string[]): { counts: Record<string, number>; failed: string[] };
};

const COUNTS = { aes_gcm: 93, chacha20_poly1305: 45, hkdf_sha256: 83, hmac_sha256: 174, x25519: 518, ed25519: 151 };
const suites: [string, CryptoSuite][] = [
  ["node", node],
  ["portable", portable],
];

/** `run.mjs` on this Node: a row for each implementation. */
function run(executable: string): unknown[] {
  const { stdout, stderr } = spawnSync(executable, ["test/vectors/wycheproof/run.mjs"], { cwd: ROOT, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row));
}

const passed = (major: string) =>
  suites.map(([implementation]) => ({ node: expect.stringMatching(`^v${major}\\.`), implementation, counts: COUNTS, failed: [] }));

describe("Wycheproof", () => {
  it.each(suites)("%s", (_, suite) => {
    expect(check(suite)).toEqual({ counts: COUNTS, failed: [] });
  });

  it("fails a suite that takes every tag or signature, and one that takes points of low order", () => {
    const everyTag: CryptoSuite = {
      ...node,
      aeadOpen: (key, nonce, sealed, aad) =>
        nonce.length === 12
          ? createDecipheriv("aes-256-gcm", key, nonce).update(sealed.slice(0, -16))
          : node.aeadOpen(key, nonce, sealed, aad),
    };
    const lowOrder: CryptoSuite = { ...node, x25519: (secret, point) => node.x25519(secret, point) ?? new Uint8Array(32) };
    const everySignature: CryptoSuite = { ...node, ed25519Verify: (_, __, signature) => signature.length === 64 };
    expect(check(everySignature, ["ed25519"]).failed.length).toBeGreaterThan(40);
    expect(check(everyTag, ["aes_gcm"]).failed.length).toBeGreaterThan(20);
    expect(check(lowOrder, ["x25519"]).failed.length).toBeGreaterThan(5);
  });

  it("the built package", () => {
    expect(run(process.execPath)).toEqual(passed(process.versions.node.split(".")[0] as string));
  });

  const skipped = notHeavy();
  it.skipIf(skipped !== null).each([20, 22, 24, 26])(`the built package on Node %i${skipped === null ? "" : ` (${skipped})`}`, (major) => {
    expect(run(nodeOf(major))).toEqual(passed(String(major)));
  });
});
