import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { append } from "../core/append.ts";
import { environmentOf } from "../core/keyring.ts";
import type { Environment, KeyEntry, Manifest } from "../core/manifest.ts";
import { reachableKeys } from "../core/reach.ts";
import { RowTable } from "../core/vault-rows.ts";
import { findVersion } from "../core/versions.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { manifestsEver } from "../git/manifests.ts";
import { workTree } from "../git/objects.ts";
import { type Exposed, exposedValues, type Unjudged } from "../history/exposure.ts";
import { knownAnywhere } from "../history/known.ts";
import type { HistoryOpener } from "../history/opener.ts";
import { readHistory, type VaultHistory } from "../history/versions.ts";
import type { Context } from "../ui/context.ts";
import { fromTop } from "./history.ts";
import { historyOpener } from "./history-keys.ts";
import { inGit, type Project } from "./project.ts";

/** Who is thought to hold keys of an environment, and which. */
export interface Holder {
  /** For people: `v3 (k7QxPw2A), compromised`, or the leaver's name. */
  who: string;
  /** Key ids, the newest first. */
  keys: Set<string>;
  /** True where the active key is among them: every value of today is known. */
  current: boolean;
}

/** The exposure of one environment: what to change at the providers. */
export interface ExposureReport {
  environment: string;
  who: string;
  current: boolean;
  secrets: number;
  values: (Exposed & { file: string; sinceVersion: number | null; exposedVersion: number | null })[];
  unjudged: (Unjudged & { file: string })[];
  /** True where history could not be read to its beginning. */
  cut: boolean;
}

/** Whoever holds this key version. @throws USAGE */
export function holderOfVersion(project: Project, environment: string, text: string): Holder {
  const entry = environmentOf(project.manifest, environment);
  const keyId = findVersion(entry, environment, text);
  return holder(`v${entry.keys[keyId]?.version} (${keyId})`, entry, [keyId]);
}

/** Whoever holds the key that is active now: everybody with access, before a rotation. */
export function holderOfActive(project: Project, environment: string): Holder {
  return holderOfVersion(project, environment, environmentOf(project.manifest, environment).active);
}

/** Destroying a key takes it from nobody who had it. */
function isInWrongHands({ state, history }: KeyEntry): boolean {
  return (
    state === "compromised" || state === "suspended" || (state === "destroyed" && history.some((step) => step.state === "compromised"))
  );
}

/** Whoever has a key that is compromised, or suspected to be. Null where none is. */
export function holderOfCompromised(project: Project, environment: string): Holder | null {
  const entry = environmentOf(project.manifest, environment);
  const bad = Object.entries(entry.keys).filter(([, key]) => isInWrongHands(key));
  if (bad.length === 0) return null;
  const words = bad.map(([keyId, key]) => `v${key.version} (${keyId}), ${key.state}`);
  return holder(
    words.join("; "),
    entry,
    bad.map(([keyId]) => keyId),
  );
}

/** A recipient of today or of any earlier manifest, under whatever name the same recipient stood. Null where they never had access. @throws USAGE */
export async function holderOfRecipient(project: Project, environment: string, name: string): Promise<Holder | null> {
  const entry = environmentOf(project.manifest, environment);
  const all = [project.manifest, ...(await earlierManifests(project))];
  const own = new Set(all.flatMap(({ recipients }) => (Object.hasOwn(recipients, name) ? [recipients[name]?.recipient] : [])));
  if (own.size === 0)
    throw new EnvsealError("USAGE", `nobody called ${name} is or was a recipient of this project`, {
      hint: "envseal recipients lists who is; git log -p envseal.json who was",
    });
  const held = new Set<string>();
  for (const manifest of all) {
    if (!hasAccess(manifest, environment, own)) continue;
    // By the links of that time: today's manifest may not know the key, as after a fork that was given up.
    const then = environmentOf(manifest, environment);
    for (const keyId of reachableKeys(then, then.active)) held.add(keyId);
  }
  return held.size === 0 ? null : holder(name, entry, [...held]);
}

function hasAccess({ recipients, environments }: Manifest, environment: string, own: ReadonlySet<string | undefined>): boolean {
  return Object.keys(environments[environment]?.access ?? {}).some((name) => own.has(recipients[name]?.recipient));
}

function holder(who: string, entry: Environment, held: readonly string[]): Holder {
  const all = new Set(held.flatMap((keyId) => [...reachableKeys(entry, keyId)]));
  const versionOf = (keyId: string) => entry.keys[keyId]?.version ?? 0;
  return { who, keys: new Set([...all].sort((a, b) => versionOf(b) - versionOf(a))), current: all.has(entry.active) };
}

/** None outside git, or where git cannot read them. */
async function earlierManifests(project: Project): Promise<Manifest[]> {
  if (!inGit(project)) return [];
  try {
    return await manifestsEver(project.root, project.manifest.project);
  } catch (error) {
    if (isEnvsealError(error)) return [];
    throw error;
  }
}

/** Looks through the environment's vaults, as they are in the work tree, and through all of their history. */
export async function exposureOf(
  project: Project,
  environment: string,
  { who, keys, current }: Holder,
  context: Context,
): Promise<ExposureReport> {
  const entry = environmentOf(project.manifest, environment);
  const isClosed = (keyId: string) => !Object.hasOwn(entry.keys, keyId) || entry.keys[keyId]?.state === "destroyed";
  const opener = historyOpener(project, context, [...keys].some(isClosed) ? await earlierManifests(project) : []);
  const report: ExposureReport = { environment, who, current, secrets: 0, values: [], unjudged: [], cut: false };
  const versionOf = (keyId: string) => entry.keys[keyId]?.version ?? null;
  const elsewhere = await elsewhereOf(project, environment, keys, opener);
  report.cut = elsewhere === null;
  for (const [file, vault] of Object.entries(project.manifest.vaults)) {
    const path = join(project.root, file);
    if (vault.environment !== environment) continue;
    if (!existsSync(path)) {
      report.unjudged.push({ name: "every value", problem: "the vault is not in the work tree", file });
      continue;
    }
    const history = await historyOf(project, path);
    const table = history?.table ?? new RowTable();
    const sheet = table.read(readFileSync(path, "utf8"));
    const found = exposedValues({ sheet, rows: table.assignments(sheet).values() }, history, keys, opener, elsewhere ?? undefined);
    report.cut ||= history?.cut ?? true;
    report.secrets += found.secrets;
    report.values.push(
      ...found.exposed.map((value) => ({
        ...value,
        file,
        sinceVersion: versionOf(value.sinceKey),
        exposedVersion: versionOf(value.exposedKey),
      })),
    );
    append(
      report.unjudged,
      found.unjudged.map((value) => ({ ...value, file })),
    );
  }
  return report;
}

/** Null as below. */
async function elsewhereOf(project: Project, environment: string, keys: Holder["keys"], opener: HistoryOpener) {
  if (!inGit(project)) return null;
  try {
    return await knownAnywhere(workTree(project.root), environment, keys, opener);
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

/** Null outside git, or where git cannot read it: what the vault itself says is all there is then. */
async function historyOf(project: Project, path: string): Promise<VaultHistory | null> {
  if (!inGit(project)) return null;
  try {
    const top = workTree(project.root);
    return await readHistory(top, fromTop(top, realpathSync(path)));
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}
