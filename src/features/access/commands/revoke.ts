import { type Context, textFlag } from "../../../context.ts";
import { ownMember } from "../../../core/authority/authority.ts";
import type { AuthorityMembers } from "../../../core/authority/authority-changes.ts";
import { environmentEntries, environmentNames, environmentOf, headOf } from "../../../core/authority/authority-of.ts";
import { accessByName, type Manifest } from "../../../core/authority/manifest.ts";
import { roleOf } from "../../../core/authority/rights.ts";
import { validEntries } from "../../../core/keys/fence.ts";
import { keepersOf } from "../../../core/keys/rotate.ts";
import { EnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { say } from "../../../ui/output.ts";
import { confirm, confirmInWords } from "../../../ui/prompt.ts";
import { openKeyring } from "../../../workspace/keyring.ts";
import { writeManifest } from "../../../workspace/manifest.ts";
import { pinText } from "../../../workspace/pin-text.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import { recoveryPaths } from "../../../workspace/recovery-paths.ts";
import { type Hand, handOf, needsAdmin } from "../../../workspace/signing.ts";
import { isDueIn } from "../../../workspace/unfinished.ts";
import { holdersOfRecipient } from "../../history/exposure-report.ts";
import { tellExposure } from "../../history/exposure-text.ts";
import { rotateEnvironments } from "../../rotation/rotate-environment.ts";
import { leftOut } from "../../rotation/rotation-record.ts";
import { describeRotations } from "../../rotation/rotation-report.ts";
import { leaverOf } from "../leaver.ts";
import { refuseOwnRole } from "../roles.ts";

const WAIVER = "no way back";

/** Takes access and every role away, everywhere, and rotates every environment that this key opens. */
export async function run(context: Context): Promise<void> {
  const [name = ""] = context.args;
  if (context.environment !== undefined)
    throw new EnvsealError("USAGE", "revoke takes access to every environment away, and -e names one", {
      hint: "leave -e out; then grant again what they are to keep: envseal grant NAME -e ENVIRONMENT",
    });
  const project = openProject(context);
  const { recipients, held } = await leaverOf(project, name);
  // Who took their own entry out of the list is rotated against all the same.
  const { recipients: requests } = project.manifest;
  const isListed = recipients.size > 0 || Object.hasOwn(requests, name) || Object.hasOwn(headOf(project.manifest).rotators, name);
  if (!isListed && !isUnderWay(project, name, context))
    throw new EnvsealError("USAGE", `there is no recipient ${name}`, {
      hint: "envseal recipients lists them; whoever took their own entry out, and is in no history here: envseal rotate --all --fence",
    });
  if (context.flags.request === true) return dropRequest(name, context);
  const hand = await handOf(project, context);
  const asked = { what: `to take all access from ${name}`, line: `envseal revoke ${name}` };
  if (hand === null) throw needsAdmin(project.manifest, asked);
  const names = namesOf(project.manifest, name, recipients);
  const { reachable, unreachable } = reach(project, names, hand, context);
  const authority = rolesWithout(project.manifest, names);
  if (hand.role !== "admin" && authority !== undefined) throw needsAdmin(project.manifest, asked);
  refuseOwnRole(project.manifest, names, hand, `envseal revoke ${name}`);
  await confirmLastRecovery(project, reachable, names, context);
  const rotates = reachable.length === 0 ? "" : ` and rotate ${reachable.join(", ")}`;
  await confirm(context, `take all access from ${names.join(" and ")}${rotates}?`);
  const holders = await holdersIfKnown(project, name);
  await withLock(project.root, context, async () => {
    const request = {
      ...({ environments: reachable, reason: "offboarding", fence: true, without: name, recipients } as const),
      ...(hand.role === "admin" && { others: unreachable, held: unreachable.filter(held) }),
      ...(authority !== undefined && { authority }),
    };
    const reports = await rotateEnvironments(openProject(context), request, hand, context);
    if (reports.length > 0) say(context, describeRotations(reports));
  });
  await tellExposure(holders, context);
  if (authority !== undefined) tellOfPins(openProject(context).manifest, name, context);
  const { manifest } = openProject(context);
  const left = environmentEntries(manifest).flatMap(([environment, { access }]) =>
    Object.entries(access).some(([other, { recipient }]) => names.includes(other) || recipients.has(recipient)) ? [environment] : [],
  );
  if (left.length > 0) throw needsAdmin(manifest, { ...asked, what: `to take access to ${left.join(", ")} from ${name}` });
  if (hand.role !== "admin")
    throw needsAdmin(manifest, { ...asked, what: "to end what was granted and signed before", line: "envseal rotate --all" });
  const known = unreachable.filter((environment) => isDueIn(manifest, environment));
  if (known.length === 0) return;
  throw new EnvsealError(
    "NO_ACCESS",
    `${name} has no access to ${known.join(", ")} any more, and knows its key, which yours does not open`,
    {
      hint: howToReplace(manifest, known[0] as string, hand),
    },
  );
}

/** Whoever opens an environment and may replace its key; where nobody is both, how somebody becomes it. */
function howToReplace(manifest: Manifest, environment: string, { name }: Hand): string {
  const words = new Set(recoveryPaths(manifest).map((path) => path.name));
  const able = validEntries(manifest, environment).filter(
    (other) => !words.has(other) && roleOf(headOf(manifest), other, environment) !== "member",
  );
  return able.length > 0
    ? `${able.join(" or ")} runs: envseal rotate -e ${environment}`
    : `envseal grant ${name} -e ${environment}; then somebody who opens it runs envseal sync; then: envseal rotate -e ${environment}`;
}

/** True where this machine was stopped in the middle of the same command: the list has nothing of them any more. */
function isUnderWay(project: Project, name: string, context: Context): boolean {
  return environmentNames(project.manifest).some((environment) => leftOut(project, environment, context) === name);
}

/** A rotator may never have opened anything. */
async function holdersIfKnown(project: Project, name: string): ReturnType<typeof holdersOfRecipient> {
  try {
    return await holdersOfRecipient(project, name);
  } catch (error) {
    if (error instanceof EnvsealError && error.code === "USAGE") return new Map();
    throw error;
  }
}

/** Every name that stands for the same identity: it would keep access under the others. */
function namesOf(manifest: Manifest, name: string, recipients: ReadonlySet<string>): string[] {
  const admins = Object.entries(headOf(manifest).admins).map(([other, { recipient }]) => [other, recipient] as const);
  const same = [...signedEntries(manifest), ...admins].filter(([, recipient]) => recipients.has(recipient)).map(([other]) => other);
  return [...new Set([name, ...same])];
}

/** Name and recipient of every entry that counts. */
function signedEntries(manifest: Manifest): (readonly [name: string, recipient: string])[] {
  return environmentEntries(manifest).flatMap(([environment, { access }]) =>
    validEntries(manifest, environment).map((name) => [name, access[name]?.recipient as string] as const),
  );
}

/** The authority's members without these people's roles; undefined where they have none. */
function rolesWithout(manifest: Manifest, names: readonly string[]): Partial<AuthorityMembers> | undefined {
  const { admins, rotators } = headOf(manifest);
  const left = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
  const isListed = names.some((name) => Object.hasOwn(admins, name) || Object.hasOwn(rotators, name));
  return isListed ? { admins: left(admins), rotators: left(rotators) } : undefined;
}

/**
 * The environments to rotate: all that this key opens and this hand may rotate, since a leaver may have taken their own entry out
 * of a list, whose removals nobody signs.
 * @throws USAGE where nobody else could open one of them any more; NO_ACCESS and the like where none can be opened
 */
function reach(project: Project, names: readonly string[], hand: Hand, context: Context): { reachable: string[]; unreachable: string[] } {
  const [reachable, unreachable]: [string[], string[]] = [[], []];
  let problem: EnvsealError | null = null;
  const { rotators } = headOf(project.manifest);
  for (const environment of environmentNames(project.manifest)) {
    try {
      if (hand.role !== "admin" && ownMember(rotators, hand.name)?.environments.includes(environment) !== true) {
        unreachable.push(environment);
        continue;
      }
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
  // An admin takes access away without a key, too; the key stays known then.
  if (reachable.length === 0 && problem !== null && hand.role !== "admin") throw problem;
  return { reachable, unreachable };
}

/** Takes a pending join out; rotates nothing, since nothing was given. */
async function dropRequest(name: string, context: Context): Promise<void> {
  const { root, manifest } = openProject(context);
  if (accessByName(manifest).has(name) || Object.hasOwn(headOf(manifest).admins, name))
    throw new EnvsealError("USAGE", `${name} has access, which is more than a request`, { hint: `envseal revoke ${name}` });
  await confirm(context, `drop the request of ${name}?`);
  await withLock(root, context, () => {
    const now = openProject(context);
    const { [name]: _gone, ...rest } = now.manifest.recipients;
    writeManifest(now, { ...now.manifest, recipients: rest }, context);
  });
  say(context, `the request of ${name} is gone; commit envseal.json`);
}

/** A leaver who was an admin could sign a fork that goes on from any pin of before. */
function tellOfPins(manifest: Manifest, name: string, context: Context): void {
  const deploy = environmentNames(manifest).flatMap((environment) =>
    Object.entries(environmentOf(manifest, environment).access).flatMap(([other, { kind }]) => (kind === "deploy" ? [other] : [])),
  );
  if (deploy.length === 0) return;
  say(
    context,
    `\n${name} could sign for machines that only know an earlier pin; set ENVSEAL_PIN=${pinText(manifest)} on those of: ${[...new Set(deploy)].sort().join(", ")}`,
  );
}

/** Without a recovery path, losing every identity loses the values: --yes alone does not say that this is meant. */
async function confirmLastRecovery(project: Project, reachable: readonly string[], names: readonly string[], context: Context) {
  const paths = recoveryPaths(project.manifest).filter(({ opens }) => opens.length > 0);
  if (!paths.some(({ name }) => names.includes(name))) return;
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
