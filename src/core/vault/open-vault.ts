import { EnvsealError, isEnvsealError } from "../../errors.ts";
import type { VaultKey } from "../vaultkey.ts";
import { parseAssignment } from "./assignment.ts";
import { type Document, type DocumentText, parseDocument, serialise, valuesOf } from "./document.ts";
import { decodeFlags, decodeLine, type FileFlags, KIND, type LineContent, openToken, type Place, type Token } from "./token.ts";
import type { Vault, VaultAssignment } from "./vault.ts";

/** Where the keys of a vault's tokens come from. */
export interface KeySource {
  /** The key a token names; `where` names file and line for errors. @throws KEY_UNKNOWN, KEY_DESTROYED, BELOW_FLOOR, TAMPERED */
  keyFor(token: Token, where: string): VaultKey;
  /** The CLI's: where a token that does not open here was sealed, as an error; null where nothing proves it. */
  origin?(unopened: Unopened): EnvsealError | null;
}

/** A token that does not open where it stands. */
export interface Unopened {
  vault: Vault;
  place: Place;
  token: Token;
  /** File and line, for the error. */
  where: string;
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
 * @throws TAMPERED (MOVED_VALUE where `keys` prove an origin) with a line number, and what else `keys` throw
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
  const document = readWhole(mirrored);
  const values = document === null ? new Map<string, string>() : valuesOf(document);
  const agree = [...values].every(([name, value]) => assignments.get(name)?.value === value);
  if (document !== null && agree && values.size === assignments.size) return document;
  throw mixedLines(label);
}

/** What dotenv finds wrong is not told: in lines that were put together anew, its names may be parts of values. */
function readWhole(mirrored: DocumentText): Document | null {
  try {
    return parseDocument(serialise(mirrored)).document;
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

/** One text for all that may be wrong with lines that are each authentic: which of it would tell of values. */
export function mixedLines(label: string): EnvsealError {
  return new EnvsealError("TAMPERED", `${label}: its lines together do not read as each line alone`, {
    hint: "lines of the vault were moved or removed; take the file from git again",
  });
}

/** Where a token claims a key that its vault cannot have, it may still be a token of elsewhere. */
const MAY_BE_MOVED = new Set(["KEY_UNKNOWN", "TAMPERED"]);
const UNOPENED =
  "take the file from git again (git log tells who changed it); where the plaintext is complete, move the vault away and run: envseal encrypt";

/** What a token stands for, as its line says it in clear. */
export function subjectOf({ kind, name }: Place): string {
  if (kind === KIND.end) return "the end line";
  return kind === KIND.comment ? "a comment" : name;
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
    let refusal: unknown;
    try {
      const padded = openToken(this.keyOf(token, line), place, token, this.strict);
      if (padded !== null) return padded;
      refusal = this.tampered(
        line,
        `the token of ${subjectOf(place)} does not open: it was changed, or sealed for another place`,
        UNOPENED,
      );
    } catch (error) {
      if (!isEnvsealError(error) || !MAY_BE_MOVED.has(error.code)) throw error;
      refusal = error;
    }
    throw this.keys.origin?.({ vault: this.vault, place, token, where: `${this.label} line ${line}` }) ?? refusal;
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
