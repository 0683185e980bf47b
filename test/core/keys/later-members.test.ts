import { describe, expect, it } from "vitest";
import { type AccessEntry, signAccess } from "../../../src/core/authority/access-entry.ts";
import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import { headOf } from "../../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { verifyAlone } from "../../../src/core/authority/trust.ts";
import { Keyring } from "../../../src/core/keys/keyring.ts";
import { withGrant } from "../../../src/core/keys/manifest-edits.ts";
import { vaultTag } from "../../../src/core/keys/tags.ts";
import { parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { errorOf } from "../../support/folders.ts";
import { ADMIN, idOf, keyOf, manifestOf, Ring, recipient } from "../../support/keyring-builder.ts";

const two = manifestOf({
  environments: { default: { key: 1, vaults: { ".env.vault": 1 } }, production: { key: 2, vaults: { ".env.production.vault": 2 } } },
});
const production = new Ring(two, keyOf(2), "production");
const { environments } = headOf(two);
const bob = { recipient: recipient(12), kind: "person" as const, until: "2027-06-30" };
const below = { default: idOf(1) };
const listed = { environment: "production", id: idOf(2), below };
const listing = { ...listed, tag: vaultTag(production.keyring.tagger, ".env.production.vault", listed) };

/** Each of these is signed or tagged as it has to be; `also` tells whether other environments are concerned. */
const LATER: [member: string, manifest: Manifest, also: boolean][] = [
  ["extends", withAuthority(two, { environments: { ...environments, production: { lowest: 1, extends: "default" } } }, ADMIN), false],
  ["groups", withAuthority(two, { groups: { backend: ["bob"] } }, ADMIN), true],
  ["postQuantum", withoutRefusal(() => production.state({ postQuantum: true })), false],
  ["inherits", withoutRefusal(() => production.set({ inherits: ["SENTRY_*"] })), false],
  ["expand", withoutRefusal(() => production.set({ expand: { URL: ["HOST"] } })), false],
  ["until", withGrant(two, "production", "bob", bob, ADMIN), false],
  ["below", { ...two, vaults: { ...two.vaults, ".env.production.vault": listing } }, false],
];

/** The manifest that a ring refused to open. */
function withoutRefusal(change: () => Ring): Manifest {
  let made: Manifest | undefined;
  const open = production.with.bind(production);
  production.with = (manifest) => {
    made = manifest;
    return production;
  };
  change();
  production.with = open;
  return made as Manifest;
}

describe("what a later release writes", () => {
  it.each(LATER)("%s is read, its signatures hold, and no environment on which it has a say opens", (member, manifest, also) => {
    const read = parseManifest(serialiseManifest(manifest));
    expect(read).toEqual(manifest);
    expect(() => verifyAlone(read)).not.toThrow();
    expect(errorOf(() => new Keyring(read, "production", keyOf(2)))).toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      message: `production uses "${member}", which this release does not know how to follow`,
    });
    expect(errorOf(() => new Keyring(read, "default", keyOf(1)))?.code).toBe(also ? "UNSUPPORTED_FORMAT" : undefined);
  });

  it("is refused after what is forged, and before it is believed", () => {
    const forged = production.forged({ statement: { postQuantum: true } });
    expect(errorOf(() => new Keyring(forged, "production", keyOf(2)))).toMatchObject({ code: "FORGED_MANIFEST" });
  });

  it("keeps no environment closed by an entry that nobody signed who may", () => {
    const { bob: signed } = production.admit("bob", 12).entry.access as { bob: AccessEntry };
    const slipped = production.with(production.forged({ access: { bob: { ...signed, until: "2027-06-30" } } }));
    expect(slipped.keyring.accessState("bob")).toBe("spoiled");
  });

  it("is covered by the signature of an entry", () => {
    const scope = { project: two.project, environment: "production" };
    const entry = { ...bob, since: 1, direct: true, groups: ["backend"], signatures: {} };
    const signed = signAccess(scope, "bob", entry, ADMIN);
    const { until: _, ...endless } = signed;
    expect(Object.keys(signed.signatures)).toEqual([ADMIN.name]);
    expect(production.with(production.forged({ access: { bob: endless } })).keyring.accessState("bob")).toBe("spoiled");
  });
});
