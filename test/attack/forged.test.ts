import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unlock } from "../../src/age/unlock.ts";
import { wrapKey } from "../../src/age/wrap.ts";
import { signerOf, withAccess, withEnvironment, withVault } from "../../src/core/changes.ts";
import { parseDocument } from "../../src/core/document.ts";
import type { Manifest } from "../../src/core/manifest.ts";
import { rotated } from "../../src/core/rotate.ts";
import { sealDocument } from "../../src/core/seal.ts";
import { serialiseVault } from "../../src/core/vault.ts";
import { parseIdentityText } from "../../src/custody/identity-file.ts";
import { createVault } from "../../src/workspace/create.ts";
import { type Project, Sandbox } from "../support/sandbox.ts";

/**
 * One row for each way to forge a manifest. Ada has pinned v3 (Bob left, which raised the floor). Each row is refused when a
 * value is read, or by `check` before it is committed, or both; and each says something that no other row says.
 */

let sandbox: Sandbox;
let project: Project;
let good: string;
let vault: string;
/** What Bob has: his identity, and the manifest and vault of the time when he had access. */
let bob: { identity: Uint8Array; manifest: Manifest; vault: string };
let mallory: string;

beforeAll(() => {
  sandbox = new Sandbox();
  project = sandbox.project({ ".env": "API_KEY=sk_live_0123456789\nPORT=3000\n" });
  project.ok(["init", "--yes", "--no-hooks", "-q"]);
  const others = ["bob", "mallory"].map((name) => ({ env: sandbox.otherHome(name) }));
  for (const [index, name] of ["bob", "mallory"].entries()) project.ok(["join", "--name", name], others[index]);
  const joined = JSON.parse(project.read("envseal.json"));
  mallory = joined.recipients.mallory.recipient;
  delete joined.recipients.mallory;
  project.write("envseal.json", JSON.stringify(joined, null, 2));
  project.ok(["grant", "bob", "--yes"]);
  project.ok(["rotate"]);
  project.write("../phrase", "orbit velvet cactus mango quartz lantern");
  project.ok(["join", "--name", "carol"], { env: sandbox.otherHome("carol") });
  project.ok(["custody", "move", "passphrase", "--passphrase-file", "../phrase"], { env: sandbox.otherHome("carol") });
  project.ok(["require", "API_KEY"]);
  project.commitAll("with bob");
  const secret = readFileSync(join(sandbox.root, "bob/config/envseal/identities", joined.project), "utf8");
  bob = {
    identity: parseIdentityText(secret, "bob"),
    manifest: JSON.parse(project.read("envseal.json")),
    vault: project.read(".env.vault"),
  };
  project.ok(["revoke", "bob", "--yes"]);
  project.ok(["deploy-key", "create", "ci"]);
  project.commitAll("without bob");
  good = project.read("envseal.json");
  vault = project.read(".env.vault");
});

afterAll(() => sandbox.remove());

type Forged = { manifest?: Manifest; vault?: string };

const NAME = "default";
// biome-ignore lint/suspicious/noExplicitAny: forged manifests have whatever shape the forger likes
const edit = (change: (manifest: any, entry: any) => void) => (): Forged => {
  const manifest = JSON.parse(good);
  change(manifest, manifest.environments[NAME]);
  return { manifest };
};
// biome-ignore lint/suspicious/noExplicitAny: as above
const version = (entry: any, wanted: number) => Object.keys(entry.keys).find((id) => entry.keys[id].version === wanted) as string;

function bobsKeyring() {
  return unlock(bob.manifest, NAME, { type: "identity", identity: bob.identity, pin: null, environment: null, source: "bob" });
}

function sealAs(keyring: ReturnType<typeof bobsKeyring>, manifest: Manifest): string {
  const id = manifest.vaults[".env.vault"]?.id as string;
  const { document } = parseDocument(Buffer.from("API_KEY=mine\nPORT=3000\n"));
  const key = keyring.vaultKey(keyring.active.keyId, id);
  return serialiseVault(sealDocument(document, { environment: NAME, vaultId: id, key, isPublic: (name) => name === "PORT" }));
}

