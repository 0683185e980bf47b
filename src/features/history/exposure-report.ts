import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { ownMember } from "../../core/authority/authority.ts";
import { entryOf, environmentOf } from "../../core/authority/authority-of.ts";
import type { EnvironmentStatement, KeyEntry } from "../../core/authority/environment-statement.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { reachableKeys } from "../../core/authority/reachable-keys.ts";
import { findVersion } from "../../core/keys/versions.ts";
import { RowTable } from "../../core/vault/vault-rows.ts";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { fromTop, workTree } from "../../git/work-tree.ts";
import { inGit, type Project } from "../../workspace/project.ts";
import { type Exposed, exposedValues, type Unjudged } from "./exposure.ts";
import { earlierManifests, historyOpener } from "./keys.ts";
import { knownValues } from "./known-values.ts";
import { readHistory, type VaultHistory } from "./versions.ts";

/** Who is thought to hold keys of an environment, and which. */
export interface Holder {
  /** For people: `v3 (k7QxPw2A), compromised`, or the leaver's name. */
  who: string;
  /** Key ids, the newest first. */
  keys: Set<string>;
  person: boolean;
}

/** The exposure of one environment: what to change at the providers. */
export interface ExposureReport {
  environment: string;
  who: string;
  /** True where the active key is among theirs: every value of today is known. */
  current: boolean;
  secrets: number;
  values: (Exposed & { file: string; sinceVersion: number | null; exposedVersion: number | null })[];
  unjudged: (Unjudged & { file: string })[];
  /** Environments with values under the same keys that could not be opened, and so were not compared. */
  notCompared: string[];
  /** True where history could not be read to its beginning. */
  cut: boolean;
}

/** Whoever holds this key version. @throws USAGE */
export function holderOfVersion(project: Project, environment: string, text: string): Holder {
  const { statement } = environmentOf(project.manifest, environment);
  const keyId = findVersion(statement, environment, text);
  return holder(`v${statement.keys[keyId]?.version} (${keyId})`, statement, [keyId]);
}

/** Whoever holds the key that is active now: everybody with access, before a rotation. */
export function holderOfActive(project: Project, environment: string): Holder {
  return holderOfVersion(project, environment, environmentOf(project.manifest, environment).statement.active);
}

/** Destroying a key takes it from nobody who had it. */
function isInWrongHands({ state, history }: KeyEntry): boolean {
  return (
    state === "compromised" || state === "suspended" || (state === "destroyed" && history.some((step) => step.state === "compromised"))
  );
}

/** Whoever has a key that is compromised, or suspected to be. Null where none is. */
export function holderOfCompromised(project: Project, environment: string): Holder | null {
  const { statement } = environmentOf(project.manifest, environment);
  const bad = Object.entries(statement.keys).filter(([, key]) => isInWrongHands(key));
  if (bad.length === 0) return null;
  const words = bad.map(([keyId, key]) => `v${key.version} (${keyId}), ${key.state}`);
  return holder(
    words.join("; "),
    statement,
    bad.map(([keyId]) => keyId),
  );
}

/**
 * A recipient of today or of any earlier manifest, under whatever name the same recipient stood: by environment what they hold,
 * environments that are gone included. Empty where they never had access. @throws USAGE
 */
export async function holdersOfRecipient(project: Project, name: string): Promise<Map<string, Holder>> {
  const past = await earlierManifests(project);
  const all = [project.manifest, ...past];
  const own = new Set(all.flatMap((manifest) => addressesOf(manifest, name)));
  if (own.size === 0)
    throw new EnvsealError("USAGE", `nobody called ${name} is or was a recipient of this project`, {
      hint: "envseal recipients lists who is; git log -p envseal.json who was",
    });
  const found = new Map<string, Holder>();
  for (const environment of new Set(all.flatMap(({ environments }) => Object.keys(environments)))) {
    const held = new Set<string>();
    for (const manifest of all) {
      if (!hasAccess(manifest, environment, own)) continue;
      // By the links of that time: today's manifest may not know the key, as after a fork that was given up.
      const then = entryOf(manifest, environment)?.statement as EnvironmentStatement;
      for (const keyId of reachableKeys(then, then.active)) held.add(keyId);
    }
    const statement = newestStatement(project, environment, past);
    if (held.size > 0 && statement !== null) found.set(environment, holder(name, statement, [...held], true));
  }
  return found;
}

