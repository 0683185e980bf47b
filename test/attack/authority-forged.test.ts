import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { wrapKey } from "../../src/age/wrap.ts";
import { firstStatement, withAuthority } from "../../src/core/authority/authority-changes.ts";
import { environmentOf, headOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import type { StatementSigner } from "../../src/core/authority/statement.ts";
import { b64u } from "../../src/core/bytes.ts";
import { pinOf } from "../../src/core/commitment.ts";
import { taggerOf, withGrant, withVault, withWrapped } from "../../src/core/keys/manifest-edits.ts";
import { withEnvironment } from "../../src/core/keys/new-environment.ts";
import { parseDocument } from "../../src/core/vault/document.ts";
import { sealDocument } from "../../src/core/vault/seal-vault.ts";
import { serialiseVault } from "../../src/core/vault/vault.ts";
import { deriveVaultRoot, vaultKeyFromRoot } from "../../src/core/vaultkey.ts";
import { openVaultText } from "../../src/edge.ts";
import { personOf } from "../../src/features/access/person.ts";
import { pinText } from "../../src/workspace/pin-text.ts";
import { joined, signerFor, world } from "./authority/world.ts";

/**
 * Whole manifests with another authority and a key of the forger's own, wrapped for everybody's recipient. No reader who knows a
 * pin from after Mallory was removed opens one; of a key string from before, a fork of hers is what THREAT-MODEL.md says.
 */

interface Forged {
  manifest: Manifest;
  vault: string;
}

async function remade(manifest: Manifest, signer: StatementSigner, readers: Manifest): Promise<Forged> {
  const { default: _, ...environments } = manifest.environments;
  const dataKey = randomBytes(32);
  const tagger = taggerOf(dataKey, manifest.project, "default");
  let made = withEnvironment(
    { ...manifest, environments, vaults: {} },
    tagger,
    { created: "2026-11-21T00:00:00Z", publicPatterns: [] },
    signer,
  );
  for (const [name, { recipient, kind }] of Object.entries(environmentOf(readers, "default").access)) {
    made = withGrant(made, "default", name, { recipient, kind }, signer);
    made = withWrapped(made, tagger, name, await wrapKey(dataKey, recipient));
  }
  const { document } = parseDocument(Buffer.from("API_KEY=forged\n"));
  const identity = { environment: "default", vaultId: randomBytes(12) };
  const key = vaultKeyFromRoot(deriveVaultRoot(dataKey, identity), identity, {
    keyId: tagger.keyId,
    version: 1,
    pin: pinOf(tagger.commitment),
  });
  const vaultId = b64u(identity.vaultId);
  const vault = sealDocument(document, { environment: "default", vaultId, key, isPublic: () => false });
  return { manifest: withVault(made, tagger, ".env.vault", vaultId), vault: serialiseVault(vault) };
}

it("a forged authority is opened by nobody who knows a newer pin", async () => {
  const here = world({ ".env": "API_KEY=sk_live_0123456789\n" });
  const { project, as } = here;
  joined(here, "mallory", "--admin");
  joined(here, "bob");
  const early = project.ok(["deploy-key", "create", "early", "-q"]).stdout.trim();
  const before = here.manifest();
  const mallory = signerFor(here, "mallory");
  project.ok(["revoke", "mallory", "--yes"]);
  const late = project.ok(["deploy-key", "create", "late", "-q"]).stdout.trim();
  project.commitAll("without mallory");
  project.ok(["get", "API_KEY"], as("bob"));
  project.install();
  const now = here.manifest();
  const good = { manifest: now, vault: project.read(".env.vault") };
  const forger = personOf(randomBytes(32), now.project, "forger");
  const own = () => ({ forger: { recipient: forger.recipient, signer: forger.signer } });
  const members = (manifest: Manifest) => {
    const { admins, rotators, environments } = headOf(manifest);
    return { admins: { ...admins, ...own() }, rotators, environments };
  };
  const rows: [string, () => Promise<Forged>][] = [
    ["a head that nobody signed who may", () => remade(withAuthority(now, members(now), forger), forger, now)],
    [
      "a head with an admin's name and another key",
      () => remade(withAuthority(now, members(now), { ...forger, name: "ada" }), forger, now),
    ],
    [
      "a new root that names the real admins",
      () => remade({ ...now, authority: [firstStatement(now.project, members(now), forger)] }, forger, now),
    ],
    ["a removed admin's head", () => remade(withAuthority(now, members(now), mallory), forger, now)],
    ["a removed admin's fork", () => remade(withAuthority({ ...now, authority: before.authority }, members(before), mallory), forger, now)],
    [
      "the authority of before, with an environment of a removed admin's",
      () => remade({ ...now, authority: before.authority }, mallory, now),
    ],
    ["an environment of a removed admin's", () => remade(now, mallory, now)],
    ["an environment of nobody's", () => remade(now, { ...forger, name: "ada" }, now)],
  ];

  for (const [name, forge] of rows) {
    const { manifest, vault } = await forge();
    here.put(manifest);
    project.write(".env.vault", vault);
    const later = { ENVSEAL_PIN: pinText(now) };
    const app = ["-r", "envseal/config", "-e", "console.log(process.env.API_KEY)"];
    const readers: [string, Record<string, string | undefined>][] = [
      ["a record", as("bob").env ?? {}],
      ["a record and a pin", { ...as("bob").env, ...later }],
      ["a late key", { ...as("ci").env, ENVSEAL_KEY: late }],
      ["an early key with the pin", { ...as("ci").env, ENVSEAL_KEY: early, ...later }],
    ];
    for (const [reader, env] of readers) {
      for (const read of [
        project.envseal(["get", "API_KEY"], { env }),
        project.node(app, { env }),
        project.envseal(["run", "--", "printenv", "API_KEY"], { env }),
      ]) {
        expect({ reader, code: read.code === 0, stdout: read.stdout }).toEqual({ reader, code: false, stdout: "" });
        expect(read.stderr).toMatch(
          /\[(FORGED_MANIFEST|PIN_MISMATCH|PARTED|OLDER_CHECKOUT)\]|(FORGED_MANIFEST|PIN_MISMATCH|PARTED|OLDER_CHECKOUT)/,
        );
      }
    }
    expect(() => openVaultText(vault, { key: late, manifest: JSON.stringify(manifest) })).toThrow();
    const edge = () => openVaultText(vault, { key: early, manifest: JSON.stringify(manifest) });
    if (/fork|of before/.test(name)) expect(edge()).toEqual({ API_KEY: "forged" });
    else expect(edge).toThrow();
    expect(project.fails(["sync"], as("bob")).stdout).toBe("");
    project.envseal(["grant", "bob", "--admin", "--yes"]);
    expect(here.manifest().environments).toEqual(manifest.environments);
    here.put(good.manifest);
    project.write(".env.vault", good.vault);
    expect(project.ok(["get", "API_KEY"], as("bob")).stdout).toBe("sk_live_0123456789\n");
  }
}, 240_000);
