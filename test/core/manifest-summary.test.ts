import { describe, expect, it } from "vitest";
import { withVault } from "../../src/core/changes.ts";
import type { Manifest } from "../../src/core/manifest.ts";
import { summariseManifest } from "../../src/core/manifest-summary.ts";
import { idOf, Ring } from "../support/rings.ts";

const base = Ring.start().grant("ada", 11);
const second = base.rotate(2);
const third = second.rotate(3).fence();
const [v1, v2, v3] = [base, second, third].map((ring, index) => `v${index + 1} (${ring.active})`) as [string, string, string];

describe("a manifest's change in words", () => {
  it("tells keys, access, recipients and settings", () => {
    expect(summariseManifest(base.manifest, base.manifest)).toEqual([]);
    expect(summariseManifest(null, null)).toEqual([]);
    expect(summariseManifest(null, base.manifest)).toEqual([
      `default: ${v1} made (created)`,
      "default: access for ada added",
      "recipient ada added",
      "vault .env.vault added",
    ]);
    expect(summariseManifest(base.manifest, null)).toEqual([
      "default: removed, with all its keys",
      "recipient ada removed",
      "vault .env.vault removed",
    ]);
    expect(summariseManifest(base.manifest, third.manifest)).toEqual([
      `default: ${v1} is deactivated (was active)`,
      `default: ${v2} made (scheduled)`,
      `default: ${v3} made (scheduled)`,
      `default: nothing older than ${v3} is accepted in current vaults`,
    ]);
    // In a file, keys stand in the order of their ids.
    const keys = Object.fromEntries(Object.entries(third.entry.keys).reverse());
    expect(summariseManifest(base.manifest, third.forged({ keys }))).toEqual(summariseManifest(base.manifest, third.manifest));
    const { ada: _, ...access } = base.entry.access;
    const from = base.set({ required: ["A", "K"], public: ["P", "K"], allow: [{ rule: "leak", path: "x", name: "N", reason: "why" }] });
    const to = base.set({
      required: ["K", "B"],
      public: ["K", "Q"],
      allow: [{ rule: "leak", reason: "other" }],
      cryptoperiodDays: 7,
      access,
    });
    expect(summariseManifest(from.manifest, to.manifest)).toEqual(
      [
        "access for ada removed",
        "now required: B",
        "no longer required: A",
        "now public: Q",
        "no longer public: P",
        'now allowed: leak "other"',
        'no longer allowed: leak x N "why"',
        "the cryptoperiod is 7 days (was 365)",
      ].map((text) => `default: ${text}`),
    );
  });

  it("tells a dropped key, another recipient, and a vault of another id or environment", () => {
    const { [base.active]: _, ...keys } = second.entry.keys;
    expect(summariseManifest(second.manifest, second.forged({ keys }))).toEqual([`default: ${v1} was dropped`]);
    const other = base.join("ada", 12).apply((manifest, { signer }) => withVault(manifest, signer, ".env.vault", idOf(4)));
    expect(summariseManifest(base.manifest, other.manifest)).toEqual(["recipient ada replaced", "vault .env.vault replaced"]);
    const elsewhere = {
      ...base.manifest,
      vaults: { ".env.vault": { ...(base.manifest.vaults[".env.vault"] as object), environment: "staging" } },
    };
    expect(summariseManifest(base.manifest, elsewhere as unknown as Manifest)).toEqual(["vault .env.vault replaced"]);
    expect(summariseManifest(base.manifest, { ...base.manifest, vaults: {}, recipients: {} })).toEqual([
      "recipient ada removed",
      "vault .env.vault removed",
    ]);
  });

  it("takes no environment for one of the members that every object has", () => {
    const odd = Ring.start(8, "constructor");
    for (const [before, after, words] of [
      [base.manifest, odd.manifest, "made (created)"],
      [odd.manifest, base.manifest, "removed, with all its keys"],
    ] as const) {
      const told = summariseManifest(before, after).filter((line) => line.startsWith("constructor"));
      expect(told).toEqual([expect.stringContaining(words)]);
    }
  });

  it("stays in order, whatever the names", () => {
    const two = Ring.start(3, "staging");
    const both = { ...base.manifest, environments: { staging: two.entry, ...base.manifest.environments } };
    expect(summariseManifest(null, both).map((text) => text.split(":")[0])).toEqual([
      "default",
      "default",
      "staging",
      "recipient ada added",
      "vault .env.vault added",
    ]);
  });
});
