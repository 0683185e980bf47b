import { randomBytes } from "node:crypto";
import { wrapKey } from "../age/wrap.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Environment, Manifest } from "../core/manifest.ts";
import { fenced, keepersOf, REASONS, type Reason, rotated } from "../core/rotate.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { movePin } from "../project/pin-write.ts";
import { type RecordKeys, readRecord, removeRecord, writeRecord } from "../project/record.ts";
import type { Context } from "../ui/context.ts";
import { now, writeManifest } from "./environments.ts";
import { unlockAtHand } from "./key-at-hand.ts";
import { openKeyring } from "./keyring.ts";
import type { Project } from "./project.ts";
import { recordKeys } from "./record-keys.ts";
import { approveBelowFloor, checkVaults, resealAll } from "./reseal.ts";

export interface RotationRequest {
  environment: string;
  reason: Reason;
  fence: boolean;
  /** Who loses access in this rotation. */
  without?: string;
  /** The key that must not be the active one any more, where that is what was asked for. */
  replaces?: string;
}

export interface RotationReport {
  environment: string;
  version: number;
  keyId: string;
  /** True where an earlier, interrupted run was finished instead of a new one begun. */
  resumed: boolean;
  vaults: string[];
  lost: string[];
}

/**
 * A new key version for an environment. The manifest goes first, with the new key and its link to the old one; then the
 * vaults one by one; the floor last. At every instant each vault opens, and running it again finishes the job: what was
 * interrupted is finished as it was meant, and a request that this does not meet is done after it.
 */
export async function rotateEnvironment(
  project: Project,
  request: RotationRequest,
  context: Context,
): Promise<{ manifest: Manifest; report: RotationReport }> {
  const { environment } = request;
  const keyring = openKeyring(project, environment, context);
  const pending = readPending(project, environment, recordKeys(keyring));
  const approved = await approveBelowFloor(project, keyring, context);
  checkVaults(project, keyring, approved);
  if (pending?.keyId !== keyring.active.keyId) return begin(project, keyring, request, approved, context);
  const finished = finish(project, keyring, pending, approved, context);
  if (isMet(request, pending, finished.manifest)) return finished;
  const next = { ...project, manifest: finished.manifest };
  return begin(next, openKeyring(next, environment, context), request, false, context);
}

/** Whom a rotation left out is this machine's own word: the access list may have been changed by whoever was left out. */
function isMet({ environment, reason, fence, without, replaces }: RotationRequest, pending: Pending, manifest: Manifest): boolean {
  if (replaces !== undefined) return pending.keyId !== replaces;
  const same = pending.reason === reason && pending.fence === fence && pending.without === without;
  // They may have been given access to the new key since.
  return same && (without === undefined || !hasAccess(manifest, environment, without));
}

function hasAccess({ recipients, environments }: Manifest, environment: string, name: string): boolean {
  const own = recipients[name]?.recipient;
  const access = Object.keys(environments[environment]?.access ?? {});
  return access.some((other) => other === name || (own !== undefined && recipients[other]?.recipient === own));
}

async function begin(project: Project, keyring: Keyring, request: RotationRequest, approved: boolean, context: Context) {
  const { kept, spoiled } = keepersOf(keyring);
  const { recipients } = project.manifest;
  const leaver = request.without === undefined ? undefined : recipients[request.without]?.recipient;
  const keepers = kept.filter((name) => name !== request.without && (leaver === undefined || recipients[name]?.recipient !== leaver));
  if (keepers.length === 0) {
    throw new EnvsealError("USAGE", `nobody would be left who can open ${request.environment}`, {
      hint: `entries that a holder of the key did not make get nothing: grant someone access first (envseal grant NAME -e ${request.environment})`,
    });
  }
  const step = await newKey(project, keyring, request, keepers);
  const pending: Pending = { keyId: step.keyring.active.keyId, reason: request.reason, fence: request.fence, without: request.without };
  writePending(project, request.environment, pending, recordKeys(step.keyring));
  writeManifest(project, step.manifest);
  const { manifest, report } = finish({ ...project, manifest: step.manifest }, step.keyring, pending, approved, context);
  const lost = [...spoiled, ...kept.filter((name) => !keepers.includes(name))];
  return { manifest, report: { ...report, resumed: false, lost } };
}

