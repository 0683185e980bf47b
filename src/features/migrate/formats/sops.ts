import { createHash } from "node:crypto";
import { equal } from "#crypto";
import { fromUtf8, utf8 } from "../../../core/bytes.ts";
import { isVariableName } from "../../../core/names.ts";
import { parseDocument } from "../../../core/vault/document.ts";
import { quoteValue } from "../../../core/vault/quoting.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { assignmentsOf, damaged, type Imported, named, wrongFormat } from "./imported.ts";
import type { SopsFile, SopsItem } from "./sops-file.ts";
import { openSopsValue, type SopsValue } from "./sops-value.ts";

/** SOPS starts the hash with this where only encrypted values go into it. */
const ONLY_ENCRYPTED = Buffer.from("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69", "hex");

/** A value or comment that opened, or stood in clear: bytes until the MAC has spoken for all of them. */
interface Unread {
  item: SopsItem;
  held: SopsValue;
}

type OpenedItem = { kind: "comment"; text: string } | { kind: "value"; name: string; text: string; line: number };

/**
 * Opens every value and comes to believe the file as a whole: its MAC is over all values in order, without names.
 * @param dataKey 32 bytes
 * @param likeDotenv take the file that `sops decrypt` prints as dotenv reads it, instead of each value as SOPS has it
 * Nothing of what a value holds is looked at before that.
 * @throws TAMPERED, UNSUPPORTED_FORMAT, WRONG_FORMAT, BAD_VALUE
 */
export function openSops(file: SopsFile, dataKey: Uint8Array, label: string, likeDotenv: boolean): Imported {
  const hash = createHash("sha512");
  if (file.macOnlyEncrypted) hash.update(ONLY_ENCRYPTED);
  const warnings: string[] = [];
  const unread = file.items.map((item): Unread => {
    const encrypted = file.rule.encrypted({ name: item.kind === "comment" ? null : item.name, text: item.text });
    if (item.kind === "comment") return { item, held: openComment(item, encrypted, dataKey, label, warnings) };
    const held = encrypted ? openItem(item, dataKey, label) : inClear(item);
    if (encrypted || !file.macOnlyEncrypted) hash.update(held.bytes);
    return { item, held };
  });
  checkMac(file, dataKey, hash.digest("hex").toUpperCase(), label);
  const opened = unread.map((one) => readItem(one, label));
  const floats = unread.flatMap(({ item, held }) => (item.kind === "value" && held.type === "float" ? [shown(item.name)] : []));
  if (floats.length > 0) warnings.push(`${label}: ${named(floats)}: a number with a fraction; compare it with what sops prints`);
  if (file.macOnlyEncrypted) warnings.push(`${label}: its MAC covers encrypted values only; look through those that stood in clear`);
  const made = likeDotenv ? asDotenv(opened, label) : asValues(opened, label);
  return { document: made.document, warnings: [...warnings, ...made.warnings] };
}

function openItem(item: Extract<SopsItem, { kind: "value" }>, dataKey: Uint8Array, label: string): SopsValue {
  const value = openSopsValue(item.text, dataKey, `${item.name}:`);
  const where = `${label} line ${item.line}: the value of ${shown(item.name)}`;
  switch (value) {
    case "no form":
      throw damaged(`${where} is not encrypted as SOPS does it, and by the file's rule it should be`);
    case "does not open":
      throw damaged(`${where} does not open: it was damaged, or sealed for another name or file`);
    case "unknown type":
      throw new EnvsealError("UNSUPPORTED_FORMAT", `${where} is of a type that a dotenv file does not have`, {
        hint: "sops edit, make it text, then import the file",
      });
    default:
      return value;
  }
}

function inClear({ text }: SopsItem): SopsValue {
  return { bytes: utf8(text), type: "str" };
}

function readItem({ item, held: { bytes, type } }: Unread, label: string): OpenedItem {
  const read = fromUtf8(bytes);
  if (read === null) {
    const what = item.kind === "comment" ? "the comment" : `the value of ${shown(item.name)}`;
    throw new EnvsealError("BAD_VALUE", `${label} line ${item.line}: ${what} is not valid UTF-8`, {
      hint: "encode it, for example as base64, with sops edit",
    });
  }
  const text = type === "bool" && /^(?:True|False)$/.test(read) ? read.toLowerCase() : read;
  return item.kind === "comment" ? { kind: "comment", text } : { ...item, text };
}

