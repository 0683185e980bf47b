import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { entryOf } from "../../../core/authority/authority-of.ts";
import { vaultPathsOf } from "../../../core/authority/manifest.ts";
import { withSettings } from "../../../core/keys/manifest-edits.ts";
import { isVariableName, matchesPattern } from "../../../core/names.ts";
import { EnvsealError } from "../../../errors.ts";
import { readVault } from "../../../project/find.ts";
import { withLock } from "../../../project/lock.ts";
import { say } from "../../../ui/output.ts";
import { confirm } from "../../../ui/prompt.ts";
import { assertVariableName } from "../../../workspace/edit-vault.ts";
import { openKeyring } from "../../../workspace/keyring.ts";
import { chosenEnvironments, writeManifest } from "../../../workspace/manifest.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import { checkVaults, resealChanged } from "../../rotation/reseal.ts";

/** Names whose values stand in the vault in clear, beside their seal; authenticated, so that nobody without a key adds one. */
export async function run(context: Context): Promise<void> {
  const patterns = context.args;
  for (const pattern of patterns) assertVariableName(pattern.replaceAll("*", "_"), isVariableName);
  const remove = context.flags.remove === true;
  const first = openProject(context);
  const environments = chosenEnvironments(first, context);
  if (remove) refuseUnknown(patterns, first, environments);
  const shown = remove ? [] : shownBy(patterns, first, environments);
  if (shown.length > 0) await confirm(context, `show ${shown.join(", ")} in clear, to everyone who has the repository, for ever?`, "no");
  const vaults = await withLock(first.root, context, () =>
    environments.flatMap((environment) => change(environment, patterns, remove, context)),
  );
  const what = remove ? "sealed alone from now on; what old commits show stays there" : "shown in clear from now on";
  say(context, `${patterns.join(", ")}: ${what}; commit ${["envseal.json", ...vaults].join(", ")}`);
}

/** What an interrupted run left shown counts too. @throws USAGE for a name that is public by another pattern, or not at all */
function refuseUnknown(patterns: readonly string[], project: Project, environments: readonly string[]): void {
  const known = [...new Set(environments.flatMap((environment) => entryOf(project.manifest, environment)?.settings.public ?? []))].sort();
  const left = namesIn(project, environments, true).filter((name) => !known.some((pattern) => matchesPattern(pattern, name)));
  const unknown = patterns.find((pattern) => !known.includes(pattern) && !left.some((name) => matchesPattern(pattern, name)));
  if (unknown === undefined) return;
  throw new EnvsealError("USAGE", `${unknown} is not among the public names of ${environments.join(", ")}`, {
    hint: known.length === 0 ? "there are none" : `those are: ${known.join(", ")}`,
  });
}

/** What is secret in a vault, and would not be any more. */
function shownBy(patterns: readonly string[], project: Project, environments: readonly string[]): string[] {
  return namesIn(project, environments, false).filter((name) => patterns.some((pattern) => matchesPattern(pattern, name)));
}

/** The names that a vault of the environments shows in clear, or those that it does not. */
function namesIn({ root, manifest }: Project, environments: readonly string[], shown: boolean): string[] {
  const paths = environments.flatMap((environment) => vaultPathsOf(manifest, environment));
  const lines = paths.filter((path) => existsSync(join(root, path))).flatMap((path) => readVault(join(root, path)).lines);
  return [...new Set(lines.flatMap((line) => (line.kind === "assignment" && (line.shown !== undefined) === shown ? [line.name] : [])))];
}

/** The manifest first: a vault opens whatever it shows, and running it again seals what is left. */
function change(environment: string, patterns: readonly string[], remove: boolean, context: Context): string[] {
  const project = openProject(context);
  const keyring = openKeyring(project, environment, context);
  checkVaults(project, keyring, false);
  const before = keyring.settings.public;
  const after = remove ? before.filter((pattern) => !patterns.includes(pattern)) : [...new Set([...before, ...patterns])];
  const manifest = withSettings(project.manifest, keyring.tagger, { public: after.sort() });
  writeManifest(project, manifest, context);
  const next = { ...project, manifest };
  return resealChanged(next, openKeyring(next, environment, context));
}
