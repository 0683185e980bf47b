import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { wrapKey } from "../age/wrap.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Manifest } from "../core/manifest.ts";
import { fenced, keepersOf, type Reason, rotated } from "../core/rotate.ts";
import { localFolder } from "../project/gitdir.ts";
import { movePin } from "../project/pin-write.ts";
import { readText } from "../project/read.ts";
import { writeAtomic } from "../project/write.ts";
import type { Context } from "../ui/context.ts";
import { now, writeManifest } from "./environments.ts";
import { openKeyring } from "./keyring.ts";
import type { Project } from "./project.ts";
import { approveBelowFloor, type Resealed, resealAll } from "./reseal.ts";

export interface RotationRequest {
  environment: string;
  reason: Reason;
  fence: boolean;
  /** Who loses access in this rotation. */
  without?: string;
}

export interface RotationReport {
  environment: string;
  version: number;
  keyId: string;
  /** True where an earlier, interrupted run was finished instead of a new one begun. */
  resumed: boolean;
  vaults: string[];
  lost: string[];
  /** Secret names whose value whoever held the old key knows. */
  exposed: Resealed[];
}

/**
 * A new key version for an environment. The manifest goes first, with the new key and its link to the old one; then the
 * vaults one by one; the floor last. At every instant each vault opens, and running it again finishes the job.
 */
export async function rotateEnvironment(
  project: Project,
  request: RotationRequest,
  context: Context,
): Promise<{ manifest: Manifest; report: RotationReport }> {
  const { environment } = request;
  const before = openKeyring(project, environment, context);
  const pending = readPending(project, environment);
  const resumed = pending?.keyId === before.active.keyId;
  const { kept, spoiled } = keepersOf(before);
  const approved = await approveBelowFloor(project, before, context);
  const keepers = kept.filter((name) => name !== request.without);
  const step = resumed ? { manifest: project.manifest, keyring: before } : await newKey(project, before, request, keepers);
  const { keyring } = step;
  if (!resumed) {
    writePending(project, environment, keyring.active.keyId);
    writeManifest(project, step.manifest);
  }
  const sealed = resealAll({ ...project, manifest: step.manifest }, keyring, approved);
  const raise = request.fence || request.reason !== "scheduled";
  const manifest = raise && keyring.entry.floor !== keyring.active.keyId ? fenced(step.manifest, keyring) : step.manifest;
  if (manifest !== step.manifest) writeManifest(project, manifest);
  rmSync(pendingPath(project, environment), { force: true });
  movePin(context.env, manifest.project, keyring);
  const report: RotationReport = {
    environment,
    ...keyring.active,
    resumed,
    vaults: sealed.map(({ path }) => path),
    lost: resumed ? [] : [...spoiled, ...kept.filter((name) => !keepers.includes(name))],
    exposed: sealed.filter(({ names }) => names.length > 0),
  };
  return { manifest, report };
}

async function newKey(project: Project, keyring: Keyring, request: RotationRequest, keepers: readonly string[]) {
  const dataKey = randomBytes(32);
  const wrapped = new Map<string, Uint8Array>();
  for (const name of keepers) wrapped.set(name, await wrapKey(dataKey, project.manifest.recipients[name]?.recipient as string));
  return rotated(project.manifest, keyring, { dataKey, nonce: randomBytes(12), reason: request.reason, at: now(), wrapped });
}

/** `.git/envseal/rotate-<environment>`: the keyId of a rotation that is under way. */
function pendingPath(project: Project, environment: string): string {
  return join(localFolder(project.root), `rotate-${environment}`);
}

function readPending(project: Project, environment: string): { keyId: string } | null {
  const keyId = readText(pendingPath(project, environment), 64, "IO");
  return keyId === null ? null : { keyId };
}

function writePending(project: Project, environment: string, keyId: string): void {
  writeAtomic(project.root, pendingPath(project, environment), keyId, 0o600);
}
