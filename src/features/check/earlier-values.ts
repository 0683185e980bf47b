import { fromUtf8 } from "../../core/bytes.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { openValues } from "../../core/vault/open-vault.ts";
import { parseVault } from "../../core/vault/vault.ts";
import { isEnvsealError } from "../../errors.ts";
import { type BlobEntry, readBlobs } from "../../git/blobs.ts";
import type { Version } from "../../git/objects.ts";
import type { Secret } from "../../guard/leaks.ts";
import { count } from "../../ui/output.ts";
import { inGit, type Project } from "../../workspace/project.ts";
import { add, type Earlier, noEarlier, readEarlier, writeEarlier } from "./earlier-cache.ts";

/** The values of every vault version that was looked into: found where there is time (push, scan, check) and where a commit replaces one, read at a commit. */

/** Letters of values that are searched for: with much more, a hook would run out of memory. */
const MOST = 256 << 20;

/** @param versions of vaults that are to be looked into, where the cache has not seen them; none where there is no time for it */
export async function earlierSecrets(project: Project, keyring: Keyring, versions: readonly Version[], notes: string[]): Promise<Secret[]> {
  if (!inGit(project)) return [];
  const known = readEarlier(project, keyring);
  const unseen = versions.filter(({ oid }) => !known.blobs.has(oid));
  if (unseen.length > 0) {
    noteLack(await extend(project, keyring, known, unseen), notes);
    writeEarlier(project, keyring, known);
  }
  return secretsIn(known, keyring, notes);
}

/** The values of these versions alone: nothing is kept. */
export async function secretsOf(project: Project, keyring: Keyring, versions: readonly Version[], notes: string[]): Promise<Secret[]> {
  const known = noEarlier();
  noteLack(await extend(project, keyring, known, versions), notes);
  return secretsIn(known, keyring, notes);
}

function noteLack(lacking: number, notes: string[]): void {
  if (lacking > 0) notes.push(`${count(lacking, "earlier vault")} that this partial clone has not fetched: values not searched for`);
}

function secretsIn({ values, left }: Earlier, { environment }: Keyring, notes: string[]): Secret[] {
  if (left > 0) notes.push(`${count(left, "earlier value")} of ${environment} beyond ${MOST >> 20} MiB of them: not searched for`);
  return values.map(({ name, vault, version, value }) => ({ name, vault, version, value, environment, current: false }));
}

/** @returns how many versions a partial clone lacks */
export async function extend(
  project: Project,
  keyring: Keyring,
  known: Earlier,
  versions: readonly Version[],
  most = MOST,
): Promise<number> {
  const valuesOf = new Map<string, Set<string>>();
  const isNew = (name: string, value: string): boolean => {
    const values = valuesOf.get(name) ?? new Set();
    valuesOf.set(name, values);
    return values.size < values.add(value).size;
  };
  for (const { name, value } of known.values) isNew(name, value);
  const lacking: BlobEntry[] = [];
  const visit = ({ path, oid }: BlobEntry, content: Buffer, { last, from }: { last: boolean; from: number }) => {
    if (last) known.blobs.add(oid);
    const text = last && from === 0 ? fromUtf8(content) : null;
    for (const entry of text === null ? [] : valuesIn(text, keyring)) {
      if (!isNew(entry.name, entry.value)) continue;
      if (known.size + entry.value.length > most) known.left++;
      else add(known, { ...entry, vault: path });
    }
  };
  await readBlobs(project.root, versions, visit, lacking);
  return lacking.length;
}

/** Nothing for what is no vault of this environment, or does not open any more. */
function valuesIn(text: string, keyring: Keyring): { name: string; version: number; value: string }[] {
  try {
    const vault = parseVault(text);
    if (vault.environment !== keyring.environment) return [];
    return [...openValues(vault, keyring.keysOf(vault.id, true)).values()]
      .filter((entry) => !entry.public)
      .map(({ name, version, value }) => ({ name, version, value }));
  } catch (error) {
    if (isEnvsealError(error)) return [];
    throw error;
  }
}
