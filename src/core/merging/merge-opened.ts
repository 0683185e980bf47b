import { type Document, valuesOf } from "../vault/document.ts";
import { reread, setValue } from "../vault/edit-document.ts";
import type { OpenedVault } from "../vault/open-vault.ts";
import { sealDocument } from "../vault/seal-vault.ts";
import type { Vault } from "../vault/vault.ts";
import type { VaultKey } from "../vaultkey.ts";
import { mergeDocuments, type Side } from "./merge.ts";

/** A vault's three versions in a merge, opened. */
export interface Versions {
  base: OpenedVault;
  ours: OpenedVault;
  theirs: OpenedVault;
}

export interface MergedVault {
  vault: Vault;
  conflicts: string[];
}

export interface MergeTarget {
  environment: string;
  id: string;
  key: VaultKey;
  /** Which keys' tokens may stay: those that a current vault may hold. */
  keep: (keyId: string) => boolean;
}

/**
 * Three-way merge of opened vaults by name. Lines that a side has just so keep its token; all else is sealed under `key`.
 * @param prefer the side that each conflict is given to
 * @param values to set instead of either side's
 * @returns null where the merged lines together would not read as each line alone
 */
export function mergeOpened(
  { base, ours, theirs }: Versions,
  target: MergeTarget,
  prefer: (name: string) => Side,
  values: ReadonlyMap<string, string> = new Map(),
): MergedVault | null {
  const merged = mergeDocuments(base.document, ours.document, theirs.document, prefer);
  const read = reread(merged.document);
  if (!isSame(valuesOf(merged.document), valuesOf(read))) return null;
  const document = [...values].reduce((edited, [name, value]) => setValue(edited, name, value), read);
  const vault = sealDocument(document, {
    environment: target.environment,
    vaultId: target.id,
    key: target.key,
    keep: target.keep,
    isPublic: (name) => isPublic(name, base, ours, theirs),
    previous: [base, theirs, ours],
  });
  return { vault, conflicts: merged.conflicts };
}

/** What one side made public, or secret again, is so in the result; a name that both added is public where both say so. */
function isPublic(name: string, base: OpenedVault, ours: OpenedVault, theirs: OpenedVault): boolean {
  const [b, o, t] = [base, ours, theirs].map(({ assignments }) => assignments.get(name)?.public);
  if (o === undefined || t === undefined) return o ?? t ?? false;
  return o === b ? t : t === b ? o : o && t;
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

/** The base of a file that both sides added: nothing. */
export function emptyVersion(like: OpenedVault): OpenedVault {
  const document: Document = { ...like.document, lines: [] };
  return { ...like, document, assignments: new Map(), opened: [] };
}
