import { resolve } from "node:path";
import { recipientNames } from "../age/unlock.ts";
import { type Context, textFlag } from "../context.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { trust } from "../core/authority/trust.ts";
import { runCommand } from "../custody/command.ts";
import { readIdentityFile } from "../custody/identity-file.ts";
import { injectedKey } from "../custody/key.ts";
import { readKeychain } from "../custody/keychain.ts";
import { openIdentity, type PassphraseCustody } from "../custody/passphrase.ts";
import { type CustodyRecord, readCustodyRecord } from "../custody/record.ts";
import { readSession } from "../custody/session.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { recordSeen } from "../project/pin-write.ts";
import { readSeen } from "../project/pins.ts";
import { readText } from "../system/read.ts";
import { say } from "../ui/output.ts";
import { hidden } from "../ui/prompt.ts";
import { openProject, type Project } from "./project.ts";

/**
 * The person's identity, asked of its custody where it is in no file and no session; undefined where there is nothing to
 * ask. Commands that open something get it before they run.
 * @throws WRONG_PASSPHRASE, CUSTODY, NEEDS_TERMINAL
 */
export async function identityFromCustody(context: Context): Promise<Uint8Array | undefined> {
  if (injectedKey(context.env, context.environment ?? null) !== null) return undefined;
  let project: Project;
  try {
    project = openProject(context);
  } catch (error) {
    // The command itself says what is wrong with the project.
    if (isEnvsealError(error)) return undefined;
    throw error;
  }
  const record = readCustodyRecord(context.env, project.manifest.project);
  if (record === null || heldOpen(project, context) !== null) return undefined;
  // What should have wiped them at their time may have been killed.
  (await import("../custody/session-write.ts")).endSessions(context.env, true);
  (await import("../custody/identity-write.ts")).sweepIdentities(context.env, project.manifest.project);
  return askCustody(project, record, context, "envseal unlock in a terminal keeps the identity for a while");
}

/** The identity in the file or in a session, or null. */
export function heldOpen({ manifest }: Project, context: Context): Uint8Array | null {
  return readIdentityFile(context.env, manifest.project) ?? readSession(context.env, manifest.project)?.identity ?? null;
}

/**
 * @param instead what to do where there is no terminal to ask for a passphrase
 * @throws CUSTODY where what it holds is no identity of the recipient it is recorded for
 */
export async function askCustody(
  project: Project,
  record: CustodyRecord,
  context: Context,
  instead = "run it in a terminal, or add --passphrase-file PATH",
): Promise<Uint8Array> {
  if (record.kind === "passphrase") return askPassphrase(project, record, context, instead);
  const identity = record.kind === "keychain" ? readKeychain(project.manifest.project) : runCommand(record.command, context.env);
  if (identity === null) {
    throw new EnvsealError("CUSTODY", "the keychain holds no identity for this project", {
      hint: "envseal unlock --recovery takes the recovery words; or ask a teammate for access with a new identity (envseal join)",
    });
  }
  if (recipientNames(project.manifest, identity).includes(record.name)) return identity;
  throw new EnvsealError("CUSTODY", `the ${record.kind} gave an identity that is not the one of ${record.name} in the manifest`, {
    hint: "envseal custody show tells where it comes from; the checkout may be from before you had access",
  });
}

type AtPassphrase = Extract<CustodyRecord, { kind: "passphrase" }>;

/** Asks until the passphrase is right, three times at most. @throws WRONG_PASSPHRASE, NEEDS_TERMINAL */
async function askPassphrase(project: Project, { name, sealed }: AtPassphrase, context: Context, instead: string): Promise<Uint8Array> {
  const { custody, owner } = passphraseEntry(project.manifest, name, sealed);
  for (let attempt = 1; ; attempt++) {
    const given = givenPassphrase(context);
    const typed = given ?? (await hidden(`passphrase of ${name}`, instead));
    try {
      const { identity, pin } = await openIdentity(custody, typed, owner);
      carryPin(project, pin, context);
      return identity;
    } catch (error) {
      if (!isEnvsealError(error) || error.code !== "WRONG_PASSPHRASE") throw error;
      if (attempt === 3 || given !== null) throw error;
      say({ quiet: false }, `${error.message}${custody.hint === undefined ? "" : `; your hint: ${custody.hint}`}`);
    }
  }
}

/** A pin that came with the passphrase says which authority is the right one, on a machine that has seen none yet. */
export function carryPin({ manifest }: Project, pin: Uint8Array, { env }: Context): void {
  if (readSeen(env, manifest.project) !== null) return;
  trust(manifest, { pins: [pin], seen: null });
  recordSeen(env, manifest);
}

/** What --passphrase-file holds, without its line end; null where the flag is not given. @throws IO */
export function givenPassphrase(context: Context): string | null {
  const path = textFlag(context, "passphrase-file");
  if (path === undefined) return null;
  const text = readText(resolve(context.cwd, path), 4096, "BAD_VALUE");
  if (text === null) throw new EnvsealError("IO", `there is no file ${path}`, { hint: "check the path of --passphrase-file" });
  return text.trim();
}

function passphraseEntry(
  manifest: Manifest,
  name: string,
  sealed: PassphraseCustody | undefined,
): { custody: PassphraseCustody; owner: { project: string; name: string; recipient: string } } {
  const entry = Object.hasOwn(manifest.recipients, name) ? manifest.recipients[name] : undefined;
  if (entry?.custody?.kind === "passphrase") {
    return { custody: entry.custody, owner: { project: manifest.project, name, recipient: entry.recipient } };
  }
  if (entry !== undefined && sealed !== undefined)
    return { custody: sealed, owner: { project: manifest.project, name, recipient: entry.recipient } };
  throw new EnvsealError("NO_KEY", `the manifest holds no identity of ${name} under a passphrase`, {
    hint: "the checkout may be from before custody was moved: git pull; else envseal unlock --recovery",
  });
}
