import { accessByName, type Manifest } from "../core/manifest.ts";
import { keepersOf } from "../core/rotate.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { say } from "../ui/output.ts";
import { confirm, confirmInWords } from "../ui/prompt.ts";
import { writeManifest } from "../workspace/environments.ts";
import { holdersOfRecipient } from "../workspace/exposure.ts";
import { tellExposure } from "../workspace/exposure-text.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { openProject, type Project } from "../workspace/project.ts";
import { recoveryPaths } from "../workspace/recovery.ts";
import { rotateEnvironment } from "../workspace/rotation.ts";
import { describeRotation } from "../workspace/rotation-text.ts";

const WAIVER = "no way back";

/** Takes access away everywhere, and rotates every environment it was to. */
export async function run(context: Context): Promise<void> {
  const [name = ""] = context.args;
  if (context.environment !== undefined)
    throw new EnvsealError("USAGE", "revoke takes access to every environment away, and -e names one", {
      hint: "leave -e out; then grant again what they are to keep: envseal grant NAME -e ENVIRONMENT",
    });
  const project = openProject(context);
  if (!Object.hasOwn(project.manifest.recipients, name))
    throw new EnvsealError("USAGE", `there is no recipient ${name}`, { hint: "envseal recipients lists them" });
  if (context.flags.request === true) return dropRequest(name, context);
  const names = namesOf(project.manifest, name);
  const { reachable, unreachable } = reach(project, names, context);
  await confirmLastRecovery(project, reachable, names, context);
  await confirm(context, `take all access from ${names.join(" and ")} and rotate ${reachable.join(", ")}?`);
  const holders = await holdersOfRecipient(project, name);
  await withLock(project.root, context, async () => {
    for (const environment of reachable) {
      const request = { environment, reason: "offboarding", fence: true, without: name } as const;
      const { report } = await rotateEnvironment(openProject(context), request, context);
      say(context, describeRotation(report));
    }
    const now = openProject(context);
    const access = accessByName(now.manifest);
    const gone = new Set(names.filter((other) => !access.has(other)));
    const rest = Object.fromEntries(Object.entries(now.manifest.recipients).filter(([other]) => !gone.has(other)));
    writeManifest(now, { ...now.manifest, recipients: rest });
  });
  await tellExposure(holders, context);
  tellOfDeployKeys(project.manifest, names, reachable, context);
  if (unreachable.length > 0) {
    throw new EnvsealError("NO_ACCESS", `${name} was not taken out of ${unreachable.join(", ")}, which your key does not open`, {
      hint: "someone with access runs the same; an environment that nobody made knowingly is removed from envseal.json by hand",
    });
  }
}

/** Every name that stands for the same identity: it would keep access under the others. */
function namesOf({ recipients }: Manifest, name: string): string[] {
  const own = recipients[name]?.recipient;
  return [name, ...Object.keys(recipients).filter((other) => other !== name && recipients[other]?.recipient === own)];
}

/**
 * The environments to rotate: all that this key opens, since a leaver may have taken their own entry out of a list that is
 * not authenticated against removals.
 * @throws USAGE where nobody else could open one of them any more; NO_ACCESS and the like where none can be opened
 */
function reach(project: Project, names: readonly string[], context: Context): { reachable: string[]; unreachable: string[] } {
  const [reachable, unreachable]: [string[], string[]] = [[], []];
  let problem: EnvsealError | null = null;
  for (const environment of Object.keys(project.manifest.environments).sort()) {
    try {
      const { kept } = keepersOf(openKeyring(project, environment, context));
      if (kept.every((other) => names.includes(other))) {
        throw new EnvsealError("USAGE", `${names[0]} is the last recipient of ${environment}: nobody could open it any more`, {
          hint: "grant someone else access first",
        });
      }
      reachable.push(environment);
    } catch (error) {
      if (!(error instanceof EnvsealError) || (error.code !== "NO_ACCESS" && error.code !== "WRONG_KEY")) throw error;
      problem = error;
      unreachable.push(environment);
    }
  }
  if (reachable.length === 0 && problem !== null) throw problem;
  return { reachable, unreachable };
}

/** Takes a pending join out; rotates nothing, since nothing was given. */
async function dropRequest(name: string, context: Context): Promise<void> {
  const { root, manifest } = openProject(context);
  if (Object.values(manifest.environments).some(({ access }) => Object.hasOwn(access, name)))
    throw new EnvsealError("USAGE", `${name} has access, which is more than a request`, { hint: `envseal revoke ${name}` });
  await confirm(context, `drop the request of ${name}?`);
  await withLock(root, context, () => {
    const now = openProject(context);
    const { [name]: _gone, ...rest } = now.manifest.recipients;
    writeManifest(now, { ...now.manifest, recipients: rest });
  });
  say(context, `the request of ${name} is gone; commit envseal.json`);
}

function tellOfDeployKeys(
  { recipients, environments }: Manifest,
  names: readonly string[],
  rotated: readonly string[],
  context: Context,
): void {
  const knew = Object.keys(recipients).filter(
    (other) =>
      !names.includes(other) &&
      recipients[other]?.custody?.kind === "deploy" &&
      rotated.some((environment) => Object.hasOwn(environments[environment]?.access ?? {}, other)),
  );
  if (knew.length === 0) return;
  say(
    context,
    `\n${names[0]} knew the key that these deploy keys are pinned to, and could fork from it; create them anew: ${knew.join(", ")}`,
  );
}

/** Without a recovery path, losing every identity loses the values: --yes alone does not say that this is meant. */
async function confirmLastRecovery(project: Project, reachable: readonly string[], names: readonly string[], context: Context) {
  const paths = recoveryPaths(project.manifest).filter(({ opens }) => opens.length > 0);
  if (!paths.some(({ name }) => names.includes(name))) return;
  // Anyone can write an entry that says it is another path.
  const stays = ({ name, opens }: (typeof paths)[number]) =>
    reachable.some((environment) => opens.includes(environment) && openKeyring(project, environment, context).accessIsGenuine(name));
  if (paths.some((path) => !names.includes(path.name) && stays(path))) return;
  const question = "this is the last recovery path: without one, losing every identity loses the values";
  await confirmInWords(textFlag(context, "last-recovery"), WAIVER, {
    question,
    prompt: `type: ${WAIVER}`,
    instead: `add --last-recovery "${WAIVER}"`,
  });
}
