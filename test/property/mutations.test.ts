import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { unlockTrusted } from "../../src/age/unlock.ts";
import { pinOfManifest } from "../../src/core/authority/trust.ts";
import { canonicalJson, type Json } from "../../src/core/json.ts";
import { parseManifest, serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { parseDocument } from "../../src/core/vault/document.ts";
import { openVault } from "../../src/core/vault/open-vault.ts";
import { sealDocument } from "../../src/core/vault/seal-vault.ts";
import { parseVault, serialiseVault } from "../../src/core/vault/vault.ts";
import { isEnvsealError } from "../../src/errors.ts";
import { MUTATION } from "../support/arbitraries.ts";
import { person } from "../support/authority.ts";
import { Ring } from "../support/keyring-builder.ts";
import { ADMIN, idOf, keyOf, manifestOf, reallyWrapped } from "../support/manifests.ts";
import { isNightly } from "../support/sample.ts";

/** 100,000 in `npm run nightly`: single bytes and whole parts of manifest and vault, changed at random. */
const COUNT = isNightly ? { numRuns: 50_000 } : MUTATION ? { numRuns: 120, seed: 7 } : { numRuns: 1_500 };

const [ada, bob] = [person("ada", 3), person("bob", 4)];
const night = { ...person("night", 5), environments: ["default"] };
let manifestText: string;
let vaultText: string;
let pin: Uint8Array;
let genuine: Trusted;

/**
 * Three versions, of which a rotator made one, two admins and two people with access, settings that changed, and a floor that was
 * raised; the vault holds public and commented lines.
 */
beforeAll(async () => {
  const environments = { default: { access: [ada, bob], settings: { public: ["PORT"] }, vaults: { ".env.vault": 1 } } };
  const first = manifestOf({ admins: [ADMIN, ada], rotators: [night], environments });
  const second = new Ring(first, keyOf(1)).by(night).rotate(102);
  const third = second
    .by(ADMIN)
    .fence()
    .rotate(103)
    .set({ required: ["A"] });
  const manifest = await reallyWrapped(third.manifest, "default", 103);
  const { document } = parseDocument(new TextEncoder().encode("# a comment\nA=one\nexport B='two\nlines' # why\n\nPORT=3000\nC=three\n"));
  const id = idOf(1);
  const key = second.keyring.vaultKey(second.active, id);
  vaultText = serialiseVault(sealDocument(document, { environment: "default", vaultId: id, key, isPublic: (name) => name === "PORT" }));
  manifestText = serialiseManifest(manifest);
  pin = pinOfManifest(manifest);
  genuine = opened(manifestText, vaultText);
});

/** All that is trusted once a vault is open: its values, what the manifest says of its environment, and who gets the next key. */
interface Trusted {
  values: string;
  recipients: string[];
}

function opened(manifestSource: string, vaultSource: string): Trusted {
  const manifest = parseManifest(manifestSource);
  const key = { type: "identity", identity: keyOf(3), pins: [pin], personal: false, environment: null, source: "the test" } as const;
  const { keyring } = unlockTrusted(manifest, "default", key, { seen: null });
  const vault = parseVault(vaultSource);
  keyring.checkVault(".env.vault", vault);
  const { assignments } = openVault(vault, keyring.keysOf(vault.id));
  // A signature says nothing but that what it covers is genuine: its own bytes, and who of those who may gave it, decide nothing.
  const { signatures: _, ...statement } = keyring.statement;
  const { signatures: __, ...head } = keyring.head;
  const said = [statement, keyring.settings, head].map((part) => canonicalJson(part as unknown as Json));
  const values = [...assignments.values()].map(({ name, value, raw, public: shown, keyId }) => [name, value, raw, shown, keyId]);
  const recipients = Object.keys(keyring.access).filter((name) => ["genuine", "waiting"].includes(keyring.accessState(name)));
  return {
    values: JSON.stringify([values, said, manifest.project]),
    recipients: recipients.map((name) => `${name} ${keyring.access[name]?.recipient}`),
  };
}

/** The error's code, or "same" where nothing more is trusted than before. Anything else is a crash or a silent accept. */
function verdict(manifestSource: string, vaultSource: string): string {
  try {
    const { values, recipients } = opened(manifestSource, vaultSource);
    const same = values === genuine.values && recipients.every((entry) => genuine.recipients.includes(entry));
    return same ? "same" : "accepted something else";
  } catch (error) {
    return isEnvsealError(error) ? error.code : `crash: ${(error as Error).stack}`;
  }
}

const acceptable = (result: string) => result === "same" || /^[A-Z_]+$/.test(result);

type Mutation = (text: string, a: number, b: number) => string;

const bytes: Record<string, Mutation> = {
  flip: (text, a, b) => splice(text, a, 1, String.fromCharCode(text.charCodeAt(a % text.length) ^ (1 << (b % 7)))),
  replace: (text, a, b) => splice(text, a, 1, "\0\n\r\"{}[]:,=.#'-_ Aa09é\u2028\uFEFF"[b % 26] as string),
  remove: (text, a, b) => splice(text, a, 1 + (b % 3), ""),
  insert: (text, a, b) => splice(text, a, 0, text[b % text.length] as string),
  cut: (text, a) => text.slice(0, a % text.length),
  double: (text, a, b) => splice(text, a, 0, text.slice(a % text.length, (a % text.length) + (b % 60))),
};

const lines: Record<string, Mutation> = {
  drop: (text, a) => edit(text, (rows) => rows.splice(a % rows.length, 1)),
  twice: (text, a) => edit(text, (rows) => rows.splice(a % rows.length, 0, rows[a % rows.length] as string)),
  swap: (text, a, b) =>
    edit(text, (rows) => {
      const [i, j] = [a % rows.length, b % rows.length];
      [rows[i], rows[j]] = [rows[j] as string, rows[i] as string];
    }),
  move: (text, a, b) => edit(text, (rows) => rows.splice(b % rows.length, 0, ...rows.splice(a % rows.length, 1))),
};

function splice(text: string, at: number, remove: number, put: string): string {
  const from = at % text.length;
  return text.slice(0, from) + put + text.slice(from + remove);
}

function edit(text: string, change: (rows: string[]) => void): string {
  const rows = text.split("\n");
  change(rows);
  return rows.join("\n");
}

/** Takes members away, swaps them, or puts something else there, anywhere in the JSON. */
function restructure(text: string, a: number, b: number): string {
  const root = JSON.parse(text);
  const places: { holder: Record<string, unknown>; name: string }[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const name of Object.keys(value)) {
      places.push({ holder: value as Record<string, unknown>, name });
      visit((value as Record<string, unknown>)[name]);
    }
  };
  visit(root);
  const one = places[a % places.length] as (typeof places)[number];
  const two = places[b % places.length] as (typeof places)[number];
  const others = [null, true, -1, 1.5, 2 ** 53, "", "x", [], {}, "age1", "hmac:AAAAAAAA:AAAA", "destroyed", "active", "2026-01-01"];
  const [first, second] = [one.holder[one.name], two.holder[two.name]];
  const action = (a + b) % 4;
  if (action === 0) delete one.holder[one.name];
  else if (action === 1) one.holder[one.name] = others[b % others.length];
  else if (action === 2) one.holder[one.name] = structuredClone(second);
  else [one.holder[one.name], two.holder[two.name]] = [structuredClone(second), structuredClone(first)];
  return JSON.stringify(root, null, 2);
}

