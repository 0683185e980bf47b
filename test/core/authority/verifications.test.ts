import { beforeEach, describe, expect, it, vi } from "vitest";

const counter = vi.hoisted(() => ({ verified: 0 }));
vi.mock("#crypto", async (importOriginal) => {
  const suite = await importOriginal<typeof import("#crypto")>();
  const ed25519Verify: typeof suite.ed25519Verify = (...args) => {
    counter.verified++;
    return suite.ed25519Verify(...args);
  };
  return { ...suite, ed25519Verify };
});

import type { AccessEntry } from "../../../src/core/authority/access-entry.ts";
import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { trust, verifyAlone, verifySince } from "../../../src/core/authority/trust.ts";
import { b64u } from "../../../src/core/bytes.ts";
import { outdatedEntries, validEntries } from "../../../src/core/keys/fence.ts";
import { Keyring } from "../../../src/core/keys/keyring.ts";
import { MAX_ACCESS } from "../../../src/core/limits.ts";
import { manifestChanges } from "../../../src/core/manifest/manifest-diff.ts";
import { parseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { inspectEntries } from "../../../src/guard/manifest.ts";
import { inspectSignatures } from "../../../src/guard/signatures.ts";
import { ADMIN, keyOf, manifestOf, recipient } from "../../support/keyring-builder.ts";

/** Anybody can add what nobody signed: it is looked at once, and not at all where it would not count signed either. */

let fresh = 0;
/** As an admin's, by name; none has one twice. */
function signature(): Record<string, string> {
  const bytes = new Uint8Array(64).fill(9);
  bytes.set([++fresh & 255, (fresh >> 8) & 255, (fresh >> 16) & 255, 3]);
  bytes[63] = 1;
  return { [ADMIN.name]: `ed25519:${b64u(bytes)}` };
}

function withEntries(base: Manifest, environment: string, count: number, entry: Partial<AccessEntry> = {}): Manifest {
  const manifest = structuredClone(base);
  const { access } = manifest.environments[environment] as Manifest["environments"][string];
  for (let index = 0; index < count; index++)
    access[`m${index}`] = { recipient: recipient(12), kind: "person", since: 1, direct: true, ...entry, signatures: signature() };
  return parseManifest(JSON.stringify(manifest));
}

const base = manifestOf({ environments: { default: { key: 1 }, production: { key: 2 } } });
const COUNT = 300;

beforeEach(() => {
  counter.verified = 0;
});

describe("entries that nobody signed", () => {
  it("are verified once by everything that a guard asks of them", () => {
    const before = withEntries(base, "production", COUNT, { until: "2027-06-30" });
    const after = parseManifest(JSON.stringify(withEntries(before, "production", 0)));
    for (const manifest of [before, after]) {
      verifyAlone(manifest);
      expect(inspectSignatures("m", manifest, true).filter(({ rule }) => rule === "forged-access")).toHaveLength(COUNT);
      const keyring = new Keyring(manifest, "production", keyOf(2));
      inspectEntries("m", keyring);
      expect(validEntries(manifest, "production")).toEqual([]);
      expect(outdatedEntries(manifest, "production")).toEqual([]);
      manifestChanges(manifest, base);
    }
    // One for each entry of either manifest, by whichever came first; a handful for the statements.
    expect(counter.verified).toBeGreaterThanOrEqual(COUNT);
    expect(counter.verified).toBeLessThan(COUNT + 80);
  });

  it("cost an opening nothing where their revision speaks against them", () => {
    new Keyring(base, "production", keyOf(2));
    counter.verified = 0;
    const ahead = withEntries(base, "production", COUNT, { until: "2027-06-30", since: 7 });
    new Keyring(ahead, "production", keyOf(2));
    new Keyring(withEntries(base, "production", COUNT), "production", keyOf(2));
    expect(counter.verified).toBe(0);
  });

  it("have bounds, in each environment and all together", () => {
    expect(() => withEntries(base, "production", MAX_ACCESS)).not.toThrow();
    expect(() => withEntries(base, "production", MAX_ACCESS + 1)).toThrow(`access has more than ${MAX_ACCESS} members`);
    const many = manifestOf({ environments: Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, {}])) });
    const full = ["a", "b", "c", "d"].reduce((manifest, name) => withEntries(manifest, name, MAX_ACCESS), many);
    expect(() => withEntries(full, "e", 1)).toThrow("more than 4096 access entries, all together");
  });
});

it("a list of the authority is verified once from where it is trusted, and each statement once in any list", () => {
  let manifest = base;
  for (let times = 0; times < 40; times++) manifest = withAuthority(manifest, {}, ADMIN);
  const read = parseManifest(JSON.stringify(manifest));
  counter.verified = 0;
  for (let times = 0; times < 5; times++) {
    verifyAlone(read);
    verifySince(base, read);
    trust(read, { pins: [], seen: null });
  }
  verifyAlone(parseManifest(JSON.stringify(manifest)));
  expect(counter.verified).toBeLessThanOrEqual(41);
});
