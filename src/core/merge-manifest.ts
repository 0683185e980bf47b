import type { Environment, Manifest, VaultEntry } from "./manifest.ts";
import type { Side } from "./merge.ts";
import { type Lead, mergeEnvironment, mergeRecipient } from "./merge-environment.ts";
import { mergeRecords, mergeValue, type Settle, type Three } from "./three-way.ts";

/** What a holder of an environment's key has to sign anew before the merged manifest is authentic. */
export interface Unsigned {
  environment: string;
  lead: Lead;
  /** True if the environment's own tag is to be made. */
  entry: boolean;
  /** Recipients to wrap the active key for. */
  grants: string[];
  /** Listings to tag. */
  vaults: string[];
}

export interface MergedManifest {
  manifest: Manifest;
  /** What both sides changed differently, in words. */
  conflicts: string[];
  unsigned: Unsigned[];
}

/**
 * Three-way merge of manifests, without a key: it takes what either side changed, and says what has to be signed anew.
 * @param prefer the side that a conflict is given to
 * @returns null for manifests of two projects
 */
export function mergeManifests(
  base: Manifest | null,
  ours: Manifest,
  theirs: Manifest,
  prefer: (conflict: string) => Side = () => "ours",
): MergedManifest | null {
  if (ours.project !== theirs.project) return null;
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

  const recipients = mergeRecords(
    of((manifest) => manifest.recipients),
    (name, recipient) => mergeRecipient(name, recipient, settle),
  );
  const isStill = (who: string, side: Manifest) => side.recipients[who]?.recipient === recipients[who]?.recipient;
  const unsigned = new Map<string, Unsigned>();
  const environments = mergeRecords(
    of((manifest) => manifest.environments),
    (name, versions) => {
      if (versions.ours === undefined || versions.theirs === undefined) return mergeValue(versions, `the environment ${name}`, settle);
      const { entry, lead, unsigned: stale, grants } = mergeEnvironment(name, versions as Required<Three<Environment>>, settle);
      const [leader, other] = lead === "theirs" ? [theirs, ours] : [ours, theirs];
      // The leader wrapped its key for whoever had the name before: that entry stays, spoiled, unless the other's is genuine.
      const theirOwn = (other.environments[name] as Environment).access;
      const replaced = Object.keys(entry.access).filter(
        (who) => !isStill(who, leader) && isStill(who, other) && Object.hasOwn(theirOwn, who),
      );
      const sameKey = versions.theirs.active === versions.ours.active;
      unsigned.set(name, {
        environment: name,
        lead,
        entry: stale,
        grants: [...grants, ...(sameKey ? [] : replaced)].filter((who) => Object.hasOwn(recipients, who)),
        vaults: [],
      });
      const accessOf = (who: string) => (sameKey && replaced.includes(who) ? theirOwn : entry.access)[who] as Environment["access"][string];
      const kept = Object.keys(entry.access).filter((who) => Object.hasOwn(recipients, who));
      return { ...entry, access: Object.fromEntries(kept.map((who) => [who, accessOf(who)])) };
    },
  );
  const vaults = mergeRecords(
    of((manifest) => manifest.vaults),
    (path, listed) => mergeListing(path, listed, environments, settle),
  );
  for (const [path, { environment, tag }] of Object.entries(vaults))
    if (keyOfTag(tag) !== environments[environment]?.active) unsigned.get(environment)?.vaults.push(path);

  const verified = [ours, theirs].flatMap(({ backup }) => (backup === undefined ? [] : [backup.verified])).sort();
  const backup = verified.at(-1);
  const manifest: Manifest = {
    envseal: 1,
    project: ours.project,
    recipients,
    environments,
    vaults,
    ...(backup !== undefined && { backup: { verified: backup } }),
  };
  const left = [...unsigned.values()].filter(
    ({ lead, entry, grants, vaults: paths }) => lead === "fork" || entry || grants.length + paths.length > 0,
  );
  return { manifest, conflicts, unsigned: left };
}

/** Two listings of one vault differ by their tag alone where one side rotated: the active key's is taken. */
function mergeListing(
  path: string,
  listed: Three<VaultEntry>,
  environments: Readonly<Record<string, Environment>>,
  settle: Settle,
): VaultEntry | undefined {
  const { base, ours, theirs } = listed;
  if (ours !== undefined && theirs !== undefined && ours.id === theirs.id)
    return keyOfTag(theirs.tag) === environments[theirs.environment]?.active ? theirs : ours;
  // The environment is in the file's name: what else two sides can list there is another vault.
  const id = mergeValue({ base: base?.id, ours: ours?.id, theirs: theirs?.id }, `the listing of ${path}`, settle);
  return [ours, theirs].find((entry) => entry !== undefined && entry.id === id);
}

function keyOfTag(tag: string): string {
  return tag.split(":")[1] as string;
}
