import { fromUtf8 } from "../core/bytes.ts";
import { type Manifest, manifestIn } from "../core/manifest.ts";
import { parseVault, type Vault } from "../core/vault.ts";
import { isEnvsealError } from "../errors.ts";
import { type BlobEntry, readBlobs } from "../git/blobs.ts";
import { blobsAt } from "../git/objects.ts";

async function contentAt(top: string, commit: string, path: string): Promise<Buffer | null> {
  const [oid] = blobsAt(top, [{ oid: commit, path }]);
  return oid == null ? null : contentOf(top, { path, oid });
}

async function contentOf(top: string, entry: BlobEntry): Promise<Buffer | null> {
  let found: Buffer | null = null;
  await readBlobs(top, [entry], (_entry, content) => {
    found = Buffer.from(content);
  });
  return found;
}

/** Null where the commit has none, or none that can be read. */
export async function manifestAt(top: string, commit: string, path: string): Promise<Manifest | null> {
  const content = await contentAt(top, commit, path);
  return content === null ? null : manifestIn(content);
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
