import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { entryOf } from "../../../core/authority/authority-of.ts";
import { vaultPathsOf } from "../../../core/authority/manifest.ts";
import { withSettings } from "../../../core/keys/manifest-edits.ts";
import { isVariableName } from "../../../core/names.ts";
import { linesOf } from "../../../guard/history.ts";
import { readVault } from "../../../project/find.ts";
import { withLock } from "../../../project/lock.ts";
import { say, warn } from "../../../ui/output.ts";
import { assertVariableName } from "../../../workspace/edit-vault.ts";
import { openKeyring } from "../../../workspace/keyring.ts";
import { chosenEnvironments, writeManifest } from "../../../workspace/manifest.ts";
import { openProject, type Project } from "../../../workspace/project.ts";

/** Names without which a loader does not start; authenticated, so that removing a line cannot go unnoticed. */
export async function run(context: Context): Promise<void> {
  const names = context.args;
  for (const name of names) assertVariableName(name, isVariableName);
  const { root } = openProject(context);
  await withLock(root, context, () => {
    const project = openProject(context);
    let { manifest } = project;
    for (const environment of chosenEnvironments(project, context)) {
      const keyring = openKeyring({ ...project, manifest }, environment, context);
      const before = keyring.settings.required;
      const required = context.flags.remove === true ? before.filter((name) => !names.includes(name)) : [...new Set([...before, ...names])];
      manifest = withSettings(manifest, keyring.tagger, { required: required.sort() });
    }
    writeManifest(project, manifest, context);
    for (const text of context.flags.remove === true ? neverRequired(project, context) : notSet(project, context)) warn(text);
  });
  say(
    context,
    `${names.join(", ")} ${context.flags.remove === true ? "may be missing again" : "must be present from now on"}; commit envseal.json`,
  );
}

/** A name may be required before it is set; where it is mistyped, nothing of the environment starts. */
function notSet(project: Project, context: Context): string[] {
  const { root, manifest } = project;
  const environments = chosenEnvironments(project, context);
  const paths = environments.flatMap((environment) => vaultPathsOf(manifest, environment)).filter((path) => existsSync(join(root, path)));
  return paths.flatMap((path) => {
    const set = linesOf(readVault(join(root, path)));
    const lacking = context.args.filter((name) => !set.has(name));
    return lacking.length === 0 ? [] : [`${path} has no ${lacking.join(", ")}: what loads it does not start until that is set`];
  });
}

function neverRequired(before: Project, context: Context): string[] {
  const required = new Set(
    chosenEnvironments(before, context).flatMap((environment) => entryOf(before.manifest, environment)?.settings.required ?? []),
  );
  return context.args.filter((name) => !required.has(name)).map((name) => `${name} was not required`);
}
