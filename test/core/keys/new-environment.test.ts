import { describe, expect, it } from "vitest";
import { headOf, scopeOf } from "../../../src/core/authority/authority-of.ts";
import { environmentProblem } from "../../../src/core/authority/environment-statement.ts";
import type { Environment, Manifest } from "../../../src/core/authority/manifest.ts";
import { verifyAlone } from "../../../src/core/authority/trust.ts";
import { taggerOf } from "../../../src/core/keys/manifest-edits.ts";
import { withEnvironment, withoutEnvironment } from "../../../src/core/keys/new-environment.ts";
import { parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { person } from "../../support/authority.ts";
import { errorOf } from "../../support/folders.ts";
import { ADMIN, keyOf, manifestOf, Ring } from "../../support/keyring-builder.ts";
import { keyringOf, withPlanned } from "../../support/manifests.ts";

const [ada, night] = [person("ada", 11), person("night", 13)];
const root = manifestOf({
  rotators: [{ ...night, environments: ["default", "production"] }],
  environments: {
    default: { key: 1, access: [ada], vaults: { ".env.vault": 1 } },
    production: { key: 2, vaults: { ".env.production.vault": 2 } },
  },
});
const isSound = (manifest: Manifest) => {
  expect(parseManifest(serialiseManifest(manifest))).toEqual(manifest);
  verifyAlone(manifest);
};

describe("a new environment", () => {
  it("is named by the next statement, with a first key that nobody has access to", () => {
    const after = withPlanned(root, "staging", { key: 3, settings: { public: ["PORT"] } });
    isSound(after);
    expect(after.authority).toHaveLength(2);
    expect(headOf(after).environments).toEqual({ ...headOf(root).environments, staging: { lowest: 1 } });
    expect(headOf(after)).not.toHaveProperty("gone");
    const ring = keyringOf(after, "staging", 3);
    expect(ring.active.version).toBe(1);
    expect(ring.statement).toMatchObject({ revision: 1, floor: ring.active.keyId });
    expect(ring.statement.keys[ring.active.keyId]).toMatchObject({ reason: "created", revision: 1, links: {}, state: "active" });
    expect(ring.access).toEqual({});
    expect(ring.settings).toMatchObject({ public: ["PORT"], required: [], allow: [], cryptoperiodDays: 365 });
    expect(after.environments.default).toEqual(root.environments.default);
  });

  it("that the authority names already adds no statement", () => {
    const { production: _, ...left } = root.environments;
    const after = withPlanned({ ...root, environments: left }, "production", { key: 7 });
    expect(after.authority).toEqual(root.authority);
    isSound(after);
    expect(keyringOf(after, "production", 7).statement.revision).toBe(1);
  });

  it("is an admin's to add: whoever else signs one makes an authority that nobody accepts", () => {
    const tagger = taggerOf(keyOf(3), root.project, "staging");
    const tried = withEnvironment(root, tagger, { created: "2026-01-01T00:00:00Z", publicPatterns: [] }, ada);
    expect(errorOf(() => verifyAlone(tried))).toMatchObject({ code: "FORGED_MANIFEST" });
  });
});

describe("an environment that goes", () => {
  const grown = new Ring(root, keyOf(2), "production").rotate(4).fence();
  const gone = withoutEnvironment(grown.manifest, "production", ADMIN);

  it("takes its entry, its listings and its rotators' right with it, and leaves how far it had come", () => {
    isSound(gone);
    expect(Object.keys(gone.environments)).toEqual(["default"]);
    expect(Object.keys(gone.vaults)).toEqual([".env.vault"]);
    expect(headOf(gone).environments).toEqual({ default: { lowest: 1 } });
    expect(headOf(gone).gone).toEqual({ production: { revision: grown.statement.revision } });
    expect(headOf(gone).rotators.night?.environments).toEqual(["default"]);
    const none = withoutEnvironment(gone, "default", ADMIN);
    isSound(none);
    expect(headOf(none).rotators).toEqual({});
    expect(headOf(none).environments).toEqual({});
  });

  it("is not there any more, whatever the manifest still holds of it", () => {
    const kept = { ...gone, environments: grown.manifest.environments, vaults: grown.manifest.vaults };
    expect(errorOf(() => keyringOf(kept, "production", 4))).toMatchObject({ code: "UNKNOWN_ENVIRONMENT" });
    expect(environmentProblem(headOf(kept), scopeOf(kept, "production"), grown.statement)).toBe("not listed");
  });

  it("comes back above what it was: nothing of before counts", () => {
    const back = withPlanned(gone, "production", { key: 8 });
    isSound(back);
    const { revision } = grown.statement;
    expect(headOf(back).environments.production).toEqual({ lowest: revision + 1 });
    expect(headOf(back)).not.toHaveProperty("gone");
    const ring = keyringOf(back, "production", 8);
    expect(ring.statement.revision).toBe(revision + 1);
    expect(ring.statement.keys[ring.active.keyId]?.revision).toBe(revision + 1);
    for (const old of [root, grown.manifest]) {
      const { statement } = old.environments.production as Environment;
      expect(environmentProblem(headOf(back), scopeOf(back, "production"), statement)).toBe("replaced");
    }
    // Going a second time it has come further.
    expect(headOf(withoutEnvironment(back, "production", ADMIN)).gone).toEqual({ production: { revision: revision + 1 } });
  });

  it("remembers what was let count, where the entry is behind it or missing", () => {
    const behind = { ...grown.manifest, environments: root.environments };
    expect(headOf(withoutEnvironment(behind, "production", ADMIN)).gone).toEqual({ production: { revision: grown.lowest } });
    const { production: _, ...left } = grown.manifest.environments;
    const missing = withoutEnvironment({ ...grown.manifest, environments: left }, "production", ADMIN);
    expect(headOf(missing).gone).toEqual({ production: { revision: grown.lowest } });
  });
});
