import { EnvsealError } from "../errors.ts";
import { parseAssignment } from "./assignment.ts";
import { diagnose } from "./diagnose.ts";
import { type Document, type DocumentText, parseDocument, serialise, valuesOf } from "./document.ts";
import { decodeFlags, decodeLine, type FileFlags, KIND, type LineContent, openToken, type Place, type Token } from "./token.ts";
import type { Vault, VaultAssignment } from "./vault.ts";
import type { VaultKey } from "./vaultkey.ts";

/** Where the keys of a vault's tokens come from. */
export interface KeySource {
  /** The key a token names; `where` names file and line for errors. @throws KEY_UNKNOWN, KEY_DESTROYED, BELOW_FLOOR */
  keyFor(token: Token, where: string): VaultKey;
  /** The same data key's keys for the project's other vaults, to tell a token that was moved here from a damaged one. */
  siblings?(token: Token): { path: string; key: VaultKey }[];
}

export interface OpenedAssignment {
  name: string;
  value: string;
  raw: string;
  /** 6 bytes: the keyId under which the value was first encrypted. */
  since: Uint8Array;
  keyId: string;
  version: number;
  public: boolean;
}

export interface OpenedVault {
  document: Document;
  assignments: Map<string, OpenedAssignment>;
  /** Every line that carries a token, for writers to keep unchanged tokens. */
  opened: { place: Place; content: LineContent; token: Token }[];
  end: { place: Place; token: Token };
}

/** What a loader needs: values in file order. Comments stay closed, nonces are not recomputed. */
export function openValues(vault: Vault, keys: KeySource, label = "the vault"): Map<string, OpenedAssignment> {
  const opener = new Opener(vault, keys, label, false);
  const assignments = new Map<string, OpenedAssignment>();
  for (const line of vault.lines) {
    if (line.kind === "assignment") assignments.set(line.name, opener.assignment(line).assignment);
  }
  opener.end();
  return assignments;
}

/**
 * Opens a whole vault and checks everything there is to check: each token in its place and with its own nonce, shown
 * values, and that the file as a whole reads as exactly its lines say.
 * @throws MOVED_VALUE, TAMPERED, CORRUPT with a line number, and what `keys` throws
 */
export function openVault(vault: Vault, keys: KeySource, label = "the vault"): OpenedVault {
  const { text, assignments, ...opened } = openLines(vault, keys, label);
  return { document: checkWhole(text, assignments, label), assignments, ...opened };
}

/** Every line opened and checked by itself; what they read as together is for the caller to ask. */
export function openLines(vault: Vault, keys: KeySource, label: string): Omit<OpenedVault, "document"> & { text: DocumentText } {
  const opener = new Opener(vault, keys, label, true);
  const lines: DocumentText["lines"][number][] = [];
  const assignments = new Map<string, OpenedAssignment>();
  const opened: OpenedVault["opened"] = [];
  for (const line of vault.lines) {
    if (line.kind === "blank") {
      lines.push({ raw: "", end: 0 });
      continue;
    }
    if (line.kind === "comment") {
      const { content, place } = opener.comment(line.token, line.line);
      lines.push(content);
      opened.push({ content, place, token: line.token });
      continue;
    }
    const { assignment, content, place } = opener.assignment(line);
    lines.push(content);
    assignments.set(assignment.name, assignment);
    opened.push({ content, place, token: line.token });
  }
  const { flags, place } = opener.end();
  return { text: { ...flags, lines }, assignments, opened, end: { place, token: vault.end } };
}

/** dotenv must see exactly the vault's names in the opened file, each with the value of its own line. */
function checkWhole(mirrored: DocumentText, assignments: Map<string, OpenedAssignment>, label: string): Document {
  const tampered = (what: string) =>
    new EnvsealError("TAMPERED", `${label}: ${what}`, { hint: "lines of the vault were moved or removed; take the file from git again" });
  let document: Document;
  try {
    document = parseDocument(serialise(mirrored)).document;
  } catch (cause) {
    throw new EnvsealError("TAMPERED", `${label}: its lines do not make a readable file together`, {
      hint: "lines of the vault were moved or removed; take the file from git again",
      cause,
    });
  }
  const values = valuesOf(document);
  for (const [name, value] of values) {
    const own = assignments.get(name);
    if (own === undefined) throw tampered(`opened, it sets ${name}, for which it has no line`);
    if (own.value !== value) throw tampered(`opened, another line overrides ${name}`);
  }
  if (values.size !== assignments.size) throw tampered("opened, it sets fewer names than it has lines for");
  return document;
}

class Opener {
  private before = "";
  private last: VaultKey | undefined;
  private readonly vault: Vault;
  private readonly keys: KeySource;
  private readonly label: string;
  private readonly strict: boolean;

  constructor(vault: Vault, keys: KeySource, label: string, strict: boolean) {
    this.vault = vault;
    this.keys = keys;
    this.label = label;
    this.strict = strict;
  }

  assignment(line: VaultAssignment): { assignment: OpenedAssignment; content: LineContent; place: Place } {
    const { name, shown, token } = line;
    const place: Place = { kind: shown === undefined ? KIND.secret : KIND.public, name, previous: this.before };
    this.before = name;
    const content = decodeLine(this.open(place, token, line.line), place.kind);
    const parsed = content && parseAssignment(content.raw);
    if (content === null || parsed === null || parsed.name !== name) {
      throw this.tampered(line.line, `the token of ${name} holds something else than its assignment`);
    }
    if (shown !== undefined && shown !== parsed.value) {
      throw this.tampered(line.line, `the shown value of ${name} is not the one that was sealed`);
    }
    const { version, keyId } = token;
    const { raw, since } = content;
    return { assignment: { name, value: parsed.value, raw, since, keyId, version, public: shown !== undefined }, content, place };
  }

  comment(token: Token, line: number): { content: LineContent; place: Place } {
    const place: Place = { kind: KIND.comment, name: "", previous: "" };
    const content = decodeLine(this.open(place, token, line), place.kind);
    if (content === null) throw this.tampered(line, "the token of this comment holds something else");
    return { content, place };
  }

  end(): { flags: FileFlags; place: Place } {
    const place: Place = { kind: KIND.end, name: "", previous: this.before };
    const flags = decodeFlags(this.open(place, this.vault.end, this.vault.endLine));
    if (flags === null) throw this.tampered(this.vault.endLine, "the token of the end line holds something else");
    return { flags, place };
  }

  private open(place: Place, token: Token, line: number): Uint8Array {
    const key = this.keyOf(token, line);
    const padded = openToken(key, place, token, this.strict);
    if (padded !== null) return padded;
    const where = `${this.label} line ${line}`;
    throw diagnose({ vault: this.vault, key, place, token, where, siblings: this.keys.siblings?.(token) ?? [] });
  }

  /** Nearly every token of a file names the same key. */
  private keyOf(token: Token, line: number): VaultKey {
    if (this.last?.keyId === token.keyId && this.last.version === token.version) return this.last;
    this.last = this.keys.keyFor(token, `${this.label} line ${line}`);
    return this.last;
  }

  private tampered(line: number, what: string, hint = "take the file from git again"): EnvsealError {
    return new EnvsealError("TAMPERED", `${this.label} line ${line}: ${what}`, { hint });
  }
}