/** The recipients that a name stood for: of access entries, and of claims. */
function addressesOf(manifest: Manifest, name: string): string[] {
  const entries = Object.values(manifest.environments).map(({ access }) => ownMember(access, name)?.recipient);
  return [...entries, ownMember(manifest.recipients, name)?.recipient].filter((recipient) => recipient !== undefined);
}

/** Today's statement of an environment; of one that is gone, that of the manifest that knew the most of its keys. */
function newestStatement({ manifest }: Project, environment: string, past: readonly Manifest[]): EnvironmentStatement | null {
  const size = ({ keys }: EnvironmentStatement) => Object.keys(keys).length;
  const of = (one: Manifest) => entryOf(one, environment)?.statement ?? null;
  let newest = of(manifest);
  if (newest !== null) return newest;
  for (const statement of past.map(of)) if (statement !== null && (newest === null || size(statement) >= size(newest))) newest = statement;
  return newest;
}

function hasAccess({ environments }: Manifest, environment: string, own: ReadonlySet<string>): boolean {
  return Object.values(environments[environment]?.access ?? {}).some(
    ({ recipient, wrapped }) => wrapped !== undefined && own.has(recipient),
  );
}

function holder(who: string, statement: EnvironmentStatement, held: readonly string[], person = false): Holder {
  const all = new Set(held.flatMap((keyId) => [...reachableKeys(statement, keyId)]));
  const versionOf = (keyId: string) => statement.keys[keyId]?.version ?? 0;
  return { who, person, keys: new Set([...all].sort((a, b) => versionOf(b) - versionOf(a))) };
}

/**
 * Looks through the vaults of these environments, as they are in the work tree, for what whoever holds the keys of `holders` may
 * know: values that stood under one of them in any environment, gone ones included.
 * @returns a report for each that they hold a key of, and for each other that shares a value with one; where that is none, for all
 */
export async function exposureOf(
  project: Project,
  environments: readonly string[],
  holders: ReadonlyMap<string, Holder>,
  context: Context,
): Promise<ExposureReport[]> {
  if (holders.size === 0) return [];
  const isHere = (environment: string, keyId: string) => {
    const state = entryOf(project.manifest, environment)?.statement.keys[keyId]?.state;
    return state !== undefined && state !== "destroyed";
  };
  const isWhole = [...holders].every(([environment, { keys }]) => [...keys].every((keyId) => isHere(environment, keyId)));
  const past = isWhole ? [] : await earlierManifests(project);
  const opener = historyOpener(project, context, past);
  const exposed = new Map([...holders].map(([environment, { keys }]) => [environment, keys]));
  const known = await knownValues(topOf(project), workTreeVaults(project), exposed, opener);
  const versionOf = (environment: string, keyId: string) => newestStatement(project, environment, past)?.keys[keyId]?.version ?? null;
  const reports: ExposureReport[] = [];
  const without: ExposureReport[] = [];
  for (const environment of environments) {
    const own = holders.get(environment);
    const who =
      own?.who ?? [...new Set([...holders].map(([name, other]) => (other.person ? other.who : `${other.who} of ${name}`)))].join("; ");
    const notCompared = [...known.closed].sort();
    const report: ExposureReport = {
      ...{
        environment,
        who,
        current: own?.keys.has(environmentOf(project.manifest, environment).statement.active) ?? false,
        secrets: 0,
        values: [],
        unjudged: [],
        notCompared,
        cut: known.cut,
      },
    };
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
      const found = exposedValues({ sheet, rows: table.assignments(sheet).values() }, history, exposed, opener, known);
      report.cut ||= history?.cut ?? true;
      report.secrets += found.secrets;
      for (const value of found.exposed)
        report.values.push({
          ...value,
          file,
          sinceVersion: versionOf(environment, value.sinceKey),
          exposedVersion: versionOf(value.exposedIn, value.exposedKey),
        });
      for (const value of found.unjudged) report.unjudged.push({ ...value, file });
    }
    (own !== undefined || report.values.length > 0 ? reports : without).push(report);
  }
  return reports.length > 0 ? reports : without;
}

function topOf(project: Project): string | null {
  try {
    return inGit(project) ? workTree(project.root) : null;
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

/** As they are there, committed or not. */
function workTreeVaults({ root, manifest }: Project): Buffer[] {
  return Object.keys(manifest.vaults).flatMap((file) => (existsSync(join(root, file)) ? [readFileSync(join(root, file))] : []));
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
