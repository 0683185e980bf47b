import { wrapKey } from "../../age/wrap.ts";
import type { Context } from "../../context.ts";
import { environmentEntries } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { keyIdOfTag } from "../../core/commitment.ts";
import { withWrapped } from "../../core/keys/manifest-edits.ts";
import { plain, say } from "../../ui/output.ts";
import { keyringIfOpen } from "../../workspace/keyring.ts";
import { writeManifest } from "../../workspace/manifest.ts";
import type { Project } from "../../workspace/project.ts";

/** Wraps the key for everybody whom an admin let open an environment, and who has no key of it yet: any holder can. */
export async function wrapWaiting(project: Project, context: Context): Promise<Project> {
  let { manifest } = project;
  for (const environment of withWaiting(manifest)) {
    if (context.environment !== undefined && context.environment !== environment) continue;
    const keyring = keyringIfOpen({ ...project, manifest }, environment, context);
    for (const [name, { recipient }] of Object.entries(keyring?.access ?? {})) {
      if (keyring === null || keyring.accessState(name) !== "waiting") continue;
      const dataKey = keyring.dataKey(keyring.active.keyId, "the active key");
      manifest = withWrapped(manifest, keyring.tagger, name, await wrapKey(dataKey, recipient));
      say(context, `${plain(name)} has the key of ${environment} now; commit envseal.json`);
    }
  }
  if (manifest !== project.manifest) writeManifest(project, manifest, context);
  return { ...project, manifest };
}

function withWaiting(manifest: Manifest): string[] {
  return environmentEntries(manifest).flatMap(([environment, { access, statement }]) => {
    const lacks = Object.values(access).some(({ tag }) => tag === undefined || keyIdOfTag(tag) !== statement.active);
    return lacks ? [environment] : [];
  });
}
