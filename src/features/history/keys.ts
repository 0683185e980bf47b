import type { Context } from "../../context.ts";
import { entryOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import type { KeySource } from "../../core/vault/open-vault.ts";
import { isEnvsealError } from "../../errors.ts";
import { manifestsEver, newestManifests } from "../../git/manifests.ts";
import { type MergeKeys, openMergeKeys, openSide } from "../../workspace/keyrings-of-sides.ts";
import { inGit, type Project } from "../../workspace/project.ts";
import { HistoryOpener, type KeysOf } from "./opener.ts";

/** What the project's manifest ever was. Nothing outside git, or where git cannot read it. */
export async function earlierManifests(project: Project): Promise<Manifest[]> {
  if (!inGit(project)) return [];
  try {
    return await manifestsEver(project.root, project.manifest.project);
  } catch (error) {
    if (isEnvsealError(error)) return [];
    throw error;
  }
}

/** The keys of an environment for looking at its history; null where none is at hand. */
export function openHistoryKeys(project: Project, environment: string, context: Context): MergeKeys | null {
  return openMergeKeys(manifests(project), environment, new Set(), context);
}

function* manifests(project: Project): Generator<Manifest> {
  yield project.manifest;
  if (inGit(project)) yield* newestManifests(project);
}

/**
 * Opens rows of any version of the project's vaults, whichever environment they were of.
 * @param past manifests to ask for a key that today's does not open: of a line that was given up, or destroyed since
 */
export function historyOpener(project: Project, context: Context, past: readonly Manifest[] = []): HistoryOpener {
  const keys = new Map<string, MergeKeys | null>();
  const sources = new Map<string, ReturnType<KeysOf>>();
  const earlier = earlierRings(past, context);
  return new HistoryOpener((environment, vaultId) => {
    if (!keys.has(environment)) keys.set(environment, environment === "" ? null : openEver(project, environment, past, context));
    const own = keys.get(environment) ?? null;
    const id = `${environment} ${vaultId}`;
    if (own !== null && !sources.has(id)) {
      sources.set(
        id,
        withEarlier(own.of(vaultId), vaultId, (keyId) => earlier(environment, keyId)),
      );
    }
    return sources.get(id) ?? null;
  });
}

/** Of an environment that is gone, past manifests alone have the keys. */
function openEver(project: Project, environment: string, past: readonly Manifest[], context: Context): MergeKeys | null {
  const having = past.filter(({ environments }) => Object.hasOwn(environments, environment));
  return openHistoryKeys(project, environment, context) ?? openMergeKeys(having, environment, new Set(), context);
}

function withEarlier(own: KeySource, vaultId: string, ringOf: (keyId: string) => Keyring | undefined): KeySource {
  return {
    keyFor: (token, where) => {
      try {
        return own.keyFor(token, where);
      } catch (error) {
        if (!isEnvsealError(error) || !["KEY_UNKNOWN", "KEY_DESTROYED"].includes(error.code)) throw error;
        const ring = ringOf(token.keyId);
        if (ring === undefined) throw error;
        return ring.keysOf(vaultId, true).keyFor(token, where);
      }
    },
  };
}

/** Finds the past manifest that opens a key, each environment's once. */
function earlierRings(past: readonly Manifest[], context: Context) {
  const opened = new Map<string, Keyring[]>();
  return (environment: string, keyId: string): Keyring | undefined => {
    const rings = opened.get(environment) ?? openEach(past, environment, context);
    opened.set(environment, rings);
    return rings.find((ring) => opensKey(ring, keyId));
  };
}

/** One manifest for each set of keys. What parted from a line that is trusted may have done so before a key was destroyed there. */
function openEach(manifests: readonly Manifest[], environment: string, context: Context): Keyring[] {
  const rings: Keyring[] = [];
  const seen = new Set<string>();
  for (const manifest of manifests) {
    const statement = entryOf(manifest, environment)?.statement;
    if (statement === undefined) continue;
    const { active, keys } = statement;
    const set = [active, ...Object.keys(keys).filter((keyId) => keys[keyId]?.state !== "destroyed")].join(" ");
    const ring = seen.has(set) ? null : (openSide(manifest, environment, context)?.keyring ?? null);
    if (ring === null) continue;
    seen.add(set);
    rings.push(ring);
  }
  return rings;
}

function opensKey(ring: Keyring, keyId: string): boolean {
  try {
    ring.dataKey(keyId, "history");
    return true;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}
