import { describe, expect, it } from "vitest";
import { headOf } from "../../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { withNewRoot } from "../../../src/core/authority/new-root.ts";
import { nowSeen } from "../../../src/core/authority/seen.ts";
import { pinOfManifest, trust, verifyAlone, verifySince } from "../../../src/core/authority/trust.ts";
import { withoutEnvironment } from "../../../src/core/keys/new-environment.ts";
import { parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { adminsOf, person } from "../../support/authority.ts";
import { errorOf } from "../../support/folders.ts";
import { ADMIN, keyOf, manifestOf, Ring } from "../../support/keyring-builder.ts";
import { keyringOf, withPlanned } from "../../support/manifests.ts";

const [ada, bob] = [person("ada", 11), person("bob", 12)];
const lost = new Ring(
  manifestOf({
    environments: {
      default: { key: 1, access: [ada, bob], settings: { required: ["A"] }, vaults: { ".env.vault": 1 } },
      production: { key: 2, access: [bob], vaults: { ".env.production.vault": 2 } },
    },
  }),
  keyOf(1),
).rotate(3);
const kept = new Map([["default", ["ada"]]]);
const made = withNewRoot(lost.manifest, adminsOf(ada), kept, ada);

describe("a new root", () => {
  it("has one admin, the project's id, and the keys, settings and listings of what was kept", () => {
    expect(parseManifest(serialiseManifest(made))).toEqual(made);
    expect(() => verifyAlone(made)).not.toThrow();
    expect(made.project).toBe(lost.manifest.project);
    expect(headOf(made)).toMatchObject({ revision: 1, previous: [], rotators: {} });
    expect(Object.keys(headOf(made).admins)).toEqual(["ada"]);
    const ring = keyringOf(made, "default", 3);
    expect(ring.active.version).toBe(2);
    expect(ring.leadsTo(new Ring(lost.manifest, keyOf(3)).keyring.keyPin)).toBe(true);
    expect(ring.settings).toEqual(lost.entry.settings);
    expect(ring.listsVault(".env.vault")).toBe(true);
  });

  it("lets only entries count that the new admin kept, and nothing of before", () => {
    const ring = keyringOf(made, "default", 3);
    expect(Object.keys(ring.access)).toEqual(["ada"]);
    expect(ring.accessState("ada")).toBe("genuine");
    expect(headOf(made).environments).toEqual({ default: { lowest: lost.statement.revision + 1 } });
    const before = new Ring(made, keyOf(3)).forged({ access: lost.entry.access });
    expect(["ada", "bob"].map((name) => keyringOf(before, "default", 3).accessState(name))).toEqual(["spoiled", "spoiled"]);
  });

  it("leaves out an environment that its maker does not open, for good", () => {
    expect(Object.keys(made.environments)).toEqual(["default"]);
    expect(Object.keys(made.vaults)).toEqual([".env.vault"]);
    expect(headOf(made).gone).toEqual({ production: { revision: 2 } });
    const back = withPlanned(made, "production", { key: 9 }, ada);
    expect(headOf(back).environments.production).toEqual({ lowest: 3 });
    // And keeps what was gone before.
    const smaller = withoutEnvironment(lost.manifest, "production", ADMIN);
    expect(headOf(withNewRoot(smaller, adminsOf(ada), kept, ada)).gone).toEqual({ production: { revision: 1 } });
  });

  it("is what no pin of before leads to", () => {
    const refused = (action: () => unknown) => expect(errorOf(action)).toMatchObject({ code: "PIN_MISMATCH" });
    refused(() => trust(made, { pins: [pinOfManifest(lost.manifest)], seen: null }));
    refused(() => trust(made, { pins: [], seen: nowSeen(lost.manifest, null) }));
    refused(() => verifySince(lost.manifest, made));
    expect(trust(made, { pins: [], seen: null })).toBe("first");
    expect(trust(made, { pins: [pinOfManifest(made)], seen: null })).toBe("match");
  });

  it("is signed: whoever holds a data key alone makes none for another", () => {
    const forged: Manifest = withNewRoot(lost.manifest, adminsOf(ada), kept, bob);
    expect(errorOf(() => verifyAlone(forged))).toMatchObject({ code: "FORGED_MANIFEST" });
  });
});
