import { Keyring } from "../core/keyring.ts";
import type { Environment, KeyEntry } from "../core/manifest.ts";
import { keysBelow } from "../core/reach.ts";
import { compromised } from "../core/retire.ts";
import { fenced } from "../core/rotate.ts";
import { findVersion, versionLabel } from "../core/versions.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { count, json, say } from "../ui/output.ts";
import { confirm } from "../ui/prompt.ts";
import { now, writeManifest } from "./environments.ts";
import { holderOfActive, holderOfVersion } from "./exposure.ts";
import { tellExposure } from "./exposure-text.ts";
import { openKeyring } from "./keyring.ts";
import { openProject, type Project } from "./project.ts";
import { approveBelowFloor, checkVaults, resealAll } from "./reseal.ts";
import { finishRotation, isUnderWay, type RotationRequest, rotateEnvironment } from "./rotation.ts";
import { describeRotation } from "./rotation-text.ts";

/** The key version that people mean by `v3` or its id. */
export function named(
  project: Project,
  environment: string,
  version: string,
): { keyId: string; key: KeyEntry; label: string; active: boolean } {
  const entry = project.manifest.environments[environment] as Project["manifest"]["environments"][string];
  const keyId = findVersion(entry, environment, version);
  const key = entry.keys[keyId] as KeyEntry;
  return { keyId, key, label: versionLabel(keyId, key), active: keyId === entry.active };
}

/** Only an active key can be suspended, which means that another takes its place first. */
export async function suspendKey(environment: string, version: string, context: Context): Promise<void> {
  const project = openProject(context);
  const { keyId, label, key, active } = named(project, environment, version);
  const unfinished = key.state === "suspended" && isUnderWay(project, environment, context);
  if (!active && !unfinished) throw illegal(label, key.state, "suspended");
  await confirm(context, unfinished ? `finish the rotation of ${environment}?` : `rotate ${environment}, and suspend ${label}?`);
  await replace(project, { environment, reason: "suspected", fence: true, replaces: keyId }, context);
}

/** Others have the key: it is marked, and nothing sealed under it or below is accepted in a current vault. Run again, it finishes. */
export async function compromiseKey(environment: string, version: string, context: Context): Promise<void> {
  const project = openProject(context);
  const { keyId, label, key, active } = named(project, environment, version);
  const entry = project.manifest.environments[environment] as Environment;
  const unfinished = key.state === "compromised" && (isUnderWay(project, environment, context) || entry.floor !== entry.active);
  if (key.state === "destroyed" || (key.state === "compromised" && !unfinished)) throw illegal(label, key.state, "compromised");
  const below = keysBelow(entry, keyId);
  const reaches = below.length > 0 ? `, which opens ${count(below.length, "earlier key")} too` : "";
  await confirm(context, `${active ? `rotate ${environment}, and ` : ""}mark ${label} as compromised${reaches}?`);
  if (active) return replace(project, { environment, reason: "compromised", fence: true, replaces: keyId }, context);
  await withLock(project.root, context, async () => {
    const before = openProject(context);
    if (isUnderWay(before, environment, context)) say(context, describeRotation(await finishRotation(before, environment, context)));
    const current = openProject(context);
    const keyring = openKeyring(current, environment, context);
    const approved = await approveBelowFloor(current, keyring, context);
    checkVaults(current, keyring, approved);
    resealAll(current, keyring, approved);
    const raised = fenced(current.manifest, keyring);
    const reason = textFlag(context, "reason") ?? "compromised";
    const fencedRing = new Keyring(raised, environment, keyring.dataKey(keyring.active.keyId, "the active key"));
    writeManifest(current, unfinished ? raised : compromised(raised, fencedRing, keyId, now(), reason));
    say(
      context,
      `${label} of ${environment} is marked as compromised, and the floor is v${keyring.active.version}; commit envseal.json and the vaults`,
    );
  });
  await tellExposure(new Map([[environment, holderOfVersion(openProject(context), environment, keyId)]]), context);
}

async function replace(project: Project, request: RotationRequest, context: Context): Promise<void> {
  const holder = holderOfActive(project, request.environment);
  await withLock(project.root, context, async () => {
    const { report } = await rotateEnvironment(openProject(context), request, context);
    if (context.json) json(report);
    else say(context, describeRotation(report));
  });
  await tellExposure(new Map([[request.environment, holder]]), context);
}

/** A transition that NIST SP 800-57 does not know. */
export function illegal(label: string, from: string, to: string): EnvsealError {
  return new EnvsealError("USAGE", `${label} is ${from} and cannot become ${to}`, {
    hint:
      to === "suspended"
        ? "only the active key can be suspended"
        : from === "active"
          ? "replace it first: envseal rotate"
          : from === "suspended"
            ? "clear the suspicion or confirm it first: envseal keys compromise"
            : "envseal keys shows the states",
  });
}
