import { type AccessEntry, accessProblem } from "../core/authority/access-entry.ts";
import { ownMember } from "../core/authority/authority.ts";
import { entryOf, environmentNames, headOf, scopeOf } from "../core/authority/authority-of.ts";
import { environmentProblem } from "../core/authority/environment-statement.ts";
import { formerGranter, formerSigner, SIGN_AGAIN } from "../core/authority/former-signer.ts";
import { type Manifest, vaultPathsOf } from "../core/authority/manifest.ts";
import { isAtOrAboveFloor } from "../core/authority/reachable-keys.ts";
import { keyIdOfTag } from "../core/commitment.ts";
import { outdatedEntries } from "../core/keys/fence.ts";
import type { Finding } from "./finding.ts";

const FIX = "take envseal.json from git again (git log -p envseal.json tells who changed it)";
const WHY = {
  "not listed": "is not in the authority",
  unsigned: "is not signed by anybody who may",
  "too high": "is a rotator's, with a revision or version that leaves no room for the next ones",
  beyond: "is a rotator's, and destroys a key or links to one that is not older, which only an admin may",
  replaced: "is from before somebody lost access",
} as const;

/** Entries of which it is asked who gave them once: each takes more signatures. */
const MOST_GRANTERS = 64;

/**
 * What in a manifest nobody signed who has the right to. Needs no key; that the authority is the right one is not asked.
 * @param isVerified whether each statement of the authority was found to be signed: only then is anybody named who had the right once
 */
export function inspectSignatures(path: string, manifest: Manifest, isVerified = false): Finding[] {
  let left = isVerified ? MOST_GRANTERS : 0;
  const granterOf = (environment: string, name: string, entry: AccessEntry) =>
    left-- > 0 ? formerGranter(manifest, environment, name, entry) : null;
  return environmentNames(manifest).flatMap((environment) => {
    const entry = entryOf(manifest, environment);
    if (entry === undefined) return [forged(path, `the authority names ${environment}, and the manifest lacks its keys`)];
    const problem = environmentProblem(headOf(manifest), scopeOf(manifest, environment), entry.statement);
    const former = isVerified && problem === "unsigned" ? formerSigner(manifest, environment) : null;
    const what = (why: string) => `the statement of ${environment} ${why}`;
    const found =
      former === null
        ? problem === null
          ? []
          : [forged(path, what(WHY[problem]))]
        : [{ ...forged(path, what(`was signed by ${former}, who has no right to any more`)), fix: SIGN_AGAIN }];
    return [...found, ...unsignedEntries(path, manifest, environment, granterOf), ...lowTags(path, manifest, environment)];
  });
}

/** What a tag vouches for takes the key; that it was made with none that counts is seen without: somebody put back what was before a floor. */
function lowTags(path: string, manifest: Manifest, environment: string): Finding[] {
  const { statement, settings } = entryOf(manifest, environment) as NonNullable<ReturnType<typeof entryOf>>;
  const isLow = (tag: string) => !isAtOrAboveFloor(statement, keyIdOfTag(tag));
  const vaults = vaultPathsOf(manifest, environment).filter((vault) => isLow(manifest.vaults[vault]?.tag as string));
  return [
    ...(isLow(settings.tag) ? [forged(path, `the settings of ${environment} were changed by hand, or by someone without its key`)] : []),
    ...vaults.map((vault) => forged(path, `the entry for ${vault} was made or changed by someone without the key of ${environment}`)),
  ];
}

function forged(path: string, what: string): Finding {
  return { rule: "forged-manifest", path, message: `${path}: ${what}`, fix: FIX };
}

/**
 * Warns of entries that are from before somebody lost access and that `before` did not hold so: they were put back, or a merge as text
 * brought them in. They open nothing; and they are not to look, to the next merge, as if they had stayed.
 */
export function inspectPutBack(path: string, before: Manifest, after: Manifest): Finding[] {
  if (before.project !== after.project) return [];
  return environmentNames(after).flatMap((environment) => {
    const had = entryOf(before, environment)?.access ?? {};
    const { access = {} } = entryOf(after, environment) ?? {};
    const isSame = (name: string) => JSON.stringify(ownMember(had, name)?.signatures) === JSON.stringify(access[name]?.signatures);
    return outdatedEntries(after, environment)
      .filter((name) => !isSame(name))
      .map((name) => ({
        rule: "forged-access" as const,
        path,
        level: "warning" as const,
        message: `${path}: the access entry of ${name} to ${environment} is from before somebody lost access, and does not count: someone put it back, or a branch from before was merged as text`,
        fix: `whoever is to have no access: take the entry out; after a merge as text, an admin signs again what counted there: envseal resolve --with COMMIT; else: envseal grant ${name} -e ${environment}`,
      }));
  });
}

type GranterOf = (environment: string, name: string, entry: AccessEntry) => string | null;

function unsignedEntries(path: string, manifest: Manifest, environment: string, granterOf: GranterOf): Finding[] {
  const { access, statement } = entryOf(manifest, environment) as NonNullable<ReturnType<typeof entryOf>>;
  const isForged = (name: string) => {
    const problem = accessProblem(headOf(manifest), scopeOf(manifest, environment), statement.revision, name, access[name] as AccessEntry);
    return problem === "unsigned" || problem === "ahead";
  };
  return Object.keys(access)
    .filter(isForged)
    .map((name) => {
      const former = granterOf(environment, name, access[name] as AccessEntry);
      const by = former === null ? "nobody who may give access" : `${former}, who may give no access any more`;
      return {
        rule: "forged-access" as const,
        path,
        message: `${path}: the access entry of ${name} to ${environment} is signed by ${by}; it opens nothing and gets nothing at the next rotation`,
        fix: `${FIX}; an entry that was never right is removed, or an admin gives that access after comparing fingerprints: envseal grant ${name} -e ${environment}`,
      };
    });
}
