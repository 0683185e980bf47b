import { describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { withEntry } from "../../src/core/changes.ts";
import { parseDocument, serialise } from "../../src/core/document.ts";
import { Keyring } from "../../src/core/keyring.ts";
import { type Environment, KEY_STATES, type Manifest, parseManifest, serialiseManifest } from "../../src/core/manifest.ts";
import { openVault } from "../../src/core/open.ts";
import { fenced, moved, REASONS, rotated } from "../../src/core/rotate.ts";
import { sealDocument } from "../../src/core/seal.ts";
import { mayBecome } from "../../src/core/states.ts";
import { parseVault, serialiseVault } from "../../src/core/vault.ts";
import { MemoryProject } from "../support/vaults.ts";

const id = b64u(new Uint8Array(12).fill(1));
const at = "2026-02-01T00:00:00Z";

function rotateTimes(project: MemoryProject, times: number): { manifest: Manifest; keyring: Keyring }[] {
  const chain = [{ manifest: project.manifest, keyring: project.keyring }];
  for (let index = 0; index < times; index++) {
    const { manifest, keyring } = chain.at(-1) as (typeof chain)[number];
    const dataKey = new Uint8Array(32).fill(100 + index);
    chain.push(rotated(manifest, keyring, { dataKey, nonce: new Uint8Array(12).fill(index), reason: "scheduled", at, wrapped: new Map() }));
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
    const fence = new Keyring(fenced(manifest, keyring), "default", new Uint8Array(32).fill(101));
    expect(code(() => openVault(parseVault(old), fence.keysOf(id)))).toBe("BELOW_FLOOR");
    expect(() => openVault(parseVault(old), fence.keysOf(id))).toThrow(/line 2: sealed under v1 .* older than the floor of default, v3/);
    expect(code(() => openVault(parseVault(old), fence.keysOf(id, true)))).toBe("none");
    expect(code(() => openVault(parseVault(seal(fence, "A=1\n")), fence.keysOf(id)))).toBe("none");
  });

  it("tells a destroyed key from an unknown one", () => {
    const chain = rotateTimes(new MemoryProject(), 1);
    const old = seal(chain[0]?.keyring as Keyring, "A=1\n");
    const { manifest, keyring } = chain[1] as (typeof chain)[number];
    const entry = manifest.environments.default as Environment;
    const [gone, kept] = [chain[0]?.keyring.active.keyId as string, keyring.active.keyId];
    const keys = {
      ...entry.keys,
      [gone]: moved(entry.keys[gone] as never, "destroyed", at),
      [kept]: { ...(entry.keys[kept] as object), links: {} },
    } as Environment["keys"];
    const destroyed = new Keyring(withEntry(manifest, keyring.signer, { ...entry, keys }), "default", new Uint8Array(32).fill(100));
    expect(() => openVault(parseVault(old), destroyed.keysOf(id))).toThrow(/line 2: sealed under v1 .* was destroyed/);
    expect(code(() => openVault(parseVault(old), destroyed.keysOf(id)))).toBe("KEY_DESTROYED");
    const foreign = old.replaceAll(gone, "AAAAAAAA");
    expect(code(() => openVault(parseVault(foreign), destroyed.keysOf(id)))).toBe("KEY_UNKNOWN");
    expect(code(() => openVault(parseVault(old.replaceAll(gone, "toString")), destroyed.keysOf(id)))).toBe("KEY_UNKNOWN");
    expect(code(() => openVault(parseVault(old.replaceAll("enc:v1.", "enc:v2.")), chain[1]?.keyring.keysOf(id) as never))).toBe("TAMPERED");
  });

  it("reaches a pin only over genuine links", () => {
    const chain = rotateTimes(new MemoryProject(), 3);
    const { manifest, keyring } = chain[3] as (typeof chain)[number];
    const pins = chain.map((step) => step.keyring.pin);
    expect(pins.map((pin) => keyring.reachesPin(pin))).toEqual([true, true, true, true]);
    expect(chain[1]?.keyring.reachesPin(pins[2] as Uint8Array)).toBe(false);
    const stranger = rotateTimes(new MemoryProject({ seed: 5 }), 1);
    expect(stranger[1]?.keyring.reachesPin(pins[0] as Uint8Array)).toBe(false);
    // An attacker who makes a whole environment may copy the commitments of ours; links he cannot make.
    const theirs = stranger[1] as (typeof chain)[number];
    const entry = theirs.manifest.environments.default as Environment;
    const ours = manifest.environments.default as Environment;
    const keys = {
      ...entry.keys,
      ...Object.fromEntries(Object.entries(ours.keys).map(([keyId, key]) => [keyId, { ...key, state: "deactivated" as const }])),
    };
    const active = { ...(keys[entry.active] as Environment["keys"][string]), links: { [ours.active]: `aead:${b64u(new Uint8Array(60))}` } };
    const forged = new Keyring(
      withEntry(theirs.manifest, theirs.keyring.signer, { ...entry, keys: { ...keys, [entry.active]: active } }),
      "default",
      new Uint8Array(32).fill(100),
    );
    expect(code(() => forged.reachesPin(keyring.pin))).toBe("FORGED_MANIFEST");
  });

  it("a rotation signs no listing that the key before it had not signed", () => {
    const { manifest, keyring } = new MemoryProject();
    const vaults = {
      ...manifest.vaults,
      "apps/.env.vault": { environment: "default", id: b64u(new Uint8Array(12).fill(2)), tag: keyring.entry.tag },
    };
    const step = rotated({ ...manifest, vaults }, new Keyring({ ...manifest, vaults }, "default", new Uint8Array(32).fill(1)), {
      dataKey: new Uint8Array(32).fill(50),
      nonce: new Uint8Array(12),
      reason: "scheduled",
      at,
      wrapped: new Map(),
    });
    expect(step.keyring.listsVault(".env.vault")).toBe(true);
    expect(step.keyring.listsVault("apps/.env.vault")).toBe(false);
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

  it.each([
    ["the floor", (entry: Environment) => ({ ...entry, floor: Object.keys(entry.keys)[0] as string, cryptoperiodDays: 364 })],
    ["a public pattern", (entry: Environment) => ({ ...entry, public: ["*"] })],
    ["a required name", (entry: Environment) => ({ ...entry, required: ["X"] })],
    [
      "a date",
      (entry: Environment) => ({
        ...entry,
        keys: {
          ...entry.keys,
          [entry.active]: { ...(entry.keys[entry.active] as Environment["keys"][string]), created: "2020-01-01T00:00:00Z" },
        },
      }),
    ],
    ["the tag", (entry: Environment) => ({ ...entry, tag: `${entry.tag.slice(0, -2)}AA` })],
  ])("refuses an entry in which someone without the key changed %s", (_, change) => {
    const { manifest } = new MemoryProject();
    const forged = { ...manifest, environments: { default: change(manifest.environments.default as Environment) } };
    expect(code(() => new Keyring(forged, "default", new Uint8Array(32).fill(1)))).toBe("FORGED_MANIFEST");
  });

  it("calls public what any of its patterns covers", () => {
    const { keyring } = new MemoryProject({ publicPatterns: ["PORT", "VITE_*"] });
    expect(["PORT", "VITE_URL", "PORTS", "API_KEY"].map((name) => keyring.isPublic(name))).toEqual([true, true, false, false]);
    expect(new MemoryProject().keyring.isPublic("PORT")).toBe(false);
  });
});
