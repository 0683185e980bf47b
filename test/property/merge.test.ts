import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Keyring } from "../../src/core/keys/keyring.ts";
import { rotated } from "../../src/core/keys/rotate.ts";
import { valuesOf } from "../../src/core/vault/document.ts";
import { openVault } from "../../src/core/vault/open-vault.ts";
import { sealDocument } from "../../src/core/vault/seal-vault.ts";
import { parseVault, serialiseVault } from "../../src/core/vault/vault.ts";
import { isEnvsealError } from "../../src/errors.ts";
import { mergeVaultFiles } from "../../src/features/merge/vaults.ts";
import { MergeKeys } from "../../src/workspace/keyrings-of-sides.ts";
import { MUTATION, runs } from "../support/arbitraries.ts";
import { corpusIsHere, corpusNotice, corpusRoot } from "../support/corpus.ts";
import { ADMIN } from "../support/manifests.ts";
import { merges, mergeValues, realMerges, type Texts, textMerge } from "../support/merges.ts";
import { MemoryProject } from "../support/vaults.ts";

const project = new MemoryProject();
const { keyring } = project;

/** The keyring after a rotation of one side: the other side knows nothing of it. */
function rotation(fill: number): Keyring {
  const at = "2026-02-01T00:00:00Z";
  return rotated(
    keyring.manifest,
    keyring,
    {
      ...{ dataKey: new Uint8Array(32).fill(fill), nonce: new Uint8Array(12).fill(fill), reason: "scheduled" as const, at },
      wrapped: new Map(),
    },
    ADMIN,
  ).keyring;
}
const [rotatedOurs, rotatedTheirs] = [rotation(71), rotation(72)];

const seal = (text: string, ring: Keyring, previous?: string): string => {
  const before = previous === undefined ? [] : [open(previous, keyring)];
  const id = parseVault(project.seal(Buffer.from("A=1\n"))).id;
  return serialiseVault(
    sealDocument(documentOf(text), {
      ...{ environment: "default", vaultId: id, key: ring.vaultKey(ring.active.keyId, id), isPublic: () => false },
      ...{ previous: before, reseal: ring !== keyring },
    }),
  );
};
const documentOf = (text: string) => open(project.seal(Buffer.from(text)), keyring).document;
const open = (text: string, ring: Keyring) => {
  const vault = parseVault(text);
  return openVault(vault, ring.keysOf(vault.id));
};

/** Each side sealed upon the base, as commands do; or under a key of its own, where the side rotated. */
function sealed({ base, ours, theirs }: Texts, turn: { ours: boolean; theirs: boolean } = { ours: false, theirs: false }): Texts {
  const vault = seal(base, keyring);
  return {
    base: vault,
    ours: seal(ours, turn.ours ? rotatedOurs : keyring, vault),
    theirs: seal(theirs, turn.theirs ? rotatedTheirs : keyring, vault),
  };
}

function ringsOf(turn: { ours: boolean; theirs: boolean }): MergeKeys {
  const sides = [...(turn.ours ? [rotatedOurs] : []), ...(turn.theirs ? [rotatedTheirs] : [])];
  const open = (ring: Keyring) => ({ keyring: ring, verdict: "match", isOutdated: false, keysAreOlder: false, recipient: "age1" }) as const;
  return new MergeKeys([open(keyring), ...sides.map(open)]);
}

const oracle = ({ base, ours, theirs }: Texts) => mergeValues(parse(base), parse(ours), parse(theirs));

/** The driver's promise: the values of a by-name merge, and conflicts exactly where both changed one name differently. */
function checkWithKey(texts: Texts, turn = { ours: false, theirs: false }): void {
  const keys = ringsOf(turn);
  const versions = sealed(texts, turn);
  const result = mergeVaultFiles(versions, () => keys, 7);
  const { values, conflicts } = oracle(texts);
  // Two rotations: which key is to be trusted the manifest's merge says, and resolve goes on from there.
  if (turn.ours && turn.theirs) {
    expect(result.kind === "conflict" && result.why).toContain("of another line");
    return;
  }
  if (result.kind === "conflict") {
    expect(result.why).toBe(`both sides changed ${conflicts.join(", ")}`);
    expect(conflicts).not.toEqual([]);
    const sides = ["ours", "theirs"].map((side) => openAny(takeSide(result.text as string, side), keys));
    for (const opened of sides) expect({ ...opened, ...only(opened, conflicts) }).toEqual({ ...values, ...only(opened, conflicts) });
    return;
  }
  expect(conflicts).toEqual([]);
  expect(openAny(result.text, keys)).toEqual(values);
  const kept = new Set([versions.ours, versions.theirs].flatMap((text) => text.split("\n")));
  const touched = result.text.split("\n").filter((row) => !kept.has(row));
  // At most a new neighbour's token and the end's are sealed anew.
  if (!turn.ours && !turn.theirs) expect(touched.length).toBeLessThanOrEqual(12);
}

