import { vaultPathsOf } from "../core/manifest.ts";
import { REASONS, type Reason } from "../core/rotate.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { json, say } from "../ui/output.ts";
import { chosenEnvironments } from "../workspace/environments.ts";
import { holderOfActive } from "../workspace/exposure.ts";
import { tellExposure } from "../workspace/exposure-text.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { openProject } from "../workspace/project.ts";
import { type RotationReport, rotateEnvironment } from "../workspace/rotation.ts";
import { describeRotation } from "../workspace/rotation-text.ts";

/** A new key version; every vault of the environment sealed under it; every old commit still readable. */
export async function run(context: Context): Promise<void> {
  const reason = textFlag(context, "reason") ?? "scheduled";
  if (!REASONS.includes(reason as Reason))
    throw new EnvsealError("USAGE", "there is no such reason", { hint: `--reason takes ${REASONS.join(", ")}` });
  const environments = chosenEnvironments(openProject(context), context);
  if (context.flags["dry-run"] === true) return dryRun(environments, reason as Reason, context);
  const before = openProject(context);
  const holders = new Map(environments.map((environment) => [environment, holderOfActive(before, environment)]));
  const reports: RotationReport[] = [];
  try {
    await withLock(openProject(context).root, context, async () => {
      for (const environment of environments) {
        const request = { environment, reason: reason as Reason, fence: context.flags.fence === true };
        reports.push((await rotateEnvironment(openProject(context), request, context)).report);
      }
    });
  } catch (error) {
    // What stops at one environment does not undo those before it.
    if (reports.length > 0) tell(reports, context);
    throw error;
  }
  tell(reports, context);
  if (reason !== "scheduled") await tellExposure(holders, context);
}

function tell(reports: readonly RotationReport[], context: Context): void {
  if (context.json) json(reports);
  else for (const report of reports) say(context, describeRotation(report));
}

function dryRun(environments: readonly string[], reason: Reason, context: Context): void {
  const project = openProject(context);
  for (const environment of environments) {
    const keyring = openKeyring(project, environment, context);
    const kept = Object.keys(keyring.entry.access).filter((name) => keyring.accessIsGenuine(name));
    say(
      context,
      `${environment}: v${keyring.active.version} would be replaced (${reason}); ${vaultPathsOf(project.manifest, environment).join(", ")} sealed anew; access for ${kept.join(", ")}; nothing was changed`,
    );
  }
}
