import { parsePin } from "../age/unlock.ts";
import { headOf } from "../core/authority-of.ts";
import { pinOfManifest, trust } from "../core/trust.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { readSeen } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";
import { json, line, say, warn } from "../ui/output.ts";
import { confirm } from "../ui/prompt.ts";
import { confirmPin } from "../workspace/pin.ts";
import { pinText } from "../workspace/pin-text.ts";
import { openProject, type Project } from "../workspace/project.ts";

/** Shows the pin of the project's authority; `confirm` says that it is the right one, once for each machine. */
export async function run(context: Context): Promise<void> {
  const [action, given] = context.args;
  const project = openProject(context);
  if (action === undefined) return show(project, context);
  if (action !== "confirm") throw new EnvsealError("USAGE", "pin takes nothing, or confirm and the pin", { hint: "envseal help pin" });
  const pin = given === undefined ? pinOfManifest(project.manifest) : parsePin(given.trim());
  if (pin === null)
    throw new EnvsealError("USAGE", "this is no pin (22 characters of base64url)", { hint: "a teammate's envseal status shows theirs" });
  if (given === undefined) await compare(project, context);
  confirmPin(project.manifest, pin, context);
  say(context, `the pin ${pinText(project.manifest)} is confirmed on this machine`);
}

function show({ manifest }: Project, context: Context): void {
  const [pin, confirmed] = [pinText(manifest), isConfirmed(manifest, context)];
  if (context.json) return json({ pin, confirmed, revision: headOf(manifest).revision });
  line(pin);
  say(
    context,
    confirmed ? "a pin of this project is confirmed on this machine" : "it is not confirmed on this machine: envseal pin confirm",
  );
}

/** A damaged record says nothing of the pin here, which is what a person compares before they delete it. */
function isConfirmed(manifest: Project["manifest"], { env }: Context): boolean {
  try {
    return readSeen(env, manifest.project) !== null;
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    warn(`${error.message}; ${error.hint}`);
    return false;
  }
}

/** A machine that has seen another authority is told so first: that is what somebody who forged one would have. */
async function compare({ manifest }: Project, context: Context): Promise<void> {
  const seen = readSeen(context.env, manifest.project);
  if (seen !== null) say(context, describe(manifest, seen));
  say(context, `the pin of this project is ${pinText(manifest)}; its admins are ${Object.keys(headOf(manifest).admins).sort().join(", ")}`);
  await confirm(context, "does a teammate see the same pin, told by another way than git?", "no");
}

function describe(manifest: Project["manifest"], seen: NonNullable<ReturnType<typeof readSeen>>): string {
  try {
    const verdict = trust(manifest, { pins: [], seen });
    return verdict === "match" || verdict === "newer"
      ? "this machine has a pin already, and this authority goes on from there"
      : "this machine has seen another, newer authority of this project: confirming this one takes that one's place";
  } catch (error) {
    if (isEnvsealError(error)) return `this machine has seen another authority of this project: ${error.message}`;
    throw error;
  }
}
