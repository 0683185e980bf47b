import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { mayDecide, type Unlocked } from "../../age/unlock.ts";
import type { Context } from "../../context.ts";
import { append } from "../../core/append.ts";
import { environmentNames } from "../../core/authority/authority-of.ts";
import { vaultPathsOf } from "../../core/authority/manifest.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { openValues } from "../../core/vault/open-vault.ts";
import { parseVault, type Vault } from "../../core/vault/vault.ts";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { type BlobEntry, readBlobs } from "../../git/blobs.ts";
import { isPartial, isShallow } from "../../git/clone.ts";
import { blobsEver, VAULT_FILES, type Version } from "../../git/objects.ts";
import { filesAt } from "../../git/trees.ts";
import type { Secret } from "../../guard/leaks.ts";
import { displayPath, readVault } from "../../project/find.ts";
import { inGit, type Project } from "../../workspace/project.ts";
import { unlockAtHand } from "../../workspace/unlock-at-hand.ts";
import { type AtHead, committedVersions } from "./at-head.ts";
import { earlierSecrets, secretsOf } from "./earlier-values.ts";

export interface KnownSecrets {
  secrets: Secret[];
  keyrings: Keyring[];
  /** Those of them whose settings let nothing through: of an authority that nobody confirmed here, or from before somebody lost access. */
  undecided: Set<Keyring>;
  /** Environments whose values cannot be searched for: no access, or a custody that would have to be asked. */
  unseen: string[];
  /** Where a key is at hand and what it should open is not right: nothing may be let through then. */
  problem: EnvsealError | null;
  /** Vaults that are here and do not open: nothing may be let through until they do. */
  broken: { file: string; error: EnvsealError }[];
  /** What else was not searched for, a line each. */
  notes: string[];
}

export function nothingKnown(): KnownSecrets {
  return { secrets: [], keyrings: [], undecided: new Set(), unseen: [], problem: null, broken: [], notes: [] };
}

export function addKeyring({ keyrings, undecided }: KnownSecrets, unlocked: Unlocked): void {
  keyrings.push(unlocked.keyring);
  if (!mayDecide(unlocked)) undecided.add(unlocked.keyring);
}

/** Which versions of the vaults count besides those of the work tree (guard.ts says what each is). */
interface Wanted {
  update: boolean;
  bare: boolean;
  incoming: readonly string[];
  staged: readonly Version[];
  replaced: readonly Version[];
  atHead: AtHead | null;
}

/** No key for it here: that is no fault. */
const NOT_MINE = new Set(["NO_KEY", "NO_ACCESS", "NO_PIN", "CUSTODY"]);

/**
 * The values that the key at hand opens: the current ones, and with `update` every earlier one in git too; without it, those
 * of the cache, of the last commit, and of the vaults that a commit replaces, and in a bare repository those of all versions,
 * since it has no others. Nothing is asked: a guard runs where nobody can answer.
 */
export async function knownSecrets(
  project: Project,
  context: Context,
  { update, bare, incoming, staged, replaced, atHead }: Wanted,
): Promise<KnownSecrets> {
  const known: KnownSecrets = nothingKnown();
  const versions = bare || (update && inGit(project)) ? versionsEver(project.root, known.notes, incoming) : replaced;
  for (const environment of environmentNames(project.manifest)) {
    try {
      // Also in a checkout from before somebody lost access: its values must leave no less.
      const unlocked = unlockAtHand(project.manifest, environment, context, true);
      if (unlocked === null) {
        known.unseen.push(environment);
        continue;
      }
      const { keyring } = unlocked;
      addKeyring(known, unlocked);
      if (bare) append(known.secrets, await secretsOf(project, keyring, versions, known.notes));
      else {
        const { secrets, shown } = await currentValues(project, keyring, known);
        const listed = vaultPathsOf(project.manifest, environment);
        const looked = update ? versions : [...committedVersions(project, listed, atHead), ...versions];
        const earlier = await earlierSecrets(project, keyring, looked, known.notes);
        // What a holder of the key made public was a secret once, and is none.
        append(known.secrets, secrets);
        for (const secret of earlier) if (!shown.has(identityOf(secret))) known.secrets.push(secret);
        if (staged.length > 0) append(known.secrets, await secretsOf(project, keyring, staged, known.notes));
      }
    } catch (error) {
      if (!(error instanceof EnvsealError)) throw error;
      known.unseen.push(environment);
      if (!NOT_MINE.has(error.code)) known.problem ??= error;
    }
  }
  return known;
}

/** A clone without trees cannot tell which versions there were, and one without its first commits not all of them. */
export function versionsEver(root: string, notes: string[], incoming: readonly string[]): Version[] {
  if (isShallow(root)) notes.push("this clone is shallow: values of earlier commits are not searched for (git fetch --unshallow)");
  try {
    return blobsEver(root, VAULT_FILES, incoming);
  } catch (error) {
    if (!isEnvsealError(error) || !isPartial(root)) throw error;
    notes.push("earlier versions of the vaults, which this partial clone has not fetched: their values were not searched for");
    return [];
  }
}

const identityOf = ({ name, value }: Pick<Secret, "name" | "value">) => `${name}\0${value}`;

/** @returns the secrets, and which values stand in clear */
async function currentValues(
  project: Project,
  keyring: Keyring,
  { notes, broken }: KnownSecrets,
): Promise<{ secrets: Secret[]; shown: Set<string> }> {
  const { root, manifest } = project;
  const { environment } = keyring;
  const [secrets, shown]: [Secret[], Set<string>] = [[], new Set()];
  const open = (path: string, read: (file: string) => Vault) => {
    const file = join(root, path);
    try {
      const vault = read(file);
      for (const entry of openValues(vault, keyring.keysOf(vault.id, true), displayPath(path)).values()) {
        if (entry.public) shown.add(identityOf(entry));
        else secrets.push({ name: entry.name, vault: path, environment, version: entry.version, current: true, value: entry.value });
      }
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
      broken.push({ file: join(realpathSync(root), path), error });
    }
  };
  const missing = new Set<string>();
  for (const path of vaultPathsOf(manifest, environment)) {
    if (existsSync(join(root, path))) open(path, readVault);
    else missing.add(path);
  }
  const visit = ({ path }: BlobEntry, content: Buffer, { from }: { from: number }) => {
    // The first part of what comes in parts is cut off, and no vault.
    if (from === 0) open(path, () => parseVault(content.toString("utf8"), path));
    missing.delete(path);
  };
  await readBlobs(root, inIndex(project, [...missing]), visit, []);
  for (const path of missing)
    notes.push(`${path} is not here: its values were not searched for; if it is gone for good, delete its entry from envseal.json`);
  return { secrets, shown };
}

/** A sparse checkout has no file of them. */
function inIndex(project: Project, paths: readonly string[]): BlobEntry[] {
  if (paths.length === 0 || !inGit(project)) return [];
  const files = filesAt(
    project.root,
    [""],
    paths.map((path) => `./${path}`),
  );
  return files.map(({ path, oid }) => ({ path: path.slice("./".length), oid }));
}
