import { isVariableName } from "../core/names.ts";
import { changed } from "../core/rotate.ts";
import { withLock } from "../project/lock.ts";
import type { Context } from "../ui/context.ts";
import { say } from "../ui/output.ts";
import { assertVariableName } from "../workspace/edit.ts";
import { chosenEnvironments, writeManifest } from "../workspace/environments.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { openProject } from "../workspace/project.ts";

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
      const before = keyring.entry.required;
      const required = context.flags.remove === true ? before.filter((name) => !names.includes(name)) : [...new Set([...before, ...names])];
      manifest = changed(manifest, keyring, { required: required.sort() });
    }
    writeManifest(project, manifest);
  });
  say(
    context,
    `${names.join(", ")} ${context.flags.remove === true ? "may be missing again" : "must be present from now on"}; commit envseal.json`,
  );
}
