import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { environmentNames, environmentOf, hasEnvironment, headOf } from "../../../core/authority/authority-of.ts";
import { vaultPathsOf } from "../../../core/authority/manifest.ts";
import { waitingFor } from "../../../core/keys/entry-state.ts";
import { validEntries } from "../../../core/keys/fence.ts";
import { withoutEnvironment } from "../../../core/keys/new-environment.ts";
import { isEnvironment, vaultName } from "../../../core/names.ts";
import { emptyDocument } from "../../../core/vault/edit-document.ts";
import { EnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { writeAtomic } from "../../../project/write.ts";
import { fitting } from "../../../ui/fitting.ts";
import { json, line, say } from "../../../ui/output.ts";
import { confirm } from "../../../ui/prompt.ts";
import { createVault } from "../../../workspace/create-vault.ts";
import { rememberOwn } from "../../../workspace/keyring.ts";
import { writeManifest } from "../../../workspace/manifest.ts";
import { addEnvironment } from "../../../workspace/new-environment.ts";
import { openProject } from "../../../workspace/project.ts";
import { adminHand, openToSign } from "../../../workspace/signing.ts";
import { isRemoved, remainsOf } from "../remains.ts";

/** The environments of the project: which there are, a new one, or one less. */
export async function run(context: Context): Promise<void> {
  const [action, name = ""] = context.args;
  if (action === "list" && name === "") return list(context);
  if (action !== "add" && action !== "remove")
    throw new EnvsealError("USAGE", "env takes list, or add or remove and a name", { hint: "envseal help env" });
  if (!isEnvironment(name))
    throw new EnvsealError("BAD_NAME", "this is no name for an environment", { hint: "lower-case letters, digits and -, such as staging" });
  return action === "add" ? add(name, context) : remove(name, context);
}

function list(context: Context): void {
  const { manifest } = openProject(context);
  const entries = environmentNames(manifest).map((name) => {
    const { statement } = environmentOf(manifest, name);
    const rotators = Object.entries(headOf(manifest).rotators).filter(([, { environments }]) => environments.includes(name));
    return {
      name,
      version: statement.keys[statement.active]?.version,
      vaults: vaultPathsOf(manifest, name).sort(),
      access: validEntries(manifest, name).sort(),
      waiting: waitingFor(manifest, name).names,
      rotators: rotators.map(([rotator]) => rotator),
    };
  });
  if (context.json) return json(entries);
  const rows = entries.map(({ name, version, vaults, access, waiting }) => [
    name,
    `v${version}`,
    vaults.join(", ") || "none",
    access.map((who) => (waiting.includes(who) ? `${who} (waiting)` : who)).join(", "),
  ]);
  line(fitting([["NAME", "KEY", "VAULTS", "ACCESS"], ...rows]));
}

/** A first key, an empty vault at the project's root, and access for the admin who made it and the recovery words. */
async function add(name: string, context: Context): Promise<void> {
  const { root, manifest } = openProject(context);
  if (hasEnvironment(manifest, name))
    throw new EnvsealError("USAGE", `there is an environment ${name} already`, { hint: "envseal env list shows them" });
  await withLock(root, context, async () => {
    const project = openProject(context);
    const path = vaultName(name);
    if (existsSync(join(root, path)))
      throw new EnvsealError("UNLISTED_VAULT", `${path} is there already, and the manifest does not list it`, {
        hint: isRemoved(project.manifest, name)
          ? `it is left from before ${name} was removed; delete it: envseal env remove ${name}`
          : "move it away first",
      });
    const made = await addEnvironment(project, name, [], context);
    const vault = createVault(made.manifest, made.keyring, path, emptyDocument());
    writeManifest(project, vault.manifest, context);
    writeAtomic(root, join(root, path), vault.text);
    rememberOwn(vault.manifest, context);
    const holders = validEntries(vault.manifest, name).join(", ");
    say(context, `${name} is there, with ${path}; ${holders} can open it; commit envseal.json and ${path}`);
  });
}

/** The authority remembers that it was there, so that nobody can put an older one back. Run again, it finishes what was interrupted. */
async function remove(name: string, context: Context): Promise<void> {
  const project = openProject(context);
  const isGone = isRemoved(project.manifest, name);
  if (!isGone && !hasEnvironment(project.manifest, name)) environmentOf(project.manifest, name);
  const signer = await adminHand(project, { what: `to remove ${name}`, line: `envseal env remove ${name}` }, context);
  const listed = vaultPathsOf(project.manifest, name).filter((path) => existsSync(join(project.root, path)));
  const paths = isGone ? remainsOf(project, name) : listed;
  const files = paths.join(", ");
  const what = isGone
    ? `${name} is removed already; delete ${files}`
    : `remove ${name} with its keys${files === "" ? "" : `, and delete ${files}`}`;
  if (!isGone || paths.length > 0) await confirm(context, `${what}? git history keeps what is committed`, "no");
  await withLock(project.root, context, () => {
    const current = openToSign(context);
    const next = isRemoved(current.manifest, name) ? current.manifest : withoutEnvironment(current.manifest, name, signer);
    if (next !== current.manifest) writeManifest(current, next, context);
    rememberOwn(next, context);
    for (const path of paths) rmSync(join(project.root, path), { force: true });
  });
  say(context, `${name} is removed; commit envseal.json${paths.length === 0 ? "" : " and the deleted vaults"}`);
}
