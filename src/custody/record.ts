import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Json, parseStrictJson, prettyJson } from "../core/json.ts";
import { passphraseShape } from "../core/manifest/custody-shape.ts";
import { isRecipientName } from "../core/names.ts";
import { list, text, variants } from "../core/shape.ts";
import { EnvsealError } from "../errors.ts";
import { exposed } from "../system/permissions.ts";
import { replaceFile, setAside } from "../system/private-file.ts";
import { ioError, readText } from "../system/read.ts";
import type { Command } from "./command.ts";
import type { PassphraseCustody } from "./passphrase.ts";
import { recordFolder } from "./record-folder.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What this person's own configuration says of where the identity for one project is: never the repository, which a pull
 * request may change. A machine without a record has custody `file`.
 */
export type CustodyRecord =
  | { kind: "passphrase"; name: string; sealed?: PassphraseCustody }
  | { kind: "keychain"; name: string }
  | { kind: "command"; name: string; command: Command };

const name = (value: unknown, at: string) => (typeof value === "string" && isRecipientName(value) ? null : `${at} is no recipient's name`);
const words = list(text(/^[^\0]{1,4096}$/s, "a word of a command"));
const shape = variants("kind", {
  passphrase: { name, "sealed?": passphraseShape },
  keychain: { name },
  command: { name, command: (value, at) => words(value, at) ?? ((value as string[]).length === 0 ? `${at} names no program` : null) },
});

function recordPath(env: Env, project: string): string | null {
  const folder = recordFolder(env);
  return folder === null ? null : join(folder, `${project}.json`);
}

/** @throws CUSTODY for a damaged record, and for one that others may have written */
export function readCustodyRecord(env: Env, project: string): CustodyRecord | null {
  const path = recordPath(env, project);
  const source = path === null ? null : readText(path, 1 << 20, "CUSTODY");
  if (source === null) return null;
  const open = exposed(path as string);
  // It may name a program.
  if (open !== null)
    throw new EnvsealError("CUSTODY", `${open.what}, so the choice kept there does not count`, { hint: `if it is your own: ${open.fix}` });
  const parsed = parseStrictJson(source);
  const problem = "problem" in parsed ? parsed.problem : shape(parsed.value, "it");
  if (problem === null) return (parsed as { value: unknown }).value as CustodyRecord;
  throw new EnvsealError("CUSTODY", `the custody record at ${path} cannot be read: ${problem}`, {
    hint: "delete it; then, with a passphrase: envseal unlock; else a new identity: envseal join, or envseal recovery use",
  });
}

export function writeCustodyRecord(env: Env, project: string, record: CustodyRecord): void {
  const path = recordPath(env, project);
  if (path === null) throw new EnvsealError("CUSTODY", "there is no home folder to keep the choice in", { hint: "set XDG_CONFIG_HOME" });
  try {
    replaceFile(path, prettyJson(record as unknown as Json), 0o600);
  } catch (error) {
    throw ioError(error, `cannot write ${path}`);
  }
}

/** For a new identity: the record may hold the only sealed copy of the one before. */
export function setRecordAside(env: Env, project: string): void {
  const path = recordPath(env, project);
  if (path !== null) setAside(path);
}

export function removeCustodyRecord(env: Env, project: string): void {
  const path = recordPath(env, project);
  if (path !== null) rmSync(path, { force: true });
}
