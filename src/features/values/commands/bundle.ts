import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Context } from "../../../context.ts";
import { environmentOf } from "../../../core/authority/authority-of.ts";
import type { Manifest } from "../../../core/authority/manifest.ts";
import { withVault } from "../../../core/keys/manifest-edits.ts";
import { MANIFEST_NAME } from "../../../core/names.ts";
import { EnvsealError } from "../../../errors.ts";
import { writeAtomic } from "../../../project/write.ts";
import { say } from "../../../ui/output.ts";
import { manifestText } from "../../../workspace/manifest.ts";
import { openProject, selectTarget } from "../../../workspace/project.ts";
import { openToWrite, vaultText, writableKeyring } from "../../../workspace/vaults.ts";

/** A vault and a manifest that lists only it, tagged for their new place: what a container needs. */
export function run(context: Context): void {
  const folder = resolve(context.cwd, context.args[0] ?? "");
  const project = openProject(context);
  const target = selectTarget(project, context);
  const { vault, access } = openToWrite(project, target, context);
  const keyring = writableKeyring(access, context);
  const manifestPath = join(folder, MANIFEST_NAME);
  const vaultPath = join(folder, basename(target.path));
  const taken = [manifestPath, vaultPath].find((path) => existsSync(path));
  if (manifestPath === project.path || vaultPath === target.path || (taken !== undefined && !context.yes)) {
    throw new EnvsealError("USAGE", `there is a ${taken === vaultPath ? "vault" : "manifest"} in that folder already`, {
      hint: "choose another folder, or add --yes to replace the bundle there",
    });
  }
  const bare: Manifest = {
    envseal: 1,
    project: project.manifest.project,
    authority: project.manifest.authority,
    recipients: {},
    environments: { [vault.environment]: environmentOf(project.manifest, vault.environment) },
    vaults: {},
  };
  const manifest = withVault(bare, keyring.tagger, basename(target.path), vault.id);
  writeAtomic(project.root, manifestPath, manifestText(manifest));
  writeAtomic(project.root, vaultPath, vaultText(target));
  say(context, `bundled ${target.listed} and its manifest into ${context.args[0]}`);
}
