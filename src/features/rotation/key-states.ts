import { type Context, textFlag } from "../../context.ts";
import { environmentOf } from "../../core/authority/authority-of.ts";
import type { KeyEntry } from "../../core/authority/environment-statement.ts";
import { keysBelow } from "../../core/authority/reachable-keys.ts";
import type { StatementSigner } from "../../core/authority/statement.ts";
import { fenced } from "../../core/keys/fence.ts";
import { markCompromised } from "../../core/keys/key-states.ts";
import { Keyring } from "../../core/keys/keyring.ts";
import { findVersion, versionLabel } from "../../core/keys/versions.ts";
import { EnvsealError } from "../../errors.ts";
import { withLock } from "../../project/lock.ts";
import { now } from "../../system/clock.ts";
import { count, json, say } from "../../ui/output.ts";
import { confirm } from "../../ui/prompt.ts";
import { openKeyring, rememberOwn } from "../../workspace/keyring.ts";
import { writeManifest } from "../../workspace/manifest.ts";
import { openProject, type Project } from "../../workspace/project.ts";
import { adminHand } from "../../workspace/signing.ts";
import { unfinishedAt, unfinishedIn } from "../../workspace/unfinished.ts";
import { holderOfActive, holderOfVersion } from "../history/exposure-report.ts";
import { tellExposure } from "../history/exposure-text.ts";
import { approveBelowFloor, checkVaults, resealAll } from "./reseal.ts";
import { finishRotations, type RotationRequest, rotateEnvironments } from "./rotate-environment.ts";
import { describeRotations } from "./rotation-report.ts";

/** The key version that people mean by `v3` or its id. */
export function named(
  project: Project,
  environment: string,
  version: string,
): { keyId: string; key: KeyEntry; label: string; active: boolean } {
  const { statement } = environmentOf(project.manifest, environment);
  const keyId = findVersion(statement, environment, version);
  const key = statement.keys[keyId] as KeyEntry;
  return { keyId, key, label: versionLabel(keyId, key), active: keyId === statement.active };
}

/** Only an active key can be suspended, which means that another takes its place first. */
export async function suspendKey(environment: string, version: string, context: Context): Promise<void> {
  const project = openProject(context);
  const { keyId, label, key, active } = named(project, environment, version);
  const unfinished = key.state === "suspended" && unfinishedAt(project, environment) !== null;
  if (!active && !unfinished) throw illegal(label, key.state, "suspended", environment);
  const signer = await adminHand(project, askedFor("suspend", environment, version), context);
  await confirm(context, unfinished ? `finish the rotation of ${environment}?` : `rotate ${environment}, and suspend ${label}?`);
  await replace(project, { environments: [environment], reason: "suspected", fence: true, replaces: keyId }, signer, context);
}

function askedFor(action: string, environment: string, version: string) {
  return { what: `to ${action} a key`, line: `envseal keys ${action} ${version} -e ${environment}` };
}

/** Others have the key: it is marked, and nothing sealed under it or below is accepted in a current vault. Run again, it finishes. */
export async function compromiseKey(environment: string, version: string, context: Context): Promise<void> {
  const project = openProject(context);
  const { keyId, label, key, active } = named(project, environment, version);
  const { statement } = environmentOf(project.manifest, environment);
  const unfinished = key.state === "compromised" && (unfinishedAt(project, environment) !== null || statement.floor !== statement.active);
  if (key.state === "destroyed" || (key.state === "compromised" && !unfinished))
    throw illegal(label, key.state, "compromised", environment);
  const signer = await adminHand(project, askedFor("compromise", environment, version), context);
  const below = keysBelow(statement, keyId);
  const reaches = below.length > 0 ? `, which opens ${count(below.length, "earlier key")} too` : "";
  await confirm(context, `${active ? `rotate ${environment}, and ` : ""}mark ${label} as compromised${reaches}?`);
  if (active)
    return replace(project, { environments: [environment], reason: "compromised", fence: true, replaces: keyId }, signer, context);
  await withLock(project.root, context, async () => {
    const hand = { ...signer, role: "admin" } as const;
    const before = openProject(context);
    if (unfinishedIn(before.manifest, environment) !== null)
      say(context, describeRotations((await finishRotations(before, [environment], hand, context)).reports));
    const current = openProject(context);
    const keyring = openKeyring(current, environment, context);
    const approved = await approveBelowFloor(current, keyring, context);
    checkVaults(current, keyring, approved);
    resealAll(current, keyring, approved);
    const reason = textFlag(context, "reason") ?? "compromised";
    const keys = unfinished ? {} : { [environment]: markCompromised(keyring, keyId, now(), reason) };
    const manifest = fenced(current.manifest, [keyring], signer, { keys });
    // What is written must open.
    new Keyring(manifest, environment, keyring.dataKey(keyring.active.keyId, "the active key"));
    writeManifest(current, manifest, context);
    rememberOwn(manifest, context);
    say(
      context,
      `${label} of ${environment} is marked as compromised, and the floor is v${keyring.active.version}; commit envseal.json and the vaults`,
    );
  });
  await tellExposure(new Map([[environment, holderOfVersion(openProject(context), environment, keyId)]]), context);
}

async function replace(project: Project, request: RotationRequest, signer: StatementSigner, context: Context): Promise<void> {
  const [environment = ""] = request.environments;
  const holder = holderOfActive(project, environment);
  await withLock(project.root, context, async () => {
    const reports = await rotateEnvironments(openProject(context), request, { ...signer, role: "admin" }, context);
    if (context.json) json(reports[0]);
    else say(context, describeRotations(reports));
  });
  await tellExposure(new Map([[environment, holder]]), context);
}

/** A transition that NIST SP 800-57 does not know. */
export function illegal(label: string, from: string, to: string, environment: string): EnvsealError {
  return new EnvsealError("USAGE", `${label} is ${from} and cannot become ${to}`, {
    hint:
      to === "suspended"
        ? "only the active key can be suspended"
        : from === "active"
          ? `replace it first: envseal rotate -e ${environment}`
          : from === "suspended"
            ? `clear the suspicion or confirm it first: envseal keys compromise VERSION -e ${environment}`
            : "envseal keys shows the states",
  });
}
