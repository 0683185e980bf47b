import { fromUtf8 } from "../../../core/bytes.ts";
import { type AssignmentLine, type Document, type DocumentLine, parseDocument } from "../../../core/vault/document.ts";
import { replaceValues, settled } from "../../../core/vault/edit-document.ts";
import { EnvsealError } from "../../../errors.ts";
import { padded } from "./base64.ts";
import { openBox, parseBox, parsePrivateKey, publicKeyOf } from "./ecies.ts";
import { assignmentsOf, damaged, type Imported, type KeyText, named, refuseUnfit, wrongFormat } from "./imported.ts";

/**
 * Env files of dotenvx 1.x and 2.x: ordinary dotenv, in which values are `encrypted:<base64 of an ECIES box>`, below a banner
 * with DOTENV_PUBLIC_KEY[_ENVIRONMENT]. Values carry neither their name nor their file: the box alone is authenticated.
 */
const PREFIX = "encrypted:";
const PUBLIC = /^DOTENV_PUBLIC_KEY(?:_\w+)?$/;

export interface DotenvxFile {
  document: Document;
  warnings: string[];
  /** How many values are encrypted: each takes milliseconds to open. */
  sealed: number;
  /** Names of the variables that may hold the private key, the likeliest first. */
  keyNames: string[];
  /** Public keys that the file names, in hex. */
  publicKeys: string[];
}

/** @throws WRONG_FORMAT where nothing in it is encrypted, CONFLICT_MARKERS, MALFORMED_DOTENV */
export function readDotenvx(bytes: Uint8Array, label: string, fileName: string): DotenvxFile {
  refuseUnfit(bytes, label);
  const { document, warnings } = parseDocument(bytes, label);
  const assignments = assignmentsOf(document);
  const sealed = assignments.filter(({ value }) => value.startsWith(PREFIX)).length;
  if (sealed === 0) {
    throw wrongFormat(
      `${label} holds no value that dotenvx encrypted`,
      "a plaintext file is sealed with: envseal init, or envseal encrypt",
    );
  }
  const publics = assignments.filter(({ name }) => PUBLIC.test(name));
  const names = publics.map(({ name }) => name.replace("PUBLIC", "PRIVATE"));
  return {
    document,
    sealed,
    warnings: warnings.map(({ line, message }) => `${label} line ${line}: ${message}`),
    keyNames: [...new Set([keyNameOf(fileName), ...names])],
    publicKeys: publics.map(({ value }) => value.toLowerCase()),
  };
}

/** `.env` has DOTENV_PRIVATE_KEY, `.env.production` DOTENV_PRIVATE_KEY_PRODUCTION, `.env.a.b` …_A_B. */
function keyNameOf(fileName: string): string {
  const parts = fileName.split(".").slice(2, 4);
  return ["DOTENV_PRIVATE_KEY", ...parts.map((part) => part.toUpperCase())].join("_");
}

/**
 * @param keys comma lists of private keys: all are tried for each value, since a rotation leaves old ones behind
 * @throws NO_KEY, MALFORMED_KEY, WRONG_KEY, TAMPERED with a line and a name; BAD_VALUE
 */
export function openDotenvx(file: DotenvxFile, keys: readonly KeyText[], label: string): Imported {
  const secrets = parseKeys(file, keys, label);
  const ours = secrets.filter((secret) => file.publicKeys.includes(publicKeyOf(secret)));
  const opened = new Map<AssignmentLine, string | null>();
  for (const line of assignmentsOf(file.document)) {
    if (line.value.startsWith(PREFIX)) opened.set(line, openValue(line, [...ours, ...secrets], label));
  }
  const failed = [...opened].find(([, value]) => value === null)?.[0];
  if (failed !== undefined) throw unopened(failed, label, ours.length > 0 || [...opened.values()].some((value) => value !== null));
  const valueFor = (line: AssignmentLine) => opened.get(line) ?? plainValue(line);
  const document = replaceValues(file.document, valueFor);
  const warnings = [...file.warnings, ...tellOfChanges(file.document, valueFor, label)];
  return { document: withoutHeader(document), warnings, unbound: [...opened.keys()].map(({ name }) => name) };
}

