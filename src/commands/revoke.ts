import type { Manifest } from "../core/manifest.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { say } from "../ui/output.ts";
import { confirm, confirmInWords } from "../ui/prompt.ts";
import { writeManifest } from "../workspace/environments.ts";
import { openProject } from "../workspace/project.ts";
import { rotateEnvironment } from "../workspace/rotation.ts";
import { describeRotation } from "../workspace/rotation-text.ts";

/** Takes access away everywhere, and rotates every environment it was to. */
export async function run(context: Context): Promise<void> {
  const [name = ""] = context.args;
  const project = openProject(context);
  const { recipients, environments } = project.manifest;
  if (!Object.hasOwn(recipients, name))
    throw new EnvsealError("USAGE", `there is no recipient ${name}`, { hint: "envseal recipients lists them" });
  // The list of who has access is not authenticated against removals: a leaver may have taken their own entry out.
  const onlyAsked = context.flags.request === true;
  const theirs = onlyAsked ? [] : Object.keys(environments).sort();
  const alone = theirs.filter((environment) => Object.keys(environments[environment]?.access ?? {}).every((other) => other === name));
  if (onlyAsked && Object.values(environments).some(({ access }) => Object.hasOwn(access, name))) {
    throw new EnvsealError("USAGE", `${name} has access, which is more than a request`, { hint: `envseal revoke ${name}` });
  }
  if (alone.length > 0) {
    throw new EnvsealError("USAGE", `${name} is the last recipient of ${alone.join(", ")}: nobody could open it any more`, {
      hint: "grant someone else access first",
    });
  }
  await confirmLastRecovery(project.manifest, name, context);
  await confirm(context, `take all access from ${name}${theirs.length === 0 ? "" : ` and rotate ${theirs.join(", ")}`}?`);
  await withLock(project.root, async () => {
    for (const environment of theirs) {
      const { report } = await rotateEnvironment(
        openProject(context),
        { environment, reason: "offboarding", fence: true, without: name },
        context,
      );
      say(context, describeRotation(report, "offboarding"));
    }
    const now = openProject(context);
    const { [name]: _gone, ...rest } = now.manifest.recipients;
    writeManifest(now, { ...now.manifest, recipients: rest });
  });
  const deploy = Object.entries(recipients).filter(
    ([other, { custody }]) =>
      other !== name &&
      custody?.kind === "deploy" &&
      theirs.some((environment) => Object.hasOwn(environments[environment]?.access ?? {}, other)),
  );
  if (deploy.length > 0)
    say(
      context,
      `\n${name} knew the key that these deploy keys are pinned to, and could fork from it; create them anew: ${deploy.map(([other]) => other).join(", ")}`,
    );
}

/** Without a recovery path, losing every identity loses the values: --yes alone does not say that this is meant. */
async function confirmLastRecovery({ recipients }: Manifest, name: string, context: Context): Promise<void> {
  const recovery = Object.keys(recipients).filter((other) => recipients[other]?.custody?.kind === "recovery");
  if (recovery.length !== 1 || recovery[0] !== name) return;
  const question = "this is the last recovery path: without one, losing every identity loses the values";
  await confirmInWords(textFlag(context, "last-recovery"), "no way back", question, "--last-recovery");
}
