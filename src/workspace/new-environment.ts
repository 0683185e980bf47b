import type { Context } from "../context.ts";
import { ownMember } from "../core/authority/authority.ts";
import { environmentEntries, headOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import type { StatementSigner } from "../core/authority/statement.ts";
import { validEntries } from "../core/keys/fence.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { now } from "../system/clock.ts";
import { createEnvironment, type Holder } from "./create-vault.ts";
import type { Project } from "./project.ts";
import { proposePublic } from "./public-names.ts";
import { adminHand } from "./signing.ts";

/** For a new environment of an existing project: the admin who makes it, and the project's recovery. */
export function firstHolders(manifest: Manifest, admin: StatementSigner): Holder[] {
  const recipient = ownMember(headOf(manifest).admins, admin.name)?.recipient as string;
  const own: Holder = {
    name: admin.name,
    recipient,
    kind: recoveryHolders(manifest).some(({ name }) => name === admin.name) ? "recovery" : "person",
  };
  return [own, ...recoveryHolders(manifest).filter(({ name }) => name !== admin.name)];
}

/** Recovery words by their signed entries, each once. */
function recoveryHolders(manifest: Manifest): Holder[] {
  const found = new Map<string, Holder>();
  for (const [environment, { access }] of environmentEntries(manifest)) {
    for (const name of validEntries(manifest, environment)) {
      const entry = access[name];
      if (entry?.kind === "recovery") found.set(name, { name, recipient: entry.recipient, kind: "recovery" });
    }
  }
  return [...found.values()];
}

/**
 * The manifest with an environment as `init` makes it for files with these names; nothing is written.
 * @param sealed names that are not to be shown in clear
 * @throws NEEDS_ADMIN
 */
export async function addEnvironment(
  project: Project,
  environment: string,
  names: Iterable<string>,
  context: Context,
  sealed: readonly string[] = [],
): Promise<{ manifest: Manifest; keyring: Keyring; publicPatterns: string[] }> {
  const publicPatterns = proposePublic(names, sealed);
  const signer = await adminHand(
    project,
    { what: `to add the environment ${environment}`, line: `envseal env add ${environment}` },
    context,
  );
  const holders = firstHolders(project.manifest, signer);
  const made = await createEnvironment(project.manifest, { environment, holders, publicPatterns, created: now() }, signer);
  return { ...made, publicPatterns };
}
