import { join as joinFile } from "node:path";
import { basename, dirname, join } from "node:path/posix";
import { append } from "../../core/append.ts";
import { environmentOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { fromUtf8 } from "../../core/bytes.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { listedVault } from "../../core/keys/listing.ts";
import { classifyFile, isManifest } from "../../core/names.ts";
import { openVault } from "../../core/vault/open-vault.ts";
import { parseVault } from "../../core/vault/vault.ts";
import { isEnvsealError } from "../../errors.ts";
import { type BlobEntry, readBlobs, SUBMODULE } from "../../git/blobs.ts";
import type { Finding } from "../../guard/finding.ts";
import { inspectFile } from "../../guard/rules.ts";
import { inspectSealing } from "../../guard/sealing.ts";
import { withOrigin } from "../../workspace/origin.ts";
import type { Checked, Scope } from "./scope.ts";
import { type Place, placeOf } from "./vault-place.ts";

export interface VaultKeys {
  places: readonly Place[];
  keyrings: readonly Keyring[];
}

/**
 * Vaults that a manifest lists and the same tree lacks, or has a submodule in place of: where that changed, since one that was
 * missing before is nobody's change.
 */
export function missingVaults(
  top: string,
  { path, manifest }: { path: string; manifest: Manifest },
  tree: readonly BlobEntry[],
  isMissed: (listed: string) => boolean,
): Finding[] {
  const place: Place = { root: joinFile(top, dirname(path)), manifest };
  const modes = new Map(tree.map((entry) => [placeOf([place], top, entry.path)?.listed, entry.mode]));
  return Object.keys(manifest.vaults)
    .filter((listed) => (modes.has(listed) ? modes.get(listed) === SUBMODULE : isMissed(listed)))
    .map((listed) => ({
      rule: "missing-vault" as const,
      path: join(dirname(path), listed),
      message: `${path} lists ${join(dirname(path), listed)}, which is not there: nothing that needs it would start`,
      fix: "commit the vault too; if it is gone for good, delete its entry from envseal.json",
    }));
}

/** What is wrong with these vaults and manifests: their form, their listing and, with a key at hand, what they hold. */
export async function checkFiles({ top, guard }: Scope, wanted: readonly BlobEntry[], keys: VaultKeys, checked: Checked): Promise<void> {
  const lacking: BlobEntry[] = [];
  const visit = ({ path, mode }: BlobEntry, content: Buffer, part: { from: number; last: boolean }) => {
    if (part.from > 0 || !part.last) return;
    const found = [...inspectFile(path, content), ...(mode === "120000" ? [] : vaultFindings(top, keys, path, content))];
    append(checked.findings, news(found, checked));
  };
  await readBlobs(top, wanted, visit, lacking);
  guard.notLookedAt(lacking.length);
}

/** What is found of no file yet under its rule. */
export function news(found: readonly Finding[], { findings }: Checked): Finding[] {
  return found.filter(({ rule, path }) => !findings.some((known) => known.rule === rule && known.path === path));
}

/**
 * A vault must be the one that its manifest lists there, under keys that this accepts; with a key at hand, it must open with every
 * check there is.
 */
function vaultFindings(top: string, { places, keyrings }: VaultKeys, path: string, content: Buffer): Finding[] {
  const found = placeOf(places, top, path);
  const text = fromUtf8(content);
  if (found === null || text === null) return [];
  const { manifest } = found.place;
  try {
    const vault = parseVault(text, path);
    listedVault(manifest, found.listed, vault);
    const keyring = keyrings.find((ring) => ring.environment === vault.environment && ring.manifest === manifest);
    keyring?.checkVault(found.listed, vault);
    if (keyring !== undefined) {
      const others = () => keyrings.filter((ring) => ring.manifest === manifest);
      const around = { root: found.place.root, manifest, listed: found.listed, keyring, others };
      openVault(vault, withOrigin(keyring.keysOf(vault.id), around), path);
    }
    return inspectSealing(path, vault, environmentOf(manifest, vault.environment).statement);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    // Its form is another rule's finding.
    if (error.code === "MALFORMED_VAULT" || error.code === "CONFLICT_MARKERS") return [];
    return [{ rule: "forged-vault", path, message: `${error.message} [${error.code}]`, fix: error.hint ?? "take the file from git again" }];
  }
}

function isVault(path: string): boolean {
  return classifyFile(basename(path))?.kind === "vault";
}

/** A link in the place of one counts as one: its text is no vault and no manifest. */
export function isVaultOrManifest({ path }: { path: string }): boolean {
  return isManifest(path) || isVault(path);
}
