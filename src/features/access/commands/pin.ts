import { parsePin } from "../../../age/unlock.ts";
import type { Context } from "../../../context.ts";
import { headOf } from "../../../core/authority/authority-of.ts";
import { isPinOfBoth, pinOfManifest, trust } from "../../../core/authority/trust.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { readSeen } from "../../../project/pins.ts";
import { json, line, say, warn } from "../../../ui/output.ts";
import { confirm } from "../../../ui/prompt.ts";
import { pinText, seenPinText } from "../../../workspace/pin-text.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import { carriedPin } from "../carried-pin.ts";
import { confirmPin, otherBranches, stillRefused, unconfirmed } from "../pin.ts";

/** Shows the pin of the project's authority; `confirm` says that it is the right one, once for each machine. @throws OLDER_CHECKOUT */
export async function run(context: Context): Promise<void> {
  const [action, given] = context.args;
  const project = openProject(context);
  if (action === undefined) return show(project, context);
  if (action !== "confirm") throw new EnvsealError("USAGE", "pin takes nothing, or confirm and the pin", { hint: "envseal help pin" });
  const pin = given === undefined ? pinOfManifest(project.manifest) : parsePin(given.trim());
  if (pin === null)
    throw new EnvsealError("USAGE", "this is no pin (22 characters of base64url)", { hint: "a teammate's envseal status shows theirs" });
  if (given === undefined) await compare(project, context);
  const before = readSeen(context.env, project.manifest.project);
  const chosen = await chooseBranch(project, context);
  if (!confirmPin(project.manifest, pin, context, chosen)) throw nothingNew(project, context);
  const isKnown = before !== null && pinText(project.manifest) === seenPinText(before) && chosen.length === 0;
  say(
    context,
    `the pin ${pinText(project.manifest)} ${isKnown ? "was confirmed on this machine before: nothing is changed" : "is confirmed on this machine"}`,
  );
  for (const text of stillRefused(project.manifest, context)) warn(text);
}

function show({ manifest }: Project, context: Context): void {
  const [pin, not, carried] = [pinText(manifest), unconfirmed(manifest, context), carriedPin(manifest, context.env)];
  if (context.json) return json({ pin, confirmed: not === null, carried, revision: headOf(manifest).revision });
  line(pin);
  if (not === null) return say(context, "it is confirmed on this machine");
  if (carried !== null && not.isFirst) return say(context, `it is carried by ${carried}: nothing is to be confirmed`);
  if (not.isFirst) return say(context, "it is not confirmed on this machine: envseal pin confirm");
  warn(`this pin is not confirmed on this machine: ${not.why}; ${not.fix}`);
}

/** The pin does not tell two branches apart that replaced one key: the keys are what a person compares. */
async function chooseBranch({ manifest }: Project, context: Context): Promise<string[]> {
  if (unconfirmed(manifest, context) !== null) return [];
  const branches = otherBranches(manifest, context);
  if (branches.length === 0) return [];
  for (const { text } of branches) say(context, text);
  await confirm(context, "does a teammate have the same keys (envseal keys), told by another way than git?", "no");
  return branches.map(({ environment }) => environment);
}

/** What was confirmed here is newer: setting it back would let whoever lost access since in again. */
function nothingNew({ manifest }: Project, context: Context): EnvsealError {
  const why = unconfirmed(manifest, context)?.why ?? "this checkout is behind what this machine has seen";
  return new EnvsealError("OLDER_CHECKOUT", `${why}: a pin from before that does not take its place`, {
    hint: "git pull, or merge the branch that has the newer envseal.json; where that one is lost for good, an admin goes on under this one (envseal rotate --all --fence --allow-older), and everybody confirms the pin of that",
  });
}

/** A machine that has seen another authority is told so first: that is what somebody who forged one would have. */
async function compare(project: Project, context: Context): Promise<void> {
  const { manifest } = project;
  const seen = readSeen(context.env, manifest.project);
  if (seen !== null && isPinOfBoth(manifest, pinOfManifest(manifest), seen)) throw nothingNew(project, context);
  if (seen !== null) say(context, describe(manifest, seen));
  say(context, `the pin of this project is ${pinText(manifest)}; its admins are ${Object.keys(headOf(manifest).admins).sort().join(", ")}`);
  await confirm(context, "does a teammate see the same pin, told by another way than git?", "no");
}

function describe(manifest: Project["manifest"], seen: NonNullable<ReturnType<typeof readSeen>>): string {
  try {
    const verdict = trust(manifest, { pins: [], seen });
    return verdict === "match" || verdict === "newer"
      ? "this machine has a pin already, and this authority goes on from there"
      : "this machine has seen another authority of this project, parted from this one: confirming this one takes that one's place";
  } catch (error) {
    if (isEnvsealError(error)) return `this machine has seen another authority of this project: ${error.message}`;
    throw error;
  }
}
