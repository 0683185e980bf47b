import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { recipientNames } from "../../age/unlock.ts";
import { type Context, textFlag } from "../../context.ts";
import { headOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { identityToWords, wordsToIdentity } from "../../custody/recovery.ts";
import { EnvsealError } from "../../errors.ts";
import { createFile, replaceFile } from "../../system/private-file.ts";
import { ioError } from "../../system/read.ts";
import { say, warn } from "../../ui/output.ts";
import { hidden } from "../../ui/prompt.ts";
import { showWords } from "../../ui/show-once.ts";
import type { Project } from "../../workspace/project.ts";
import { recoveryPaths } from "../../workspace/recovery-paths.ts";
import { refuseInRepository } from "../../workspace/refuse-in-repository.ts";

export interface RecoveryIdentity {
  secret: Uint8Array;
  /** True where its words were typed back; a file proves nothing. */
  confirmed: boolean;
  /** Keeps the project's pin with the words, once it is known: they are asked for together. */
  keepPin(pin: string): void;
}

const SHOWN = {
  title: "recovery words: the only way back if every identity is lost",
  advice: "write them on paper, in this order; they are shown once and stored nowhere",
  instead: "add --recovery-file PATH to write them to a file (0600)",
};

/** A recovery identity whose words are safe before anything depends on it: shown once, or in a new file (--recovery-file). */
export async function makeRecoveryIdentity(context: Context): Promise<RecoveryIdentity> {
  const secret = randomBytes(32);
  const words = identityToWords(secret);
  const path = textFlag(context, "recovery-file");
  if (path === undefined) {
    await showWords(words, SHOWN);
    return { secret, confirmed: true, keepPin: (pin) => say(context, `write the project's pin down with the recovery words: ${pin}`) };
  }
  const file = resolve(context.cwd, path);
  refuseInRepository(file, context.cwd);
  const text = `${words.join(" ")}\n`;
  try {
    createFile(file, text, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw alreadyThere(path);
    throw ioError(error, `cannot write the recovery words to ${path}`);
  }
  return { secret, confirmed: false, keepPin: (pin) => addPin(file, text, pin, context) };
}

/** The words are safe already, and what they open is made: no error of the disk may hide that. */
function addPin(file: string, words: string, pin: string, context: Context): void {
  try {
    replaceFile(file, `${words}pin: ${pin}\n`, 0o600);
    say(context, `the project's pin, ${pin}, is in the file of the words, too`);
  } catch {
    warn(`the project's pin is not in the file of the words; write it there: ${pin}`);
  }
}

/** They may be words of another project, or of a run that was interrupted; only a person can say that they open nothing. */
function alreadyThere(path: string): EnvsealError {
  return new EnvsealError("IO", `${path} is there already, and words are never overwritten`, {
    hint: "name another file; if the one that is there was left by a run that was interrupted, its words open nothing: delete it",
  });
}

/** The admins who are people, and who decides without them. */
export function adminsWithoutWords(manifest: Manifest): { people: string[]; otherwise: string } {
  const admins = Object.keys(headOf(manifest).admins);
  const words = new Set(recoveryPaths(manifest).map(({ name }) => name));
  const people = admins.filter((name) => !words.has(name));
  return { people, otherwise: people.length < admins.length ? "the recovery words alone decide" : "nobody decides" };
}

/** Asks for the 24 words; they are right where they yield a recovery recipient of the manifest. @throws WRONG_PASSPHRASE, USAGE, NEEDS_TERMINAL */
export async function askRecoveryWords({ manifest }: Project): Promise<{ name: string; secret: Uint8Array }> {
  const recovery = recoveryPaths(manifest);
  if (recovery.length === 0) {
    throw new EnvsealError("USAGE", "this project has no recovery words", {
      hint: "someone with access makes them: envseal recovery create",
    });
  }
  const secret = wordsToIdentity(await hidden("the 24 recovery words", "run it in a terminal"));
  if (secret === null) {
    throw new EnvsealError("WRONG_PASSPHRASE", "these are not 24 words of the list with a right checksum", {
      hint: "compare them with the paper word by word",
    });
  }
  const known = recipientNames(manifest, secret);
  const own = recovery.find(({ name }) => known.includes(name));
  if (own !== undefined) return { name: own.name, secret };
  throw new EnvsealError("WRONG_PASSPHRASE", "these are recovery words, but not this project's, or its manifest was changed", {
    hint: "look for the right paper; compare envseal.json with its history (git log -p envseal.json)",
  });
}