/** Two rotations were joined by a third key: the vaults and the floor are still to come, as in any rotation, also after a kill. */
export function leaveJoin(project: Project, environment: string, raise: boolean, context: Context): void {
  const keyId = project.manifest.environments[environment]?.active ?? "";
  writePending(
    project,
    environment,
    { keyId, reason: "scheduled", fence: raise, without: undefined },
    keysAtHand(project, environment, context),
  );
}

/** The environments of which a join is left to be finished. */
export function joinsLeft(project: Project, context: Context): string[] {
  const { environments } = project.manifest;
  return Object.keys(environments).filter((name) => {
    const { active, keys } = environments[name] as Environment;
    return keys[active]?.reason === "merge" && isUnderWay(project, name, context);
  });
}

/** What an interrupted rotation, or a join, has left to do. */
export async function finishRotation(project: Project, environment: string, context: Context): Promise<RotationReport> {
  const keyring = openKeyring(project, environment, context);
  const approved = await approveBelowFloor(project, keyring, context);
  checkVaults(project, keyring, approved);
  return finish(project, keyring, readPending(project, environment, recordKeys(keyring)) as Pending, approved, context).report;
}

function finish(project: Project, keyring: Keyring, { reason, fence }: Pending, approved: boolean, context: Context) {
  const sealed = resealAll(project, keyring, approved);
  const raise = (fence || reason !== "scheduled") && keyring.entry.floor !== keyring.active.keyId;
  const manifest = raise ? fenced(project.manifest, keyring) : project.manifest;
  if (raise) writeManifest(project, manifest);
  removeRecord(project.root, pendingName(project, keyring.environment));
  movePin(context.env, manifest.project, keyring);
  const report: RotationReport = {
    environment: keyring.environment,
    ...keyring.active,
    resumed: true,
    vaults: sealed,
    lost: [],
  };
  return { manifest, report };
}

async function newKey(project: Project, keyring: Keyring, request: RotationRequest, keepers: readonly string[]) {
  const dataKey = randomBytes(32);
  const wrapped = new Map<string, Uint8Array>();
  for (const name of keepers) wrapped.set(name, await wrapKey(dataKey, project.manifest.recipients[name]?.recipient as string));
  return rotated(project.manifest, keyring, { dataKey, nonce: randomBytes(12), reason: request.reason, at: now(), wrapped });
}

/** `.git/envseal/rotate-<project>-<environment>`: a rotation that is under way, and what it was to be. */
interface Pending {
  keyId: string;
  reason: Reason;
  fence: boolean;
  without: string | undefined;
}

/** True where a rotation of the environment was interrupted on this machine. */
export function isUnderWay(project: Project, environment: string, context: Context): boolean {
  const pending = readPending(project, environment, keysAtHand(project, environment, context));
  return pending?.keyId === project.manifest.environments[environment]?.active;
}

/** The data keys are asked for only where this person has no key of their own for records. */
function keysAtHand({ manifest }: Project, environment: string, context: Context): RecordKeys {
  const own = recordKeys(null);
  try {
    return own.length > 0 ? own : recordKeys(unlockAtHand(manifest, environment, context)?.keyring ?? null);
  } catch (error) {
    if (isEnvsealError(error)) return [];
    throw error;
  }
}

function pendingName({ manifest }: Project, environment: string): string {
  return `rotate-${manifest.project}-${environment}`;
}

function readPending(project: Project, environment: string, keys: RecordKeys): Pending | null {
  const bytes = readRecord(project.root, pendingName(project, environment), 256, keys);
  const [keyId = "", reason = "", fence = "", without] = String(bytes ?? "").split(" ");
  const known = REASONS.find((word) => word === reason);
  return bytes === null || known === undefined ? null : { keyId, reason: known, fence: fence !== "no-fence", without };
}

function writePending(project: Project, environment: string, { keyId, reason, fence, without }: Pending, keys: RecordKeys): void {
  const words = [keyId, reason, fence ? "fence" : "no-fence", ...(without === undefined ? [] : [without])];
  writeRecord(project.root, pendingName(project, environment), words.join(" "), keys);
}
