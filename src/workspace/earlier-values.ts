import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { aeadOpen, aeadSeal, hkdf } from "#crypto";
import { concat, fromUtf8, lp, unb64u, utf8 } from "../core/bytes.ts";
import type { Keyring } from "../core/keyring.ts";
import { openValues } from "../core/open.ts";
import { parseVault } from "../core/vault.ts";
import { isEnvsealError } from "../errors.ts";
import { type BlobEntry, readBlobs } from "../git/blobs.ts";
import type { Version } from "../git/objects.ts";
import type { Secret } from "../guard/leaks.ts";
import { ensurePrivateFolder, localFolder } from "../project/gitdir.ts";
import { readBounded } from "../project/read.ts";
import { writeAtomic } from "../project/write.ts";
import { count } from "../ui/output.ts";
import { inGit, type Project } from "./project.ts";

/**
 * `.git/envseal/earlier/<environment>`: the values of every vault version that was looked into, sealed under a key that only
 * the active data key gives. Built where there is time (push, scan, checkout), read at a commit.
 */
interface Cache {
  blobs: string[];
  values: { name: string; vault: string; version: number; value: string }[];
}

const MAX_BYTES = 64 << 20;
const NONCE = 12;

/** @param versions of vaults that are to be looked into, where the cache has not seen them; none where there is no time for it */
export async function earlierSecrets(project: Project, keyring: Keyring, versions: readonly Version[], notes: string[]): Promise<Secret[]> {
  if (!inGit(project)) return [];
  const cache = readCache(project, keyring);
  const seen = new Set(cache.blobs);
  const unseen = versions.filter(({ oid }) => !seen.has(oid));
  if (unseen.length > 0) {
    noteLack(await extend(project, keyring, cache, unseen), notes);
    writeCache(project, keyring, cache);
  }
  return secretsIn(cache, keyring);
}

/** The values of these versions alone: nothing is kept. */
export async function secretsOf(project: Project, keyring: Keyring, versions: readonly Version[], notes: string[]): Promise<Secret[]> {
  const cache: Cache = { blobs: [], values: [] };
  noteLack(await extend(project, keyring, cache, versions), notes);
  return secretsIn(cache, keyring);
}

function noteLack(lacking: number, notes: string[]): void {
  if (lacking > 0) notes.push(`${count(lacking, "earlier vault")} that this partial clone has not fetched: values not searched for`);
}

function secretsIn(cache: Cache, { environment }: Keyring): Secret[] {
  return cache.values.map((entry) => ({ ...entry, environment, current: false }));
}

async function extend(project: Project, keyring: Keyring, cache: Cache, versions: readonly Version[]): Promise<number> {
  const known = new Set(cache.values.map(({ name, value }) => `${name}\0${value}`));
  const lacking: BlobEntry[] = [];
  const visit = ({ path, oid }: BlobEntry, content: Buffer, { last, from }: { last: boolean; from: number }) => {
    if (last) cache.blobs.push(oid);
    const text = last && from === 0 ? fromUtf8(content) : null;
    for (const entry of text === null ? [] : valuesIn(text, keyring)) {
      const key = `${entry.name}\0${entry.value}`;
      if (known.has(key)) continue;
      known.add(key);
      cache.values.push({ ...entry, vault: path });
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

function cachePath({ root }: Project, { environment }: Keyring): string {
  return join(localFolder(root), "earlier", environment);
}

function cacheKey({ manifest }: Project, keyring: Keyring): Uint8Array {
  const active = keyring.dataKey(keyring.active.keyId, "the cache");
  return hkdf(active, unb64u(manifest.project) as Uint8Array, concat(utf8("envseal/v1 earlier"), lp(keyring.environment)), 32);
}

/** Empty where there is none, or it is of another key: it is then built anew. */
function readCache(project: Project, keyring: Keyring): Cache {
  const sealed = readBounded(cachePath(project, keyring), MAX_BYTES);
  const opened =
    sealed === null || sealed.length < NONCE
      ? null
      : aeadOpen(cacheKey(project, keyring), sealed.subarray(0, NONCE), sealed.subarray(NONCE), utf8("earlier"));
  const text = opened === null ? null : fromUtf8(opened);
  return text === null ? { blobs: [], values: [] } : (JSON.parse(text) as Cache);
}

/** Where it cannot be kept (a read-only checkout, a full disk), the next look reads history again. */
function writeCache(project: Project, keyring: Keyring, cache: Cache): void {
  const nonce = randomBytes(NONCE);
  const sealed = concat(nonce, aeadSeal(cacheKey(project, keyring), nonce, utf8(JSON.stringify(cache)), utf8("earlier")));
  try {
    ensurePrivateFolder(join(localFolder(project.root), "earlier"));
    writeAtomic(project.root, cachePath(project, keyring), sealed, 0o600);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
  }
}