function parseKeys(file: DotenvxFile, keys: readonly KeyText[], label: string): Uint8Array[] {
  const [first = "DOTENV_PRIVATE_KEY"] = file.keyNames;
  if (keys.length === 0) {
    throw new EnvsealError("NO_KEY", `there is no private key for ${label}: neither ${first} nor a .env.keys file has one`, {
      hint: `put .env.keys beside the file, or set ${first}; from a keychain or a provider, dotenvx keypair prints it`,
    });
  }
  const secrets = keys.flatMap(({ text }) => text.split(",").map((part) => parsePrivateKey(part.trim())));
  const right = secrets.filter((secret) => secret !== null);
  if (right.length > 0) return right;
  throw new EnvsealError("MALFORMED_KEY", `the private key in ${(keys[0] as KeyText).source} is none of dotenvx`, {
    hint: "it is 64 hex digits, or a comma list of such; copy it again",
  });
}

function openValue({ name, value, line }: AssignmentLine, secrets: readonly Uint8Array[], label: string): string | null {
  const bytes = padded(value.slice(PREFIX.length).trim());
  const box = bytes === null ? null : parseBox(bytes);
  if (box === null) throw damaged(`${label} line ${line}: the value of ${name} is damaged: it is no box of dotenvx`);
  for (const secret of secrets) {
    const plain = openBox(box, secret);
    if (plain === null) continue;
    const text = fromUtf8(plain);
    if (text !== null) return text;
    throw damaged(`${label} line ${line}: the value of ${name} is not valid UTF-8`, "encrypt it anew with dotenvx, as base64");
  }
  return null;
}

function unopened({ name, line }: AssignmentLine, label: string, haveKey: boolean): EnvsealError {
  if (haveKey) {
    return damaged(
      `${label} line ${line}: the value of ${name} does not open under the keys at hand: it was damaged, or encrypted under another key`,
      "take the file from git again; keys of a rotation stand beside each other, with a comma: DOTENV_PRIVATE_KEY=old,new",
    );
  }
  return new EnvsealError("WRONG_KEY", `no private key at hand opens ${label}`, {
    hint: "it may be of another environment: compare DOTENV_PUBLIC_KEY in the file with what dotenvx keypair prints",
  });
}

/** dotenvx turns \t in double quotes into a tab; dotenv does not. */
function plainValue({ raw, value }: AssignmentLine): string {
  return /^[^=:]*[=:]\s*"/.test(raw) ? value.replaceAll("\\t", "\t") : value;
}

/** Single quotes are what dotenvx takes literally. */
function tellOfChanges(document: Document, valueFor: (line: AssignmentLine) => string, label: string): string[] {
  const lines = assignmentsOf(document).filter(({ dead }) => !dead);
  const say = (about: (line: AssignmentLine) => boolean, what: string): string[] => {
    const names = lines.filter(about).map(({ name }) => name);
    return names.length === 0 ? [] : [`${label}: ${named(names)}: ${what}`];
  };
  return [
    ...say(
      (line) => !/^[^=:]*[=:]\s*'/.test(line.raw) && /\$[A-Za-z_{(]|\\\$/.test(valueFor(line)),
      "dotenvx expands the $ in it; envseal never does: the text itself is sealed (docs/guide/migrate.md)",
    ),
    ...say(
      (line) => /^(?:op|bw):\/\//.test(valueFor(line)),
      "dotenvx looks this up in a password manager; envseal seals the reference itself",
    ),
  ];
}

const BANNER = /^#\/.*\/$/;

/** Without DOTENV_PUBLIC_KEY, the banner above it and the empty line and file name that dotenvx puts below it. */
function withoutHeader({ lines, ...rest }: Document): Document {
  const gone = new Set<DocumentLine>();
  const text = (at: number) => (lines[at]?.kind === "other" ? lines[at].raw.trim() : undefined);
  lines.forEach((line, index) => {
    if (line.kind !== "assignment" || !PUBLIC.test(line.name)) return;
    gone.add(line);
    for (let at = index - 1; BANNER.test(text(at) ?? ""); at--) gone.add(lines[at] as DocumentLine);
    if (text(index + 1) !== "" || !/^# \.env\S*$/.test(text(index + 2) ?? "")) return;
    gone.add(lines[index + 1] as DocumentLine).add(lines[index + 2] as DocumentLine);
  });
  return settled({ ...rest, lines: lines.filter((line) => !gone.has(line)) }, "the header of dotenvx cannot be removed");
}
