import type { Manifest } from "../core/authority/manifest.ts";
import { fromUtf8 } from "../core/bytes.ts";
import { manifestIn } from "../core/manifest/manifest-text.ts";
import { parseVault, type Vault } from "../core/vault/vault.ts";
import { isEnvsealError } from "../errors.ts";
import { type BlobEntry, readBlobs } from "../git/blobs.ts";
import { blobsAt } from "../git/objects.ts";

async function contentAt(top: string, commit: string, path: string): Promise<Buffer | null> {
  const [oid] = blobsAt(top, [{ oid: commit, path }]);
  return oid == null ? null : contentOf(top, { path, oid });
}

/** Null where a partial clone has not fetched it. */
async function contentOf(top: string, entry: BlobEntry): Promise<Buffer | null> {
  let found: Buffer | null = null;
  const copy = (_entry: BlobEntry, content: Buffer) => {
    found = Buffer.from(content);
  };
  await readBlobs(top, [entry], copy, []);
  return found;
}

/** By path. Those that cannot be read are left out. */
export async function manifestsIn(top: string, entries: readonly BlobEntry[]): Promise<Map<string, Manifest>> {
  const found = new Map<string, Manifest>();
  const read = ({ path }: BlobEntry, content: Buffer, { from, last }: { from: number; last: boolean }) => {
    const manifest = from === 0 && last ? manifestIn(content) : null;
    if (manifest !== null) found.set(path, manifest);
  };
  await readBlobs(top, entries, read, []);
  return found;
}

/** Those that a commit has at these paths. */
export async function manifestsAt(top: string, commit: string, paths: readonly string[]): Promise<Map<string, Manifest>> {
  const wanted = paths.map((path) => ({ oid: commit, path }));
  const oids = wanted.length === 0 ? [] : blobsAt(top, wanted);
  return manifestsIn(
    top,
    paths.flatMap((path, index) => (oids[index] == null ? [] : [{ path, oid: oids[index] }])),
  );
}

export async function vaultAt(top: string, commit: string, path: string): Promise<Vault | null> {
  return parsed(await contentAt(top, commit, path), path);
}

/** The version that an object is; null where it cannot be read as a vault. */
export async function vaultIn(top: string, entry: BlobEntry): Promise<Vault | null> {
  return parsed(await contentOf(top, entry), entry.path);
}

function parsed(content: Buffer | null, path: string): Vault | null {
  const text = fromUtf8(content ?? Buffer.alloc(0));
  try {
    return text === null || text === "" ? null : parseVault(text, path);
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

/** By path from the top. */
export type Manifests = ReadonlyMap<string, Manifest>;
