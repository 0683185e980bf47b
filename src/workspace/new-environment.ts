import { recipientNames } from "../age/unlock.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Manifest } from "../core/manifest.ts";
import { EnvsealError } from "../errors.ts";
import { personalKey } from "../loader/key.ts";
import { readPins } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";
import { createEnvironment } from "./create.ts";
import { now } from "./environments.ts";
import { openKeyring } from "./keyring.ts";
import type { Project } from "./project.ts";
import { proposePublic } from "./secrets.ts";

/** For a new environment of an existing project: whoever makes it, and the project's recovery. @throws NO_ACCESS */
export function knownRecipients(project: Project, context: Context): string[] {
  const { manifest } = project;
  const { identity } = personalKey(context.env, manifest.project, context.identity);
  const names = recipientNames(manifest, identity);
  if (names.length === 0)
    throw new EnvsealError("NO_ACCESS", "your identity is no recipient of this project", {
      hint: "ask a teammate for access: envseal join",
    });
  // The list of recipients is not authenticated: only who was given access by a holder of some key is given more.
  const keyrings = Object.keys(manifest.environments)
    .filter((environment) => names.some((name) => Object.hasOwn(manifest.environments[environment]?.access ?? {}, name)))
    .map((environment) => openKeyring(project, environment, context));
  const genuine = (name: string) => keyrings.some((keyring) => keyring.accessIsGenuine(name));
  const own = names.find(genuine) ?? (names[0] as string);
  const recovery = Object.entries(manifest.recipients).filter(([name, { custody }]) => custody?.kind === "recovery" && genuine(name));
  return [own, ...recovery.map(([entry]) => entry)];
}

/** An environment that this machine has a pin of is not new. @throws PIN_MISMATCH */
export function refuseVanished(project: Project | null, environments: readonly string[], context: Context): void {
  const pins = project === null ? {} : readPins(context.env, project.manifest.project);
  const vanished = environments.find((environment) => Object.hasOwn(pins, environment));
  if (vanished === undefined) return;
  throw new EnvsealError("PIN_MISMATCH", `this machine knows a key of ${vanished}, and the manifest has no such environment any more`, {
    hint: "take envseal.json from git again (git log -p envseal.json tells who removed it)",
  });
}

/** The manifest with an environment as `init` makes it for files with these names; nothing is written. @param sealed names that are not to be shown in clear */
export async function addEnvironment(
  project: Project,
  environment: string,
  names: Iterable<string>,
  context: Context,
  sealed: readonly string[] = [],
): Promise<{ manifest: Manifest; keyring: Keyring; publicPatterns: string[] }> {
  refuseVanished(project, [environment], context);
  const publicPatterns = proposePublic(names, sealed);
  const recipients = knownRecipients(project, context);
  const made = await createEnvironment(project.manifest, { environment, recipients, publicPatterns, created: now() });
  return { ...made, publicPatterns };
}
