import { type Context, textFlag } from "../../../context.ts";
import { oneOf } from "../../../core/authority/admins.ts";
import { headOf } from "../../../core/authority/authority-of.ts";
import { inEnvironment } from "../../../core/authority/environment-option.ts";
import { type Manifest, vaultPathsOf } from "../../../core/authority/manifest.ts";
import { roleOf } from "../../../core/authority/rights.ts";
import { validEntries } from "../../../core/keys/fence.ts";
import { keepersOf, REASONS, type Reason } from "../../../core/keys/rotate.ts";
import { EnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { json, plain, say, warn } from "../../../ui/output.ts";
import { keyringIfOpen, openKeyring } from "../../../workspace/keyring.ts";
import { chosenEnvironments } from "../../../workspace/manifest.ts";
import { openProject } from "../../../workspace/project.ts";
import { rotatorHand } from "../../../workspace/signing.ts";
import { unfinishedIn } from "../../../workspace/unfinished.ts";
import { holderOfActive } from "../../history/exposure-report.ts";
import { tellExposure } from "../../history/exposure-text.ts";
import { type RotationReport, rotateEnvironments } from "../rotate-environment.ts";
import { describeRotations } from "../rotation-report.ts";

/** A new key version; every vault of the environment sealed under it; every old commit still readable. */
export async function run(context: Context): Promise<void> {
  const reason = textFlag(context, "reason") ?? "scheduled";
  if (!REASONS.includes(reason as Reason))
    throw new EnvsealError("USAGE", "there is no such reason", { hint: `--reason takes ${REASONS.join(", ")}` });
  const before = openProject(context);
  const chosen = chosenEnvironments(before, context);
  const isDry = context.flags["dry-run"] === true;
  const asked = { what: `to rotate ${chosen.join(", ")}`, line: lineFor(reason, chosen, context) };
  const hand = isDry ? null : await rotatorHand(before, chosen, asked, context);
  const shut = context.flags.all === true ? chosen.filter((environment) => keyringIfOpen(before, environment, context) === null) : [];
  // Where nothing opens, opening says why.
  const environments = shut.length === chosen.length ? chosen : chosen.filter((environment) => !shut.includes(environment));
  if (hand === null) return dryRun(environments, reason as Reason, context);
  const holders = new Map(environments.map((environment) => [environment, holderOfActive(before, environment)]));
  const reports = await withLock(before.root, context, () => {
    const request = { environments, reason: reason as Reason, fence: context.flags.fence === true };
    return rotateEnvironments(openProject(context), request, hand, context);
  });
  tell(reports, context);
  const open = environments.filter((environment) => unfinishedIn(openProject(context).manifest, environment) === "lowest");
  if (open.length > 0)
    warn(
      `an admin has to run ${open.map((environment) => `envseal rotate${inEnvironment(before.manifest, environment)}`).join(" and ")} yet: what was signed for ${open.join(", ")} before this could be put back until then`,
    );
  if (reason !== "scheduled") await tellExposure(holders, context);
  if (shut.length > 0) throw skipped(openProject(context).manifest, shut, lineFor(reason, shut, context));
}

/** What --all could not do, after all that it could. */
function skipped(manifest: Manifest, environments: readonly string[], line: string): EnvsealError {
  const able = environments.map((environment) => {
    const names = validEntries(manifest, environment).filter((name) => roleOf(headOf(manifest), name, environment) !== "member");
    return `${oneOf(names.map(plain)) || "somebody who opens it"} for ${environment}`;
  });
  return new EnvsealError("NO_ACCESS", `${environments.join(", ")}: not rotated, since your key does not open it; all else is`, {
    hint: `ask ${able.join(", ")} to run: ${line}`,
  });
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
