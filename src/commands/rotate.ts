import { vaultPathsOf } from "../core/manifest.ts";
import { keepersOf, REASONS, type Reason } from "../core/rotate.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { json, say, warn } from "../ui/output.ts";
import { chosenEnvironments } from "../workspace/environments.ts";
import { holderOfActive } from "../workspace/exposure.ts";
import { tellExposure } from "../workspace/exposure-text.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { openProject } from "../workspace/project.ts";
import { type RotationReport, rotateEnvironments } from "../workspace/rotation.ts";
import { describeRotations } from "../workspace/rotation-text.ts";
import { rotatorHand } from "../workspace/signing.ts";
import { unfinishedIn } from "../workspace/unfinished.ts";

/** A new key version; every vault of the environment sealed under it; every old commit still readable. */
export async function run(context: Context): Promise<void> {
  const reason = textFlag(context, "reason") ?? "scheduled";
  if (!REASONS.includes(reason as Reason))
    throw new EnvsealError("USAGE", "there is no such reason", { hint: `--reason takes ${REASONS.join(", ")}` });
  const environments = chosenEnvironments(openProject(context), context);
  if (context.flags["dry-run"] === true) return dryRun(environments, reason as Reason, context);
  const before = openProject(context);
  const holders = new Map(environments.map((environment) => [environment, holderOfActive(before, environment)]));
  const asked = { what: `to rotate ${environments.join(", ")}`, line: lineFor(reason, environments, context) };
  const hand = await rotatorHand(before, environments, asked, context);
  const reports = await withLock(before.root, context, () => {
    const request = { environments, reason: reason as Reason, fence: context.flags.fence === true };
    return rotateEnvironments(openProject(context), request, hand, context);
  });
  tell(reports, context);
  const open = environments.filter((environment) => unfinishedIn(openProject(context).manifest, environment) === "lowest");
  if (open.length > 0)
    warn(`an admin has to run envseal rotate yet: what was signed for ${open.join(", ")} before this could be put back until then`);
  if (reason !== "scheduled") await tellExposure(holders, context);
}

/** What an admin types to do the same. */
function lineFor(reason: string, environments: readonly string[], { flags }: Context): string {
  const words = [reason === "scheduled" ? "" : `--reason ${reason}`, flags.fence === true ? "--fence" : ""];
  const [only] = environments;
  return ["envseal rotate", environments.length === 1 ? `-e ${only}` : "--all", ...words].filter(Boolean).join(" ");
}

function tell(reports: readonly RotationReport[], context: Context): void {
  if (context.json) json(reports);
  else say(context, describeRotations(reports));
}

function dryRun(environments: readonly string[], reason: Reason, context: Context): void {
  const project = openProject(context);
  for (const environment of environments) {
    const keyring = openKeyring(project, environment, context);
    const { kept } = keepersOf(keyring);
    say(
      context,
      `${environment}: v${keyring.active.version} would be replaced (${reason}); ${vaultPathsOf(project.manifest, environment).join(", ")} sealed anew; access for ${kept.join(", ")}; nothing was changed`,
    );
  }
}
