import { fromUtf8 } from "../core/bytes.ts";
import { type Manifest, manifestIn } from "../core/manifest.ts";
import { parseVault, type Vault } from "../core/vault.ts";
import { isEnvsealError } from "../errors.ts";
import { readBlobs } from "../git/blobs.ts";
import { blobsAt } from "../git/objects.ts";

async function contentAt(top: string, commit: string, path: string): Promise<Buffer | null> {
  const [oid] = blobsAt(top, [{ oid: commit, path }]);
  let found: Buffer | null = null;
  if (oid != null)
    await readBlobs(top, [{ path, oid }], (_entry, content) => {
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
  const text = fromUtf8((await contentAt(top, commit, path)) ?? Buffer.alloc(0));
  try {
    return text === null || text === "" ? null : parseVault(text, path);
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}
