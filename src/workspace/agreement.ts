import { basename } from "node:path";
import type { Context } from "../context.ts";
import { equalBytes } from "../core/bytes.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { type Document, liveAssignments, serialise, valuesOf } from "../core/vault/document.ts";
import { openVault } from "../core/vault/open-vault.ts";
import { parseVault } from "../core/vault/vault.ts";
import { EnvsealError } from "../errors.ts";
import { readSyncRecord, writeSyncRecord } from "../project/sync-record.ts";
import type { Project } from "./project.ts";
import { recordKeys } from "./record-keys.ts";
import { type OpenTarget, readPlaintext } from "./vaults.ts";

/**
 * How a vault and the plaintext beside it stand to each other since they last agreed:
 * `none` no plaintext · `agree` byte for byte · `plaintext-moved`, `vault-moved`, `both-moved` · `unknown` no record.
 */
export interface Agreement {
  state: "none" | "agree" | "plaintext-moved" | "vault-moved" | "both-moved" | "unknown";
  plaintext: { bytes: Uint8Array; document: Document } | null;
  /** What both were when they last agreed, where that is known. */
  base: Document | null;
}

export function compareWithPlaintext(project: Project, open: OpenTarget): Agreement {
  const plaintext = readPlaintext(open.target);
  if (plaintext === null) return { state: "none", plaintext, base: null };
  const sealed = serialise(open.opened.document);
  if (equalBytes(sealed, plaintext.bytes)) return { state: "agree", plaintext, base: open.opened.document };
  const base = lastAgreement(project, open);
  if (base === null) return { state: "unknown", plaintext, base };
  const agreed = serialise(base);
  const plaintextMoved = !equalBytes(agreed, plaintext.bytes);
  const vaultMoved = !equalBytes(agreed, sealed);
  return { state: plaintextMoved ? (vaultMoved ? "both-moved" : "plaintext-moved") : "vault-moved", plaintext, base };
}

/** The recorded agreement, opened under whatever key it was sealed with; null where there is none or it no longer opens. */
function lastAgreement(project: Project, { vault, access }: OpenTarget): Document | null {
  const text = readSyncRecord(project.root, vault.id, recordKeys(access.keyring));
  if (text === null) return null;
  try {
    const keys = access.keyring?.keysOf(vault.id, true) ?? access.keys;
    return openVault(parseVault(text), keys).document;
  } catch {
    return null;
  }
}

/** What emptied a file was more often a full disk or a slip than a decision. @throws DIVERGED */
export function refuseEmptied({ target, opened }: OpenTarget, plaintext: Document, { yes }: Pick<Context, "yes">, hint?: string): void {
  if (yes || opened.assignments.size === 0 || liveAssignments(plaintext).length > 0) return;
  const name = basename(target.plaintext);
  throw new EnvsealError("DIVERGED", `${name} sets nothing any more, and sealing it would drop every value of ${target.listed}`, {
    hint: hint ?? `to write ${name} again, remove it and run: envseal decrypt ${name}; to seal it as it is add --yes`,
  });
}

export function recordAgreement(project: Project, vaultId: string, vaultText: string, keyring: Keyring | null): void {
  writeSyncRecord(project.root, vaultId, vaultText, recordKeys(keyring));
}

export interface Difference {
  added: string[];
  removed: string[];
  changed: string[];
}

/** By name, from one document to another; `null` stands for an empty one. */
export function difference(from: Document | null, to: Document): Difference {
  const before = from === null ? new Map<string, string>() : valuesOf(from);
  const after = valuesOf(to);
  return {
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    changed: [...after.keys()].filter((name) => before.has(name) && before.get(name) !== after.get(name)),
  };
}

export function describeDifference({ added, removed, changed }: Difference): string {
  const parts = [...added.map((name) => `+${name}`), ...removed.map((name) => `-${name}`), ...changed.map((name) => `~${name}`)];
  return parts.length === 0 ? "comments or layout only" : parts.join(" ");
}
