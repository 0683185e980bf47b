import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Keyring } from "../core/keyring.ts";
import { openValues } from "../core/open.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { blobsEver, VAULT_FILES } from "../git/objects.ts";
import type { Secret } from "../guard/leaks.ts";
import { displayPath, readVault } from "../project/find.ts";
import type { Context } from "../ui/context.ts";
import { earlierSecrets } from "./earlier-values.ts";
import { unlockAtHand } from "./key-at-hand.ts";
import { inGit, type Project } from "./project.ts";

export interface KnownSecrets {
  secrets: Secret[];
  keyrings: Keyring[];
  /** Environments whose values cannot be searched for: no access, or a custody that would have to be asked. */
  unseen: string[];
  /** Where a key is at hand and what it should open is not right: nothing may be let through then. */
  problem: EnvsealError | null;
}

/** No key for it here: that is no fault. */
const NOT_MINE = new Set(["NO_KEY", "NO_ACCESS", "NO_PIN", "CUSTODY"]);

/**
 * The values that the key at hand opens: the current ones, and with `update` every earlier one in git too; without it, those
 * of the cache. Nothing is asked: a guard runs where nobody can answer.
 */
export async function knownSecrets(project: Project, context: Context, update: boolean): Promise<KnownSecrets> {
  const known: KnownSecrets = { secrets: [], keyrings: [], unseen: [], problem: null };
  const versions = update && inGit(project) ? blobsEver(project.root, VAULT_FILES) : [];
  for (const environment of Object.keys(project.manifest.environments).sort()) {
    try {
      const unlocked = unlockAtHand(project.manifest, environment, context);
      if (unlocked === null) {
        known.unseen.push(environment);
        continue;
      }
      const { keyring } = unlocked;
      known.keyrings.push(keyring);
      known.secrets.push(...currentSecrets(project, keyring), ...(await earlierSecrets(project, keyring, versions)));
    } catch (error) {
      if (!(error instanceof EnvsealError)) throw error;
      known.unseen.push(environment);
      if (!NOT_MINE.has(error.code)) known.problem ??= error;
    }
  }
  return known;
}

function currentSecrets({ root, manifest }: Project, keyring: Keyring): Secret[] {
  const paths = Object.entries(manifest.vaults).filter(
    ([path, vault]) => vault.environment === keyring.environment && existsSync(join(root, path)),
  );
  return paths.flatMap(([path]) => {
    try {
      const vault = readVault(join(root, path));
      const values = openValues(vault, keyring.keysOf(vault.id, true), displayPath(path));
      return [...values.values()]
        .filter((entry) => !entry.public)
        .map(({ name, value, version }) => ({ name, vault: path, environment: keyring.environment, version, current: true, value }));
    } catch (error) {
      // A vault that does not open is a finding of its own.
      if (isEnvsealError(error)) return [];
      throw error;
    }
  });
}