describe("random mutations", () => {
  it("the unchanged files open", () => {
    expect(verdict(manifestText, vaultText)).toBe("same");
    expect(genuine.recipients).toHaveLength(2);
  });

  it.each(["manifest", "vault"] as const)(
    "of the %s are refused by a typed error, or change nothing that is trusted",
    (which) => {
      const kinds = which === "vault" ? { ...bytes, ...lines } : { ...bytes, ...lines, restructure, "restructure again": restructure };
      const names = Object.keys(kinds);
      const seen = new Map<string, number>();
      fc.assert(
        fc.property(fc.nat(), fc.nat(), fc.nat({ max: names.length - 1 }), (a, b, kind) => {
          const source = which === "vault" ? vaultText : manifestText;
          const mutate = (kinds as Record<string, Mutation>)[names[kind] as string] as Mutation;
          const mutated = mutate(source, a, b);
          const result = which === "vault" ? verdict(manifestText, mutated) : verdict(mutated, vaultText);
          seen.set(result, (seen.get(result) ?? 0) + 1);
          expect(acceptable(result), `${names[kind]} ${a} ${b}: ${result}`).toBe(true);
        }),
        COUNT,
      );
      // The mutations reach the deep checks, not only the parsers.
      expect([...seen.keys()]).toEqual(
        expect.arrayContaining(which === "vault" ? ["MALFORMED_VAULT", "TAMPERED"] : ["MALFORMED_MANIFEST", "FORGED_MANIFEST"]),
      );
    },
    1_200_000,
  );
});
