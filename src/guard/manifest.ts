import { type AccessEntry, accessCounts } from "../core/authority/access-entry.ts";
import { entryOf, headOf, scopeOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { type ManifestChange, manifestChanges } from "../core/manifest/manifest-diff.ts";
import type { Finding } from "./finding.ts";

const FIX = "take envseal.json from git again (git log -p envseal.json tells who changed it)";

/** What a change of the manifest does that no command of envseal does. Needs no key. */
export function inspectChange(path: string, before: Manifest, after: Manifest): Finding[] {
  return changesFound(path, manifestChanges(before, after));
}

/** The same of a further manifest of a project, such as a bundle: what it does not hold, it did not lose. */
export function inspectCopy(path: string, before: Manifest, after: Manifest): Finding[] {
  const isHeld = ({ environment }: ManifestChange) => environment === "" || entryOf(after, environment) !== undefined;
  return changesFound(path, manifestChanges(before, after).filter(isHeld));
}

function changesFound(path: string, changes: readonly ManifestChange[]): Finding[] {
  return changes
    .filter(({ legal, isDoubtful }) => !legal || isDoubtful)
    .map(({ text, isDoubtful }) => ({ ...changeFinding(path, text), ...(isDoubtful && { level: "warning" as const }) }));
}

export function changeFinding(path: string, text: string, fix = FIX): Finding {
  return { rule: "manifest-change", path, message: `${path}: ${text}`, fix };
}

const MADE =
  "where the merge is made already: envseal resolve --with COMMIT, the parent that has it (HEAD^1 or HEAD^2 right after the merge)";

/** What a merge does not have of one of the commits that it joins. */
export function lossFinding(path: string, text: string): Finding {
  const fix = `merge again, and let envseal resolve join the two; where one side is taken whole, the one that rotated; ${MADE}`;
  return changeFinding(path, `${text}, and a parent of the merge has it`, fix);
}

/** What a merge does not have of what one of the commits that it joins decided. */
export function leftOutFinding(path: string, parent: Manifest): Finding {
  const text = `revision ${headOf(parent).revision} of the authority was left out, and a parent of the merge has it: what it decided would be undone`;
  const fix = `merge again, and let envseal resolve join the two: no side's envseal.json holds what both decided; ${MADE}`;
  return changeFinding(path, text, fix);
}

/** Entries that nobody with the key made: an environment's keyring tells which. */
export function inspectEntries(path: string, keyring: Keyring): Finding[] {
  const { environment, access, manifest, head, statement } = keyring;
  // What nobody signed is found without a key.
  const isSigned = (name: string, entry: AccessEntry) =>
    accessCounts(head, scopeOf(manifest, environment), statement.revision, name, entry);
  const slippedIn = Object.keys(access).filter(
    (name) => keyring.accessState(name) === "spoiled" && isSigned(name, access[name] as AccessEntry),
  );
  const unlisted = Object.entries(manifest.vaults).filter(
    ([vault, listed]) => listed.environment === environment && !keyring.listsVault(vault),
  );
  return [
    ...slippedIn.map((name) => ({
      rule: "forged-access" as const,
      path,
      message: `${path}: the access entry of ${name} to ${environment} holds another key than the environment's: someone without its key put it there; it gets nothing at the next rotation`,
      fix: `${FIX}; an entry that was never right is removed, or an admin gives that access after comparing fingerprints: envseal grant ${name} -e ${environment}`,
    })),
    ...unlisted.map(([vault]) => ({
      rule: "forged-manifest" as const,
      path,
      message: `${path}: the entry for ${vault} was made or changed by someone without the key of ${environment}`,
      fix: FIX,
    })),
  ];
}

/** What changed, by environment: found when it is asked for, and once, since every environment may ask. */
export function changesOnce(before: Manifest | null, after: Manifest): (environment: string) => ManifestChange[] {
  let found: ManifestChange[] | undefined;
  return (environment) => {
    found ??= before === null ? [] : manifestChanges(before, after);
    return found.filter((change) => change.environment === environment);
  };
}

/** An environment that does not open as its key would have it. @param changes what differs in it from the last commit, where that is known */
export function forgedEnvironment(path: string, message: string, changes: readonly ManifestChange[]): Finding {
  const what = changes.length === 0 ? "" : ` (${changes.map(({ text }) => text).join("; ")})`;
  return { rule: "forged-manifest", path, message: `${path}: ${message}${what}`, fix: FIX };
}