/** A whole environment with a new key, wrapped for everyone's public recipients: anyone can make it. */
async function anew(): Promise<Forged> {
  const today: Manifest = JSON.parse(good);
  const dataKey = randomBytes(32);
  const signer = signerOf(dataKey, today.project, NAME);
  let manifest = withEnvironment(today, signer, { created: "2026-11-21T00:00:00Z", publicPatterns: ["PORT"] });
  for (const [name, { recipient }] of Object.entries(today.recipients))
    manifest = withAccess(manifest, signer, name, await wrapKey(dataKey, recipient));
  const { Keyring } = await import("../../src/core/keyring.ts");
  const made = createVault(
    manifest,
    new Keyring(manifest, NAME, dataKey),
    ".env.vault",
    parseDocument(Buffer.from("API_KEY=mine\n")).document,
  );
  return { manifest: made.manifest, vault: made.text };
}

/** Bob goes on from the key he held: his own v3, for everyone who had access then. */
async function fork(): Promise<Forged> {
  const dataKey = randomBytes(32);
  const wrapped = new Map<string, Uint8Array>();
  for (const name of Object.keys(bob.manifest.environments[NAME]?.access ?? {}))
    wrapped.set(name, await wrapKey(dataKey, bob.manifest.recipients[name]?.recipient as string));
  const step = rotated(bob.manifest, bobsKeyring(), {
    dataKey,
    nonce: randomBytes(12),
    reason: "scheduled",
    at: "2026-11-21T00:00:00Z",
    wrapped,
  });
  const signed = withVault(step.manifest, step.keyring.signer, ".env.vault", bob.manifest.vaults[".env.vault"]?.id as string);
  return { manifest: signed, vault: sealAs(step.keyring, signed) };
}

interface Row {
  name: string;
  forge: () => Forged | Promise<Forged>;
  /** The code with which reading a value is refused; null where the forgery touches nobody who reads. */
  get: string | null;
  /** What `envseal check --staged` says of it; null where it is nothing that a manifest shows. */
  check: RegExp | null;
  /** What is said, in `get` or `check`, that only this row says. */
  own: RegExp;
}

