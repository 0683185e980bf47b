import { MAX_VAULT_BYTES } from "../../../core/limits.ts";
import type { AssignmentLine, Document } from "../../../core/vault/document.ts";
import { EnvsealError } from "../../../errors.ts";

/** What an importer gives: the file that will be sealed, and what to tell of it. Nothing of this folder touches files. */
export interface Imported {
  document: Document;
  /** Of names and lines, never of values. */
  warnings: string[];
  /** Names whose values were encrypted and open under any name: whoever writes the file may have given them this one. */
  unbound?: string[];
}

/** A key as its owner wrote it, and where it stood. */
export interface KeyText {
  source: string;
  text: string;
}

const CONFLICT = /^(?:<{7}|>{7})(?: |\r?$)/m;

/** @throws WRONG_FORMAT for more than 16 MiB, CONFLICT_MARKERS with a line number */
export function refuseUnfit(bytes: Uint8Array, label: string): void {
  if (bytes.length > MAX_VAULT_BYTES) throw wrongFormat(`${label} is larger than 16 MiB`, "is this the right file?");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const at = text.search(CONFLICT);
  if (at === -1) return;
  throw new EnvsealError("CONFLICT_MARKERS", `${label} line ${lineAt(text, at)}: the file holds unresolved merge conflict markers`, {
    hint: "finish the merge with the tool that wrote the file, then import it",
  });
}

export function lineAt(text: string, at: number): number {
  let line = 1;
  for (let next = text.indexOf("\n"); next !== -1 && next < at; next = text.indexOf("\n", next + 1)) line++;
  return line;
}

export function wrongFormat(message: string, hint: string): EnvsealError {
  return new EnvsealError("WRONG_FORMAT", message, { hint });
}

export function damaged(message: string, hint = "take the file from git again (git log tells who changed it)"): EnvsealError {
  return new EnvsealError("TAMPERED", message, { hint });
}

/** Names for a sentence, at most ten: a warning is read by people. */
export function named(names: readonly string[]): string {
  const all = [...new Set(names)];
  return all.length <= 10 ? all.join(", ") : `${all.slice(0, 10).join(", ")} and ${all.length - 10} more`;
}

export function assignmentsOf(document: Document): AssignmentLine[] {
  return document.lines.filter((line): line is AssignmentLine => line.kind === "assignment");
}
