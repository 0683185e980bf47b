import { describe, expect, it } from "vitest";
import { b64u } from "../../../src/core/bytes.ts";
import { parseDocument } from "../../../src/core/vault/document.ts";
import { type OpenedVault, openVault } from "../../../src/core/vault/open-vault.ts";
import { type SealContext, sealDocument } from "../../../src/core/vault/seal-vault.ts";
import { parseVault, serialiseVault } from "../../../src/core/vault/vault.ts";
import { idOf, Ring } from "../../support/keyring-builder.ts";

const first = Ring.start();
const second = first.rotate(2);
const vaultId = idOf(1);

function seal(ring: Ring, text: string, context: Partial<SealContext> = {}): string {
  const key = ring.keyring.vaultKey(ring.active, vaultId);
  const { document } = parseDocument(Buffer.from(text));
  return serialiseVault(sealDocument(document, { environment: "default", vaultId, key, isPublic: () => false, ...context }));
}
const open = (ring: Ring, vault: string): OpenedVault => openVault(parseVault(vault), ring.keyring.keysOf(vaultId));
/** The rows with a token: of TEXT the comment, A, B, the white space, C and the end. */
const rows = (vault: string) => vault.split("\n").filter((row) => row.includes("enc:"));
const ALL = [0, 1, 2, 3, 4, 5];
/** The numbers of the rows that differ. */
const changed = (before: string, after: string) => rows(after).flatMap((row, index) => (row === rows(before)[index] ? [] : [index]));
const TEXT = "# about\nA=1\n\nB=2\n \nC=3\n";

describe("sealing again", () => {
  const sealed = seal(first, TEXT);
  const previous = [open(first, sealed)];

  it("changes no byte of what is unchanged, and of the rest what has to", () => {
    expect(seal(first, TEXT, { previous })).toBe(sealed);
    // A row knows the name before it, not its value.
    expect(changed(sealed, seal(first, TEXT.replace("2", "4"), { previous }))).toEqual([2]);
    expect(changed(sealed, seal(first, TEXT.replace("B=", "D="), { previous }))).toEqual([2, 4]);
    expect(changed(sealed, seal(first, TEXT.replace("C=", "D="), { previous }))).toEqual([4, 5]);
    expect(changed(sealed, seal(first, `${TEXT}D=4\n`, { previous }))).toEqual([5, 6]);
    expect(changed(sealed, seal(first, TEXT.replaceAll("\n", "\r\n"), { previous }))).toEqual([5]);
    expect(changed(sealed, seal(first, TEXT, { previous, isPublic: (name) => name === "B" }))).toEqual([2]);
  });

  it("makes the vault that a reader finds in the text", () => {
    const key = first.keyring.vaultKey(first.active, vaultId);
    const { document } = parseDocument(Buffer.from(TEXT));
    const vault = sealDocument(document, { environment: "default", vaultId, key, isPublic: (name) => name === "B" });
    const read = parseVault(serialiseVault(vault));
    expect({ ...vault, endLine: 0 }).toEqual({ ...read, endLine: 0, lines: read.lines.map((line) => ({ ...line, line: 0 })) });
  });

  it("leaves empty rows empty, and seals those that only look it", () => {
    expect(rows(sealed)).toHaveLength(6);
    expect(sealed.split("\n")[3]).toBe("");
    expect(open(first, seal(first, "A=1\n\r\n\n")).document.lines.map(({ raw, end }) => [raw, end])).toEqual([
      ["A=1", 0],
      ["", 2],
      ["", 0],
    ]);
  });

  it("keeps since when a value has been what it is", () => {
    const since = (ring: Ring, vault: string, name: string) => b64u(open(ring, vault).assignments.get(name)?.since ?? new Uint8Array());
    const later = seal(second, TEXT.replace("2", "4"), { previous, reseal: true });
    expect([since(second, later, "A"), since(second, later, "B"), since(second, later, "C")]).toEqual([
      first.active,
      second.active,
      first.active,
    ]);
    const back = seal(second, TEXT, { previous: [...previous, open(second, later)] });
    expect(since(second, back, "B")).toBe(first.active);
    expect(since(second, seal(second, TEXT), "A")).toBe(second.active);
  });

  it("seals all anew where it is told to, under the key that it is given", () => {
    const renewed = seal(second, TEXT, { previous, reseal: true });
    expect(changed(sealed, renewed)).toEqual(ALL);
    expect(open(second, renewed).opened.every(({ token }) => token.keyId === second.active)).toBe(true);
  });

  it("keeps tokens of an earlier key, unless that key's may not stay", () => {
    expect(seal(second, TEXT, { previous })).toBe(sealed);
    expect(seal(second, TEXT, { previous, keep: (keyId) => keyId === first.active })).toBe(sealed);
    expect(changed(sealed, seal(second, TEXT, { previous, keep: (keyId) => keyId === second.active }))).toEqual(ALL);
  });

  it("takes of two vaults the nearer one's token, but the active key's before any other", () => {
    const old = open(first, seal(first, TEXT));
    const [far, near] = [previous[0] as OpenedVault, old];
    expect(seal(first, TEXT, { previous: [near, far] })).toBe(sealed);
    expect(seal(second, TEXT, { previous: [near, far] })).toBe(sealed);
    const renewed = seal(second, TEXT, { previous, reseal: true });
    const active = open(second, renewed);
    // What kept its since is the same line in both.
    expect(seal(second, TEXT, { previous: [active, far] })).toBe(renewed);
    expect(seal(second, TEXT, { previous: [far, active] })).toBe(renewed);
    expect(seal(first, TEXT, { previous: [active, far] })).toBe(sealed);
  });
});
