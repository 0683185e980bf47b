import { chmodSync, closeSync, constants, fstatSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { formatIdentity, recipientOf } from "../age/keys.ts";
import { EnvsealError } from "../errors.ts";
import { makeFolder } from "../system/make-folder.ts";
import { createFile, nameBeside, setAside } from "../system/private-file.ts";
import { ioError, isMissing } from "../system/read.ts";
import { sweepStaging } from "../system/staging.ts";
import { identityPath } from "./identity-file.ts";

/**
 * Writes a new identity as custody `file`: 0600 in 0700, in the form age-keygen writes. Never over an existing one.
 * @returns its path
 * @throws IO
 */
export function writeIdentityFile(env: NodeJS.ProcessEnv, project: string, secret: Uint8Array, created: string): string {
  const path = identityPath(env, project);
  if (path === null) throw new EnvsealError("IO", "there is no home folder to keep the identity in", { hint: "set XDG_CONFIG_HOME" });
  try {
    makeFolder(dirname(path), 0o700);
    chmodSync(dirname(path), 0o700);
    createFile(path, `# created: ${created}\n# public key: ${recipientOf(secret)}\n${formatIdentity(secret)}\n`, 0o600);
  } catch (error) {
    const { code, message } = ioError(error, `cannot write the identity to ${path}`);
    throw new EnvsealError(code, message, {
      hint: "set HOME, or XDG_CONFIG_HOME, to a folder that you may write to and that stays: the identity is kept there",
      cause: error,
    });
  }
  return path;
}

/** For a new identity, beside which the one before is kept. */
export function setIdentityAside(env: NodeJS.ProcessEnv, project: string): void {
  const path = identityPath(env, project);
  if (path !== null) setAside(path);
}

/** Overwrites, then removes. What a disk keeps of it is beyond a program's reach. */
export function wipeIdentityFile(env: NodeJS.ProcessEnv, project: string): void {
  const path = identityPath(env, project);
  if (path !== null) wipeFile(path);
}

/** Removes what a killed process left of writing or wiping an identity. */
export function sweepIdentities(env: NodeJS.ProcessEnv, project: string): void {
  const path = identityPath(env, project);
  if (path !== null) sweepStaging(dirname(path));
}

/**
 * Takes a file away, overwrites it with zeros and removes it: under its own name, nobody ever finds half of one.
 * @returns false where there was none
 * @throws IO, for a link too: it leads to somebody's file
 */
export function wipeFile(path: string): boolean {
  try {
    sweepStaging(dirname(path));
    const fd = openSync(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    const gone = nameBeside(path);
    try {
      renameSync(path, gone);
      const { size } = fstatSync(fd);
      writeSync(fd, Buffer.alloc(size), 0, size, 0);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    rmSync(gone);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw ioError(error, `cannot remove ${path}`);
  }
}
