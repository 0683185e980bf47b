import { EnvsealError } from "../../errors.ts";
import { ownMember } from "../authority/authority.ts";
import { headOf } from "../authority/authority-of.ts";
import type { Manifest, VaultEntry } from "../authority/manifest.ts";

/** The manifest's entry for the vault at `path`, whose header must be the listed one. */
export function listedVault(manifest: Manifest, path: string, header: { environment: string; id: string }): VaultEntry {
  const entry = ownMember(manifest.vaults, path);
  if (entry === undefined) {
    throw new EnvsealError("UNLISTED_VAULT", `${path} is not listed in the manifest`, {
      hint:
        ownMember(headOf(manifest).gone ?? {}, header.environment) === undefined
          ? "it was moved or copied here: move it back; or move it away, and seal the plaintext here: envseal encrypt"
          : `${header.environment} was removed, and its vaults go with it: envseal env remove ${header.environment}`,
    });
  }
  if (entry.environment !== header.environment || entry.id !== header.id) {
    throw new EnvsealError("FOREIGN_VAULT", `${path} is another vault than the one the manifest lists there`, {
      hint: "it was copied from another place or project: take the file from git again",
    });
  }
  return entry;
}