/** Comments are in no MAC. SOPS takes one that does not open for plain text; one that looks sealed is refused here. */
function openComment(item: SopsItem, encrypted: boolean, dataKey: Uint8Array, label: string, warnings: string[]): SopsValue {
  if (!encrypted) return inClear(item);
  const value = openSopsValue(item.text, dataKey, ":");
  if (typeof value !== "string") return value;
  if (item.text.startsWith("ENC[")) throw damaged(`${label} line ${item.line}: the encrypted comment does not open`);
  warnings.push(`${label} line ${item.line}: this comment was not encrypted, so nothing says who wrote it`);
  return inClear(item);
}

function checkMac({ mac, lastModified }: SopsFile, dataKey: Uint8Array, computed: string, label: string): void {
  const value = openSopsValue(mac, dataKey, lastModified);
  if (typeof value !== "string" && equal(value.bytes, utf8(computed))) return;
  throw new EnvsealError("TAMPERED", `${label}: its MAC does not fit: lines were added, removed, moved or changed since SOPS wrote it`, {
    hint: "take the file from git again (git log tells who changed it); after a merge, mend it with sops first",
  });
}

/** Each value as SOPS has it (sops exec-env): quotes, # and spaces are part of it. */
function asValues(opened: readonly OpenedItem[], label: string): Imported {
  const wrong = opened.find((item) => item.kind === "value" && !isVariableName(item.name));
  if (wrong?.kind === "value") {
    throw wrongFormat(
      `${label} line ${wrong.line}: to SOPS, ${shown(wrong.name)} is a name, and no variable can have it`,
      "where a dotenv loader reads what sops decrypts, add --like-dotenv; else rename it with sops edit",
    );
  }
  const rows = opened.map((item) =>
    item.kind === "comment" ? commentRow(item.text) : `${item.name}=${quoteValue(item.text, item.name, "")}`,
  );
  const { document, warnings } = readRows(rows, label);
  const values = opened.filter((item) => item.kind === "value");
  const read = assignmentsOf(document);
  const lost = values.find(({ name, text }, index) => read[index]?.name !== name || read[index].value !== text);
  if (lost !== undefined || read.length !== values.length) {
    throw new EnvsealError(
      "BAD_VALUE",
      `${label}: ${lost === undefined ? "a value" : shown(lost.name)} cannot be written in dotenv syntax`,
      {
        hint: "encode it, for example as base64, with sops edit",
      },
    );
  }
  return { document, warnings: [...warnings.map(({ message }) => `${label}: ${message}`), ...tellOfReadings(opened, label)] };
}

/** The file as `sops decrypt` prints it. */
function asDotenv(opened: readonly OpenedItem[], label: string): Imported {
  const rows = opened.map((item) => (item.kind === "comment" ? commentRow(item.text) : dotenvRow(item)));
  const { document, warnings } = readRows(rows, label);
  return { document, warnings: warnings.map(({ line, message }) => `${label}, decrypted, line ${line}: ${message}`) };
}

/** dotenv's own errors would name what stands within values. @throws BAD_VALUE */
function readRows(rows: readonly string[], label: string): ReturnType<typeof parseDocument> {
  try {
    return parseDocument(utf8(joined(rows)));
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    throw new EnvsealError("BAD_VALUE", `${label}, decrypted, is no file that dotenv reads without loss`, {
      hint: "look at it with sops edit: a quote that is never closed, a NUL, text after a closing quote",
    });
  }
}

function tellOfReadings(opened: readonly OpenedItem[], label: string): string[] {
  const names = opened.flatMap((item) => (item.kind === "value" && !readsAlike(item) ? [item.name] : []));
  if (names.length === 0) return [];
  return [
    `${label}: ${named(names)}: sealed as SOPS has it (sops exec-env), quotes and # included; a dotenv loader reads what sops decrypt prints otherwise: for that add --like-dotenv`,
  ];
}

function readsAlike(item: Extract<OpenedItem, { kind: "value" }>): boolean {
  try {
    const read = assignmentsOf(parseDocument(utf8(dotenvRow(item))).document);
    return read.length === 1 && read[0]?.value === item.text;
  } catch {
    return false;
  }
}

function dotenvRow({ name, text }: { name: string; text: string }): string {
  return `${name}=${text.replaceAll("\n", "\\n")}`;
}

/** A line break in it would end it. */
function commentRow(text: string): string {
  return `#${text.replace(/\r\n?|\n/g, "\n#")}`;
}

function joined(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join("");
}

function shown(name: string): string {
  return `"${name.replace(/[^\x20-\x7e]/g, "\uFFFD").slice(0, 64)}"`;
}
