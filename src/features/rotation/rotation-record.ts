import type { Context } from "../../context.ts";
import { entryOf } from "../../core/authority/authority-of.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { isEnvsealError } from "../../errors.ts";
import { type RecordKeys, readRecord, removeRecord, writeRecord } from "../../project/record.ts";
import type { Project } from "../../workspace/project.ts";
import { recordKeys } from "../../workspace/record-keys.ts";
import { unlockAtHand } from "../../workspace/unlock-at-hand.ts";

/**
 * `.git/envseal/rotate-<project>-<environment>`: whom a rotation that is under way leaves out, and its key. The access list cannot
 * say it: whoever was left out may have taken their entry out of an earlier one.
 */
const nameOf = ({ manifest }: Project, environment: string) => `rotate-${manifest.project}-${environment}`;

export function noteLeaver(project: Project, keyring: Keyring, name: string): void {
  writeRecord(project.root, nameOf(project, keyring.environment), `${keyring.active.keyId} ${name}`, recordKeys(keyring));
}

/** Whom the rotation to the active key left out, as far as this machine began it. */
export function leftOut(project: Project, environment: string, context: Context): string | null {
  const bytes = readRecord(project.root, nameOf(project, environment), 256, keysAtHand(project, environment, context));
  const [keyId, name] = String(bytes ?? "").split(" ");
  return name !== undefined && keyId === entryOf(project.manifest, environment)?.statement.active ? name : null;
}

export function forgetLeaver(project: Project, environment: string): void {
  removeRecord(project.root, nameOf(project, environment));
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
