import { describe, expect, it } from "vitest";
import { rotated } from "../../../src/core/keys/rotate.ts";
import type { Side } from "../../../src/core/merging/merge.ts";
import { emptyVersion, mergeOpened } from "../../../src/core/merging/merge-opened.ts";
import { serialise } from "../../../src/core/vault/document.ts";
import { type OpenedVault, openVault } from "../../../src/core/vault/open-vault.ts";
import { sealDocument } from "../../../src/core/vault/seal-vault.ts";
import { parseVault, serialiseVault, type Vault } from "../../../src/core/vault/vault.ts";
import { ADMIN, AT } from "../../support/keyring-builder.ts";
import { MemoryProject } from "../../support/vaults.ts";

const project = new MemoryProject();
const { id } = parseVault(project.seal(Buffer.from("A=1\n")));
const next = rotated(
  project.manifest,
  project.keyring,
  {
    ...{ dataKey: new Uint8Array(32).fill(61), nonce: new Uint8Array(12).fill(61), reason: "scheduled" as const, at: AT },
    wrapped: new Map(),
  },
  ADMIN,
).keyring;
const oldKey = project.keyring.active.keyId;

/** A side as it was committed; `shown` are its public names. */
const side = (text: string, shown: readonly string[] = []): OpenedVault =>
  project.open(project.seal(Buffer.from(text), { isPublic: (name) => shown.includes(name) }));
const newSide = (text: string, before: OpenedVault): OpenedVault => {
  const { document } = side(text);
  const key = next.vaultKey(next.active.keyId, id);
  const vault = sealDocument(document, { environment: "default", vaultId: id, key, isPublic: () => false, previous: [before] });
  return openVault(parseVault(serialiseVault(vault)), next.keysOf(id));
};

interface Asked {
  keep?: (keyId: string) => boolean;
  prefer?: Side;
  values?: ReadonlyMap<string, string>;
}

function merge(base: OpenedVault, ours: OpenedVault, theirs: OpenedVault, { keep = () => true, prefer = "ours", values }: Asked = {}) {
  const target = { environment: "default", id, key: next.vaultKey(next.active.keyId, id), keep };
  return mergeOpened({ base, ours, theirs }, target, () => prefer, values);
}

const opened = (vault: Vault | undefined) => openVault(parseVault(serialiseVault(vault as Vault)), next.keysOf(id));
const textOf = (vault: Vault | undefined) => Buffer.from(serialise(opened(vault).document)).toString();
const isShown = (vault: Vault | undefined, name: string) => opened(vault).assignments.get(name)?.public;

