import { equal } from "#crypto";
import { recipientOf } from "../../age/keys.ts";
import { recipientName } from "../../age/unlock.ts";
import { type Context, textFlag } from "../../context.ts";
import type { Custody } from "../../core/authority/manifest.ts";
import { pinOfManifest } from "../../core/authority/trust.ts";
import { withRecipient } from "../../core/keys/manifest-edits.ts";
import { type Command, resolveProgram, runCommand } from "../../custody/command.ts";
import { readIdentityFile } from "../../custody/identity-file.ts";
import { wipeIdentityFile, writeIdentityFile } from "../../custody/identity-write.ts";
import { removeKeychain, writeKeychain } from "../../custody/keychain.ts";
import { type Kdf, newPassphrase, openIdentity, type PassphraseCustody, sealIdentity } from "../../custody/passphrase.ts";
import { type CustodyRecord, readCustodyRecord, removeCustodyRecord, writeCustodyRecord } from "../../custody/record.ts";
import { endSession } from "../../custody/session-write.ts";
import { EnvsealError } from "../../errors.ts";
import { workTreeTop } from "../../project/gitdir.ts";
import { now } from "../../system/clock.ts";
import { hidden } from "../../ui/prompt.ts";
import { showWords } from "../../ui/show-once.ts";
import { givenPassphrase } from "../../workspace/identity.ts";
import { writeManifest } from "../../workspace/manifest.ts";
import type { Project } from "../../workspace/project.ts";
import { requestOf } from "./person.ts";

/** How the person at this machine holds their identity for a project. */
export interface Holding {
  kind: "file" | CustodyRecord["kind"];
  name: string;
  /** Null where custody has to be asked. */
  identity: Uint8Array | null;
  record: CustodyRecord | null;
}

/** @throws NO_KEY where this machine has no identity, NO_ACCESS where it is no recipient's */
export function holdingOf({ manifest }: Project, { env }: Context): Holding {
  const identity = readIdentityFile(env, manifest.project);
  const record = readCustodyRecord(env, manifest.project);
  if (identity === null && record !== null) return { kind: record.kind, name: record.name, identity, record };
  if (identity === null) {
    throw new EnvsealError("NO_KEY", "this machine has no identity for this project", {
      hint: "make one and ask for access: envseal join; or, where yours is under a passphrase: envseal unlock",
    });
  }
  const name = recipientName(manifest, identity);
  if (name !== null) return { kind: "file", name, identity, record };
  throw new EnvsealError("NO_ACCESS", "the identity on this machine is no recipient of this project", {
    hint: "ask for access: envseal join",
  });
}

export type NewCustody =
  | { kind: "file" | "keychain" }
  | { kind: "passphrase"; custody: PassphraseCustody }
  | { kind: "command"; command: readonly string[] };

/**
 * Moves an identity from one custody to another: the new one has it, proven by reading it back, before the manifest says
 * so, and the old one loses it last. Killed between, the identity is in both, and the same command finishes.
 */
export function moveCustody(project: Project, name: string, identity: Uint8Array, next: NewCustody, context: Context): void {
  const { env } = context;
  const { manifest } = project;
  const old = readCustodyRecord(env, manifest.project);
  const record = take(project, name, identity, next, env);
  const custody: Custody = next.kind === "passphrase" ? next.custody : { kind: next.kind };
  writeManifest(project, withRecipient(manifest, name, { ...requestOf(manifest, name, identity), custody }), context);
  if (record === null) removeCustodyRecord(env, manifest.project);
  else {
    writeCustodyRecord(env, manifest.project, record);
    wipeIdentityFile(env, manifest.project);
  }
  if (old?.kind === "keychain" && next.kind !== "keychain") removeKeychain(manifest.project);
  endSession(env, manifest.project);
}

/** Gives the identity to its new holder. @returns what this machine has to remember of it */
function take(project: Project, name: string, identity: Uint8Array, next: NewCustody, env: NodeJS.ProcessEnv): CustodyRecord | null {
  const id = project.manifest.project;
  if (next.kind === "file") {
    if (readIdentityFile(env, id) === null) writeIdentityFile(env, id, identity, now());
    return null;
  }
  if (next.kind === "keychain") writeKeychain(id, identity);
  if (next.kind === "passphrase") return { kind: next.kind, name, sealed: next.custody };
  if (next.kind !== "command") return { kind: next.kind, name };
  const [program, ...args] = next.command;
  if (program === undefined) {
    throw new EnvsealError("USAGE", "custody move command needs the command behind --", {
      hint: "envseal custody move command -- op read op://team/envseal/identity",
    });
  }
  const command: Command = [resolveProgram(program, env, workTreeTop(project.root) ?? project.root), ...args];
  if (!equal(runCommand(command, env), identity)) {
    throw new EnvsealError("CUSTODY", "the command prints another identity than yours", {
      hint: "put yours where the command finds it first: envseal custody show --reveal",
    });
  }
  return { kind: "command", name, command };
}

/** The identity under a chosen passphrase, or under 12 generated words that are shown once; opened again before it is trusted. */
export async function newPassphraseCustody(
  { manifest }: Project,
  name: string,
  identity: Uint8Array,
  kdf: Kdf,
  context: Context,
): Promise<PassphraseCustody> {
  const hint = textFlag(context, "hint");
  const passphrase = await choosePassphrase(name, context);
  if (hint !== undefined) (await import("../../custody/strength.ts")).assertHint(hint, passphrase);
  const owner = { project: manifest.project, name, recipient: recipientOf(identity) };
  const custody = (await sealIdentity({ identity, pin: pinOfManifest(manifest) }, passphrase, owner, kdf, hint)) as PassphraseCustody;
  if (!equal((await openIdentity(custody, passphrase, owner)).identity, identity))
    throw new EnvsealError("BUG", "the sealed identity does not open");
  return custody;
}

async function choosePassphrase(name: string, context: Context): Promise<string> {
  const given = givenPassphrase(context);
  const instead = "add --passphrase-file PATH to read it from a file";
  const chosen = given ?? (await hidden("a passphrase of your own (Enter alone: 12 words are made for you)", instead));
  if (chosen.trim() === "" && given === null) {
    const words = newPassphrase();
    await showWords(words.split(" "), {
      title: `the passphrase of ${name}: these 12 words, in this order`,
      advice: "write them down or put them into a password manager; they are shown once and stored nowhere",
      instead,
    });
    return words;
  }
  const { assertStrong } = await import("../../custody/strength.ts");
  assertStrong(chosen, [name, "envseal"]);
  if (given === null && (await hidden("the same once more", "run it in a terminal")) !== chosen)
    throw new EnvsealError("USAGE", "the two were not the same", { hint: "run it again" });
  return chosen;
}