const rows: Row[] = [
  {
    name: "an added recipient",
    forge: edit((manifest, entry) => {
      manifest.recipients.mallory = { recipient: mallory, added: "2026-11-21" };
      entry.access.mallory = entry.access.ada;
    }),
    get: null,
    check: /forged-access/,
    own: /the access entry of mallory to default was slipped in/,
  },
  {
    name: "a swapped recipient key",
    forge: edit((manifest) => {
      manifest.recipients.ci.recipient = mallory;
    }),
    get: null,
    check: /forged-access/,
    own: /the access entry of ci to default was slipped in or changed/,
  },
  {
    name: "a re-activated old key",
    forge: edit((_manifest, entry) => {
      const [old, now] = [version(entry, 2), entry.active];
      entry.active = old;
      entry.keys[old].state = "active";
      entry.keys[now].state = "deactivated";
    }),
    get: "WRONG_KEY",
    check: /manifest-change/,
    own: /v2 \(\S+\) was made active again, and a retired key never is/,
  },
  {
    name: "widened public patterns",
    forge: edit((_manifest, entry) => entry.public.push("*")),
    get: "FORGED_MANIFEST",
    check: /forged-manifest/,
    own: /values that match \* became public/,
  },
  {
    name: "a lowered KDF cost",
    forge: edit((manifest) => {
      manifest.recipients.carol.custody.n = 1024;
    }),
    get: "MALFORMED_MANIFEST",
    check: /broken-manifest/,
    own: /recipients\.carol\.custody\.n is not a power of two from 2\^17/,
  },
  {
    name: "an edited state",
    forge: edit((_manifest, entry) => {
      entry.keys[version(entry, 1)].state = "suspended";
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /the state of v1 \(\S+\) was edited to suspended/,
  },
  {
    name: "an edited date",
    forge: edit((_manifest, entry) => {
      entry.keys[version(entry, 1)].created = "2020-01-01T00:00:00Z";
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /the created of v1 \(\S+\) was edited/,
  },
  {
    name: "a dropped version",
    forge: edit((_manifest, entry) => {
      const gone = version(entry, 1);
      for (const key of Object.values(entry.keys) as { links: Record<string, string> }[]) delete key.links[gone];
      delete entry.keys[gone];
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /key version v1 \(\S+\) was dropped/,
  },
  {
    name: "a removed floor",
    forge: edit((_manifest, entry) => {
      delete entry.floor;
    }),
    get: "MALFORMED_MANIFEST",
    check: /broken-manifest/,
    own: /environments\.default has no "floor"/,
  },
  {
    name: "a lowered floor",
    forge: edit((_manifest, entry) => {
      entry.floor = version(entry, 1);
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /the floor was lowered from v3/,
  },
  {
    name: "dropped required names",
    forge: edit((_manifest, entry) => {
      entry.required = [];
    }),
    get: "FORGED_MANIFEST",
    check: /forged-manifest/,
    own: /API_KEY is no longer required/,
  },
  {
    name: "the wrong project",
    forge: edit((manifest) => {
      manifest.project = `${manifest.project[0] === "A" ? "B" : "A"}${manifest.project.slice(1)}`;
    }),
    get: "NO_KEY",
    check: /manifest-change/,
    own: /the manifest became another project's/,
  },
  {
    name: "a dropped environment",
    forge: edit((manifest) => Object.assign(manifest, { environments: {}, vaults: {} })),
    get: "UNLISTED_VAULT",
    check: /manifest-change/,
    own: /environment default was dropped, with all its keys/,
  },
  {
    name: "an edited link",
    forge: edit((_manifest, entry) => {
      const { links } = entry.keys[entry.active];
      const [below] = Object.keys(links) as [string];
      links[below] = `aead:${"A".repeat(80)}`;
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /a link of v3 \(\S+\) to an earlier key was removed or edited/,
  },
  {
    name: "a vault slipped in",
    forge: edit((manifest) => {
      manifest.vaults["sub/.env.vault"] = { ...manifest.vaults[".env.vault"], id: "AAAAAAAAAAAAAAAA" };
    }),
    get: null,
    check: /forged-manifest/,
    own: /the entry for sub\/\.env\.vault was made or changed/,
  },
  {
    name: "a whole environment made anew with everyone's public recipients",
    forge: anew,
    get: "PIN_MISMATCH",
    check: /manifest-change/,
    own: /key version v3 \(\S+\) was dropped/,
  },
  {
    name: "a fork by a leaver from the key he held",
    forge: fork,
    get: "PIN_MISMATCH",
    check: /forged-manifest/,
    own: /does not lead back to the key that was pinned/,
  },
  {
    name: "a vault sealed by a leaver under a retired key",
    forge: () => ({ vault: sealAs(bobsKeyring(), bob.manifest) }),
    get: "BELOW_FLOOR",
    check: /forged-vault/,
    own: /\.env\.vault line 2: sealed under v2/,
  },
  {
    name: "an old vault under today's manifest, after a fence",
    forge: () => ({ vault: bob.vault }),
    get: "BELOW_FLOOR",
    check: /forged-vault/,
    own: /older than the floor of default, v3/,
  },
  {
    name: "an old manifest with today's vault",
    forge: () => ({ manifest: bob.manifest }),
    get: "KEY_UNKNOWN",
    check: /manifest-change/,
    own: /sealed under key \S+, which the manifest does not know/,
  },
];

describe("a forged manifest", () => {
  it.each(rows)("$name", async ({ forge, get, check, own }) => {
    const forged = await forge();
    project.write("envseal.json", forged.manifest === undefined ? good : `${JSON.stringify(forged.manifest, null, 2)}\n`);
    project.write(".env.vault", forged.vault ?? vault);
    const read = project.envseal(["get", "API_KEY"]);
    if (get === null) expect(read.stdout).toBe("sk_live_0123456789\n");
    else expect({ code: /\[([A-Z_]+)\]/.exec(read.stderr)?.[1], stdout: read.stdout }).toEqual({ code: get, stdout: "" });
    project.git("add", "-A");
    const checked = project.envseal(["check", "--staged"]);
    if (check === null) expect(checked.code).toBe(0);
    else expect({ code: checked.code, out: checked.stdout }).toMatchObject({ code: 1, out: expect.stringMatching(check) });
    expect(read.stderr + checked.stdout).toMatch(own);
    project.git("reset", "-q", "--hard");
  });

  it("what envseal itself does is no finding", () => {
    for (const args of [
      ["rotate"],
      ["rotate", "--reason", "compromised"],
      ["require", "PORT"],
      ["join", "--name", "dave"],
      ["keys", "destroy", "v1", "--yes", "--waive-backup", "destroy v1 without a backup"],
    ]) {
      project.ok(args, args[0] === "join" ? { env: sandbox.otherHome("dave") } : {});
      project.git("add", "-A");
      expect(project.ok(["check", "--staged"]).stdout).toBe("");
      project.git("commit", "-qm", args.join(" "));
    }
  });
});