describe("merging opened vaults", () => {
  it("keeps every token that a side has just so, and seals the rest under the given key", () => {
    const base = side("#x\nA=1\nB=1\nC=1\n");
    const merged = merge(base, side("#x\nA=1\nB=2\nC=1\n"), newSide("#x\nA=1\nB=1\nC=1\nD=1\n", base));
    expect(textOf(merged?.vault)).toBe("#x\nA=1\nB=2\nC=1\nD=1\n");
    const keys = [...opened(merged?.vault).assignments.values()].map(({ name, keyId }) => [name, keyId === oldKey]);
    expect(keys).toEqual([
      ["A", true],
      ["B", true],
      ["C", true],
      ["D", false],
    ]);
    expect(merged?.vault).toMatchObject({ environment: "default", id });
    // What must not stay is sealed anew, and keeps the key under which the value came.
    const anew = merge(base, base, base, { keep: (keyId) => keyId !== oldKey });
    expect(serialiseVault(anew?.vault as Vault)).not.toContain(oldKey);
    expect([...opened(anew?.vault).assignments.values()].map(({ since }) => since)).toEqual(
      [...base.assignments.values()].map(({ since }) => since),
    );
  });

  it("gives conflicts to the preferred side, or sets what was chosen instead", () => {
    const [base, ours, theirs] = [side("A=1\nB=1\n"), side("A=2 # two\nB=1\n"), side("A=3\n")];
    expect(merge(base, ours, theirs)?.conflicts).toEqual(["A"]);
    expect(textOf(merge(base, ours, theirs)?.vault)).toBe("A=2 # two\n");
    expect(textOf(merge(base, ours, theirs, { prefer: "theirs" })?.vault)).toBe("A=3\n");
    const values = new Map([
      ["A", "4"],
      ["N", "new"],
    ]);
    const chosen = merge(base, ours, theirs, { values });
    expect(textOf(chosen?.vault)).toBe("A=4 # two\nN=new\n");
    expect(isShown(chosen?.vault, "N")).toBe(false);
  });

  it.each([
    ["nobody shows it", [], [], [], false],
    ["everybody shows it", ["A"], ["A"], ["A"], true],
    ["ours made it public", [], ["A"], [], true],
    ["theirs made it public", [], [], ["A"], true],
    ["both made it public", [], ["A"], ["A"], true],
    ["ours made it secret", ["A"], [], ["A"], false],
    ["theirs made it secret", ["A"], ["A"], [], false],
    ["both made it secret", ["A"], [], [], false],
  ])("a value is public as %s", (_, base, ours, theirs, result) => {
    const merged = merge(side("A=1\nB=1\n", base), side("A=1\nB=2\n", ours), side("A=1\nB=1\nC=1\n", theirs));
    expect(isShown(merged?.vault, "A")).toBe(result);
  });

  it("a name that one side added is public as there; one that both added, where both say so", () => {
    const base = side("A=1\n");
    const added = (shown: boolean, value = 1) => side(`A=1\nN=${value}\n`, shown ? ["N"] : []);
    for (const shown of [true, false]) {
      expect(isShown(merge(base, added(shown), base)?.vault, "N")).toBe(shown);
      expect(isShown(merge(base, base, added(shown))?.vault, "N")).toBe(shown);
      expect(isShown(merge(base, added(shown), added(shown))?.vault, "N")).toBe(shown);
    }
    // A value that somebody sealed as a secret must not be shown for the sake of the other side's.
    for (const prefer of ["ours", "theirs"] as const) {
      expect(isShown(merge(base, added(true, 1), added(false, 2), { prefer })?.vault, "N")).toBe(false);
      expect(isShown(merge(base, added(false, 1), added(true, 2), { prefer })?.vault, "N")).toBe(false);
    }
  });

  it("a name that one side removed and the other keeps is public as there", () => {
    const base = side("A=1\nN=1\n", ["N"]);
    for (const shown of [[], ["N"]]) {
      const edited = side("A=1\nN=2\n", shown);
      expect(isShown(merge(base, edited, side("A=1\n"))?.vault, "N")).toBe(shown.length === 1);
      expect(isShown(merge(base, side("A=1\n"), edited, { prefer: "theirs" })?.vault, "N")).toBe(shown.length === 1);
    }
  });

  it.each([
    ["a value that begins on a later line", "A=\nX=1\nY=1\n'x'\nB=1\n", "A=\nY=1\n'x'\nB=1\n", "A=\nX=1\n'x'\nB=1\n"],
    ["a quote that takes in a name", "A=\nX=1\nY=1\n'\nB=5\n'\n", "A=\nY=1\n'\nB=5\n'\n", "A=\nX=1\n'\nB=5\n'\n"],
    ["a name that no line was", "NAME\nX=1\nY=1\n=5\nB=1\n", "NAME\nY=1\n=5\nB=1\n", "NAME\nX=1\n=5\nB=1\n"],
  ])("is none where the lines together would read as %s", (_, base, ours, theirs) => {
    expect(merge(side(base), side(ours), side(theirs))).toBeNull();
  });
});

describe("the base of a file that both sides added", () => {
  it("is the file without any line", () => {
    const ours = side("\uFEFFA=1\r\nB=1\r\n");
    expect(emptyVersion(ours)).toEqual({
      ...{ document: { bom: true, eol: 2, finalNewline: true, lines: [] }, assignments: new Map(), opened: [] },
      end: ours.end,
    });
  });

  it("gives all that either has; one name with two values is a conflict", () => {
    const [ours, theirs] = [side("A=1\nB=1\n"), side("A=1\nC=1\n")];
    const merged = merge(emptyVersion(ours), ours, theirs);
    expect(merged?.conflicts).toEqual([]);
    expect(textOf(merged?.vault)).toBe("A=1\nB=1\nC=1\n");
    expect(merge(emptyVersion(ours), ours, side("A=2\n"))?.conflicts).toEqual(["A"]);
  });
});
