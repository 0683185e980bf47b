import { describe, expect, it } from "vitest";
import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { withRolesChanged } from "../../../src/core/keys/fence.ts";
import { summariseManifest } from "../../../src/core/manifest/manifest-summary.ts";
import { adminsOf, person } from "../../support/authority.ts";
import { Ring } from "../../support/keyring-builder.ts";
import { ADMIN, withPlanned } from "../../support/manifests.ts";

const base = Ring.start().grant("ada", 11);
const second = base.rotate(2);
const third = second.rotate(3).fence();
const [v1, v2, v3] = [base, second, third].map((ring, index) => `v${index + 1} (${ring.active})`) as [string, string, string];

describe("a manifest's change in words", () => {
  it("tells keys, access, recipients and settings", () => {
    expect(summariseManifest(base.manifest, base.manifest)).toEqual([]);
    expect(summariseManifest(null, null)).toEqual([]);
    expect(summariseManifest(null, base.manifest)).toEqual([
      "admin olga added",
      "environment default added",
      `default: ${v1} made (created)`,
      "default: access for ada added",
      "recipient ada added",
      "vault .env.vault added",
    ]);
    expect(summariseManifest(base.manifest, null)).toEqual([
      "admin olga removed",
      "environment default removed",
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
    const keys = Object.fromEntries(Object.entries(third.statement.keys).reverse());
    expect(summariseManifest(base.manifest, third.forged({ statement: { keys } }))).toEqual(
      summariseManifest(base.manifest, third.manifest),
    );
    const from = base.set({ required: ["A", "K"], public: ["P", "K"], allow: [{ rule: "leak", path: "x", name: "N", reason: "why" }] });
    const to = base.set({
      required: ["K", "B"],
      public: ["K", "Q"],
      allow: [{ rule: "leak", reason: "other" }],
      cryptoperiodDays: 7,
    });
    expect(summariseManifest(from.manifest, to.without("ada").manifest)).toEqual(
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
    const { [base.active]: _, ...keys } = second.statement.keys;
    expect(summariseManifest(second.manifest, second.forged({ statement: { keys } }))).toEqual([`default: ${v1} was dropped`]);
    const other = base.join("ada", 12).list(".env.vault", 4);
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

  it("tells who decides", () => {
    const [ada, night] = [person("ada", 11), person("night", 12)];
    const admins = base.apply((manifest, _, signer) => withAuthority(manifest, { admins: adminsOf(ADMIN, ada) }, signer));
    expect(summariseManifest(base.manifest, admins.manifest)).toEqual(["admin ada added"]);
    const rotators = { night: { signer: night.signer, environments: ["default"] } };
    const handed = admins.apply((manifest) => withAuthority(withRolesChanged(manifest, { admins: adminsOf(ada) }, ada), { rotators }, ada));
    expect(summariseManifest(admins.manifest, handed.manifest)).toEqual(["admin olga removed", "rotator night added"]);
    const other = { night: { signer: person("night", 13).signer, environments: ["default"] } };
    const replaced = withAuthority(handed.manifest, { admins: adminsOf(person("ada", 14)), rotators: other }, ada);
    expect(summariseManifest(handed.manifest, replaced)).toEqual(["admin ada replaced", "rotator night replaced"]);
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
    const { default: first, ...later } = withPlanned(base.manifest, "staging", { key: 3 }).environments;
    const both = { ...withPlanned(base.manifest, "staging", { key: 3 }), environments: { ...later, default: first as never } };
    expect(summariseManifest(null, both).map((text) => text.split(":")[0])).toEqual([
      "admin olga added",
      "environment default added",
      "environment staging added",
      "default",
      "default",
      "staging",
      "recipient ada added",
      "vault .env.vault added",
    ]);
  });
});