const only = (values: Record<string, string>, names: readonly string[]) =>
  Object.fromEntries(names.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name]]] : [])));

function openAny(text: string, keys: MergeKeys): Record<string, string> {
  const vault = parseVault(text);
  return Object.fromEntries(valuesOf(openVault(vault, keys.of(vault.id)).document));
}

/** What is left of a text with markers where one side of every conflict is taken. */
function takeSide(text: string, side: string): string {
  let current = "both";
  const kept = text.split("\n").filter((row) => {
    if (row === "<<<<<<< ours") current = "ours";
    else if (row === "=======") current = "theirs";
    else if (row === ">>>>>>> theirs") current = "both";
    else return current === "both" || current === side;
    return false;
  });
  return kept.join("\n");
}

/** Without a key: merged by name, or a conflict; never a vault that does not open, nor other values. */
function checkWithoutKey(texts: Texts): boolean {
  const result = mergeVaultFiles(sealed(texts), () => null, 7);
  if (result.kind === "conflict") return false;
  const { values, conflicts } = oracle(texts);
  expect(conflicts).toEqual([]);
  expect(Object.fromEntries(valuesOf(open(result.text, keyring).document))).toEqual(values);
  return true;
}

/** Without a driver: how a plain text merge ends for the vault, which must open wherever it is clean. */
function textMergeOfVaults(texts: Texts): "conflict" | "opens" | "refused" {
  const merged = textMerge(sealed(texts));
  if (merged === null) return "conflict";
  try {
    open(merged, keyring);
    return "opens";
  } catch (error) {
    if (isEnvsealError(error) && error.code === "MALFORMED_VAULT" && error.message.includes("is set a second time")) return "refused";
    throw error;
  }
}

describe("merging vaults", () => {
  it("with the key: equals a by-name merge of the plaintexts", () => {
    fc.assert(
      fc.property(merges, (texts) => checkWithKey(texts)),
      runs(60),
    );
  });

  it("with the key, where either side or both rotated", () => {
    const turns = fc.constantFrom({ ours: true, theirs: false }, { ours: false, theirs: true }, { ours: true, theirs: true });
    fc.assert(fc.property(merges, turns, checkWithKey), runs(40));
  });

  it("without a key: merges what no two sides touch in one place", () => {
    const count = { merged: 0, byText: 0 };
    fc.assert(
      fc.property(merges, (texts) => {
        const merged = checkWithoutKey(texts);
        if (merged) count.merged++;
        if (textMergeOfVaults(texts) === "opens") count.byText++;
      }),
      runs(60),
    );
    expect(count.merged).toBeGreaterThanOrEqual(count.byText);
  });

  it.skipIf(MUTATION)(
    "without a driver: no more pairs conflict than those of their plaintexts and one in fifty, and what is clean opens",
    () => {
      const count = { plaintext: 0, vault: 0, all: 0 };
      fc.assert(
        fc.property(merges, (texts) => {
          count.all++;
          if (textMerge(texts) === null) count.plaintext++;
          if (textMergeOfVaults(texts) === "conflict") count.vault++;
        }),
        { ...runs(40), endOnFailure: true },
      );
      // Of few pairs, chance may make three that are one in fifty of many.
      expect(count.vault).toBeLessThanOrEqual(count.plaintext + Math.max(3, count.all / 50));
    },
    600_000,
  );

  it.skipIf(!corpusIsHere || MUTATION)(`the real merges of a real history${corpusNotice}`, () => {
    const real = realMerges(corpusRoot);
    expect(real).toHaveLength(27);
    const count = { plaintext: 0, vault: 0 };
    for (const texts of real) {
      checkWithKey(texts);
      for (const turn of [
        { ours: true, theirs: false },
        { ours: false, theirs: true },
      ])
        checkWithKey(texts, turn);
      checkWithoutKey(texts);
      if (textMerge(texts) === null) count.plaintext++;
      if (textMergeOfVaults(texts) === "conflict") count.vault++;
    }
    expect(count.vault).toBeLessThanOrEqual(count.plaintext + 1);
  });
});
