import { authorityOf, withoutUnnamed } from "../authority/authority-of.ts";
import type { Environment, Manifest, VaultEntry } from "../authority/manifest.ts";
import { isAtOrAboveFloor } from "../authority/reachable-keys.ts";
import { keyIdOfTag } from "../commitment.ts";
import type { Side } from "./merge.ts";
import { mergeAccess, mergeRecipient } from "./merge-access.ts";
import { mergeSettings } from "./merge-settings.ts";
import { type Lead, mergeStatement } from "./merge-statement.ts";
import { type LeftOut, type Sides, withoutRemoved } from "./removed-by-side.ts";
import { mergeRecords, mergeValue, type Settle, type Three } from "./three-way.ts";

/** What has to be made anew of an environment before the merged manifest is authentic, and who can. */
export interface Unsigned {
  environment: string;
  lead: Lead;
  /** True if its statement is to be signed, by an admin or a rotator. */
  statement: boolean;
  /** True if its settings are to be tagged, by whoever holds the key. */
  settings: boolean;
  /** Listings to tag. */
  vaults: string[];
  /** Entries for which whoever holds the key can wrap it; until somebody does, they wait. */
  waiting: string[];
}

export interface MergedManifest {
  manifest: Manifest;
  /** What both sides changed differently, in words. */
  conflicts: string[];
  unsigned: Unsigned[];
  /** True where both sides changed the authority: an admin has to join the two; the manifest has ours. */
  parted: boolean;
  /** Access that one side has and does not get in. */
  leftOut: LeftOut[];
}

/**
 * Three-way merge of manifests, without a key: it takes what either side changed, and says what has to be signed.
 * @param prefer the side that a conflict is given to
 * @returns null for manifests of two projects
 */
export function mergeManifests(given: Sides, prefer: (conflict: string) => Side = () => "ours"): MergedManifest | null {
  if (given.ours.project !== given.theirs.project) return null;
  const { base, ours, theirs, leftOut } = withoutRemoved(given);
  const conflicts: string[] = [];
  const settle: Settle = (what) => {
    conflicts.push(what);
    return prefer(what);
  };
  const of = <T>(pick: (manifest: Manifest) => T): Three<T> => ({
    base: base === null ? undefined : pick(base),
    ours: pick(ours),
    theirs: pick(theirs),
  });

  const [own, other] = [authorityOf(ours), authorityOf(theirs)];
  const parted = !own.contains(other.headDigest) && !other.contains(own.headDigest);
  const { authority } = own.contains(other.headDigest) || parted ? ours : theirs;
  const recipients = mergeRecords(
    of((manifest) => manifest.recipients),
    (name, recipient) => mergeRecipient(name, recipient, settle),
  );
  const unsigned = new Map<string, Unsigned>();
  const environments = mergeRecords(
    of((manifest) => manifest.environments),
    (name, versions) => {
      const { base: b, ours: o, theirs: t } = versions;
      // Whether it is there at all, the authority says.
      if (o === undefined || t === undefined) return o ?? t;
      const merged = mergeEnvironment(name, { base: b, ours: o, theirs: t }, settle);
      unsigned.set(name, merged.unsigned);
      return merged.entry;
    },
  );
  const vaults = mergeRecords(
    of((manifest) => manifest.vaults),
    (path, listed) => mergeListing(path, listed, environments, settle),
  );
  for (const [path, { environment, tag }] of Object.entries(vaults)) {
    const statement = environments[environment]?.statement;
    if (statement !== undefined && !isAtOrAboveFloor(statement, keyIdOfTag(tag))) unsigned.get(environment)?.vaults.push(path);
  }
  const verified = [ours, theirs].flatMap(({ backup }) => (backup === undefined ? [] : [backup.verified])).sort();
  const backup = verified.at(-1);
  const manifest: Manifest = {
    envseal: 1,
    project: ours.project,
    authority,
    recipients,
    environments,
    vaults,
    ...(backup !== undefined && { backup: { verified: backup } }),
  };
  const left = [...unsigned.values()].filter(
    ({ statement, settings, vaults: paths, waiting }) => statement || settings || paths.length + waiting.length > 0,
  );
  return {
    manifest: parted ? manifest : withoutUnnamed(manifest),
    conflicts,
    unsigned: left.filter(({ environment }) => Object.hasOwn(environments, environment)),
    parted,
    leftOut,
  };
}

function mergeEnvironment(
  name: string,
  { base, ours, theirs }: { base: Environment | undefined; ours: Environment; theirs: Environment },
  settle: Settle,
): { entry: Environment; unsigned: Unsigned } {
  const of = <T>(pick: (entry: Environment) => T) => ({ base: base && pick(base), ours: pick(ours), theirs: pick(theirs) });
  const { statement, lead, unsigned } = mergeStatement(
    name,
    of((entry) => entry.statement),
    settle,
  );
  const accepts = (tag: string) => isAtOrAboveFloor(statement, keyIdOfTag(tag));
  const access = mergeAccess(
    name,
    of((entry) => entry.access),
    statement.active,
    settle,
  );
  const { settings, untagged } = mergeSettings(
    name,
    of((entry) => entry.settings),
    settle,
    accepts,
  );
  return {
    entry: { statement, access, settings },
    unsigned: {
      environment: name,
      lead,
      statement: unsigned,
      settings: untagged || !accepts(settings.tag),
      vaults: [],
      waiting: Object.keys(access).filter((who) => access[who]?.wrapped === undefined),
    },
  };
}

/** Two listings of one vault differ by their tag alone where one side rotated: one that readers accept is taken. */
function mergeListing(
  path: string,
  listed: Three<VaultEntry>,
  environments: Readonly<Record<string, Environment>>,
  settle: Settle,
): VaultEntry | undefined {
  const { base, ours, theirs } = listed;
  if (ours !== undefined && theirs !== undefined && contentOf(ours) === contentOf(theirs)) {
    const statement = environments[theirs.environment]?.statement;
    const accepts = ({ tag }: VaultEntry) => statement !== undefined && isAtOrAboveFloor(statement, keyIdOfTag(tag));
    return accepts(theirs) && (!accepts(ours) || keyIdOfTag(theirs.tag) === statement?.active) ? theirs : ours;
  }
  // The environment is in the file's name: what else two sides can list there is another vault.
  const id = mergeValue(
    { base: base && contentOf(base), ours: ours && contentOf(ours), theirs: theirs && contentOf(theirs) },
    `the listing of ${path}`,
    settle,
  );
  return [ours, theirs].find((entry) => entry !== undefined && contentOf(entry) === id);
}

function contentOf({ tag: _, ...listed }: VaultEntry): string {
  return JSON.stringify(listed);
}
