import { describe, expect, it } from "vitest";
import type { EnvironmentStatement } from "../../../src/core/authority/environment-statement.ts";
import { KEY_STATES, type KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import type { Environment, Manifest, Settings } from "../../../src/core/authority/manifest.ts";
import { b64u } from "../../../src/core/bytes.ts";
import { fenced } from "../../../src/core/keys/fence.ts";
import { Keyring } from "../../../src/core/keys/keyring.ts";
import { withStatement } from "../../../src/core/keys/manifest-edits.ts";
import { moved, REASONS, rotated } from "../../../src/core/keys/rotate.ts";
import { mayBecome } from "../../../src/core/keys/state-transitions.ts";
import { parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { parseDocument, serialise } from "../../../src/core/vault/document.ts";
import { openVault } from "../../../src/core/vault/open-vault.ts";
import { sealDocument } from "../../../src/core/vault/seal-vault.ts";
import { parseVault, serialiseVault } from "../../../src/core/vault/vault.ts";
import { ADMIN, keyringOf } from "../../support/manifests.ts";
import { MemoryProject } from "../../support/vaults.ts";

const id = b64u(new Uint8Array(12).fill(1));
const at = "2026-02-01T00:00:00Z";

function rotateTimes(project: MemoryProject, times: number): { manifest: Manifest; keyring: Keyring }[] {
  const chain = [{ manifest: project.manifest, keyring: project.keyring }];
  for (let index = 0; index < times; index++) {
    const { manifest, keyring } = chain.at(-1) as (typeof chain)[number];
    const dataKey = new Uint8Array(32).fill(100 + index);
    const rotation = { dataKey, nonce: new Uint8Array(12).fill(index), reason: "scheduled" as const, at, wrapped: new Map() };
    chain.push(rotated(manifest, keyring, rotation, ADMIN));
  }
  return chain;
}

function seal(keyring: Keyring, text: string, previous?: ReturnType<typeof openVault>): string {
  const key = keyring.vaultKey(keyring.active.keyId, id);
  return serialiseVault(
    sealDocument(parseDocument(Buffer.from(text)).document, {
      environment: "default",
      vaultId: id,
      key,
      isPublic: () => false,
      reseal: true,
      ...(previous && { previous: [previous] }),
    }),
  );
}

const code = (action: () => unknown): string => {
  try {
    action();
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("the keyring", () => {
  it("opens every earlier version from the newest, whatever lies between", () => {
    const chain = rotateTimes(new MemoryProject(), 50);
    const texts = chain.map(({ keyring }, index) => seal(keyring, `A=${index}\n`));
    const { keyring } = chain.at(-1) as (typeof chain)[number];
    expect(keyring.active.version).toBe(51);
    texts.forEach((text, index) => {
      expect(Buffer.from(serialise(openVault(parseVault(text), keyring.keysOf(id)).document)).toString()).toBe(`A=${index}\n`);
    });
    expect(parseManifest(serialiseManifest(keyring.manifest))).toEqual(keyring.manifest);
  });

  it("keeps the key under which a value was first sealed, over rotations", () => {
    const [first, second] = rotateTimes(new MemoryProject(), 1) as never as [{ keyring: Keyring }, { keyring: Keyring }];
    const before = openVault(parseVault(seal(first.keyring, "A=1\nB=1\n")), first.keyring.keysOf(id));
    const after = openVault(parseVault(seal(second.keyring, "A=1\nB=2\n", before)), second.keyring.keysOf(id));
    expect(b64u(after.assignments.get("A")?.since as Uint8Array)).toBe(first.keyring.active.keyId);
    expect(b64u(after.assignments.get("B")?.since as Uint8Array)).toBe(second.keyring.active.keyId);
  });

  it("opens nothing newer with an older key", () => {
    const [first, second] = rotateTimes(new MemoryProject(), 1) as never as [
      { keyring: Keyring },
      { keyring: Keyring; manifest: Manifest },
    ];
    expect(code(() => openVault(parseVault(seal(second.keyring, "A=1\n")), first.keyring.keysOf(id)))).toBe("KEY_UNKNOWN");
    expect(code(() => new Keyring(second.manifest, "default", new Uint8Array(32).fill(1)))).toBe("WRONG_KEY");
  });

  it("refuses what is below the floor, and shows it to history", () => {
    const chain = rotateTimes(new MemoryProject(), 2);
    const old = seal(chain[0]?.keyring as Keyring, "A=1\n");
    const { manifest, keyring } = chain[2] as (typeof chain)[number];
    expect(code(() => openVault(parseVault(old), keyring.keysOf(id)))).toBe("none");
    const fence = new Keyring(fenced(manifest, [keyring], ADMIN), "default", new Uint8Array(32).fill(101));
    expect(code(() => openVault(parseVault(old), fence.keysOf(id)))).toBe("BELOW_FLOOR");
    expect(() => openVault(parseVault(old), fence.keysOf(id))).toThrow(/line 2: sealed under v1 .* older than the floor of default, v3/);
    expect(code(() => openVault(parseVault(old), fence.keysOf(id, true)))).toBe("none");
    expect(code(() => openVault(parseVault(seal(fence, "A=1\n")), fence.keysOf(id)))).toBe("none");
  });

  it("tells a destroyed key from an unknown one", () => {
    const chain = rotateTimes(new MemoryProject(), 1);
    const old = seal(chain[0]?.keyring as Keyring, "A=1\n");
    const { manifest, keyring } = chain[1] as (typeof chain)[number];
    const { statement } = manifest.environments.default as Environment;
    const [gone, kept] = [chain[0]?.keyring.active.keyId as string, keyring.active.keyId];
    const keys = {
      ...statement.keys,
      [gone]: moved(statement.keys[gone] as KeyEntry, "destroyed", at),
      [kept]: { ...(statement.keys[kept] as KeyEntry), links: {} },
    };
    const fence = fenced(manifest, [keyring], ADMIN);
    const destroyed = new Keyring(withStatement(fence, "default", { keys }, ADMIN), "default", new Uint8Array(32).fill(100));
    expect(() => openVault(parseVault(old), destroyed.keysOf(id))).toThrow(/line 2: sealed under v1 .* was destroyed/);
    expect(code(() => openVault(parseVault(old), destroyed.keysOf(id)))).toBe("KEY_DESTROYED");
    const foreign = old.replaceAll(gone, "AAAAAAAA");
    expect(code(() => openVault(parseVault(foreign), destroyed.keysOf(id)))).toBe("KEY_UNKNOWN");
    expect(code(() => openVault(parseVault(old.replaceAll(gone, "toString")), destroyed.keysOf(id)))).toBe("KEY_UNKNOWN");
    expect(code(() => openVault(parseVault(old.replaceAll("enc:v1.", "enc:v2.")), chain[1]?.keyring.keysOf(id) as never))).toBe("TAMPERED");
  });

  it("leads to a key only over genuine links", () => {
    const chain = rotateTimes(new MemoryProject(), 3);
    const { manifest, keyring } = chain[3] as (typeof chain)[number];
    const pins = chain.map((step) => step.keyring.keyPin);
    expect(pins.map((pin) => keyring.leadsTo(pin))).toEqual([true, true, true, true]);
    expect(chain[1]?.keyring.leadsTo(pins[2] as Uint8Array)).toBe(false);
    const stranger = rotateTimes(new MemoryProject({ seed: 5 }), 1);
    expect(stranger[1]?.keyring.leadsTo(pins[0] as Uint8Array)).toBe(false);
    // An attacker who makes a whole environment may copy the commitments of ours; links he cannot make.
    const theirs = stranger[1] as (typeof chain)[number];
    const { statement } = theirs.keyring;
    const ours = (manifest.environments.default as Environment).statement;
    const keys = {
      ...statement.keys,
      ...Object.fromEntries(Object.entries(ours.keys).map(([keyId, key]) => [keyId, { ...key, state: "deactivated" as const }])),
    };
    const active = { ...(keys[statement.active] as KeyEntry), links: { [ours.active]: `aead:${b64u(new Uint8Array(60))}` } };
    const made = withStatement(
      fenced(theirs.manifest, [theirs.keyring], ADMIN),
      "default",
      { keys: { ...keys, [statement.active]: active } },
      ADMIN,
    );
    const forged = new Keyring(made, "default", new Uint8Array(32).fill(100));
    expect(code(() => forged.leadsTo(keyring.keyPin))).toBe("FORGED_MANIFEST");
    expect(code(() => forged.leadsToKey(ours.active))).toBe("FORGED_MANIFEST");
  });

  it("a rotation tags no listing that no holder of a key had tagged", () => {
    const { manifest: made, keyring } = new MemoryProject();
    const slipped = { environment: "default", id: b64u(new Uint8Array(12).fill(2)), tag: keyring.settings.tag };
    const manifest = { ...made, vaults: { ...made.vaults, "apps/.env.vault": slipped } };
    const rotation = {
      dataKey: new Uint8Array(32).fill(50),
      nonce: new Uint8Array(12),
      reason: "scheduled" as const,
      at,
      wrapped: new Map(),
    };
    const step = rotated(manifest, keyringOf(manifest), rotation, ADMIN);
    const fence = fenced(step.manifest, [step.keyring], ADMIN);
    for (const ring of [step.keyring, new Keyring(fence, "default", rotation.dataKey)]) {
      expect(ring.listsVault(".env.vault")).toBe(true);
      expect(ring.listsVault("apps/.env.vault")).toBe(false);
    }
    expect(fence.vaults["apps/.env.vault"]).toEqual(slipped);
  });

  it("knows the state transitions of SP 800-57 and no others", () => {
    const allowed = KEY_STATES.flatMap((from) => KEY_STATES.filter((to) => mayBecome(from, to)).map((to) => `${from} > ${to}`));
    expect(allowed).toEqual([
      "pre-active > active",
      "pre-active > deactivated",
      "pre-active > compromised",
      "pre-active > destroyed",
      "active > suspended",
      "active > deactivated",
      "active > compromised",
      "suspended > active",
      "suspended > deactivated",
      "suspended > compromised",
      "deactivated > compromised",
      "deactivated > destroyed",
      "compromised > destroyed",
    ]);
    expect(REASONS.length).toBe(4);
  });

  it.each<[string, (statement: EnvironmentStatement) => Partial<EnvironmentStatement>]>([
    ["the revision", ({ revision }) => ({ revision: revision + 1 })],
    ["the floor", ({ active }) => ({ floor: active })],
    ["a date", ({ keys, active }) => ({ keys: { ...keys, [active]: { ...(keys[active] as KeyEntry), created: "2020-01-01T00:00:00Z" } } })],
    ["the signature", () => ({ signatures: { [ADMIN.name]: `ed25519:${b64u(new Uint8Array(64))}` } })],
    ["the signer's name", ({ signatures }) => ({ signatures: { ada: signatures[ADMIN.name] as string } })],
  ])("refuses a statement in which someone without the right changed %s", (_, change) => {
    const { manifest } = rotateTimes(new MemoryProject(), 1)[1] as { manifest: Manifest };
    const entry = manifest.environments.default as Environment;
    const statement = { ...entry.statement, ...change(entry.statement) };
    const forged = { ...manifest, environments: { default: { ...entry, statement } } };
    expect(code(() => new Keyring(manifest, "default", new Uint8Array(32).fill(100)))).toBe("none");
    expect(code(() => new Keyring(forged, "default", new Uint8Array(32).fill(100)))).toBe("FORGED_MANIFEST");
  });

  it.each<[string, (settings: Settings) => Partial<Settings>]>([
    ["a public pattern", () => ({ public: ["*"] })],
    ["a required name", () => ({ required: ["X"] })],
    ["what is allowed", () => ({ allow: [{ rule: "leak", reason: "x" }] })],
    ["the cryptoperiod", () => ({ cryptoperiodDays: 1 })],
    ["the owner", () => ({ owner: "eve" })],
    ["the revision", ({ revision }) => ({ revision: revision + 1 })],
    ["the tag", ({ tag }) => ({ tag: `${tag.slice(0, -2)}AA` })],
  ])("refuses settings in which someone without the key changed %s", (_, change) => {
    const { manifest } = new MemoryProject();
    const entry = manifest.environments.default as Environment;
    const forged = { ...manifest, environments: { default: { ...entry, settings: { ...entry.settings, ...change(entry.settings) } } } };
    expect(code(() => keyringOf(forged))).toBe("FORGED_MANIFEST");
  });

  it("calls public what any of its patterns covers", () => {
    const { keyring } = new MemoryProject({ publicPatterns: ["PORT", "VITE_*"] });
    expect(["PORT", "VITE_URL", "PORTS", "API_KEY"].map((name) => keyring.isPublic(name))).toEqual([true, true, false, false]);
    expect(new MemoryProject().keyring.isPublic("PORT")).toBe(false);
  });
});
