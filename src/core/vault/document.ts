import { EnvsealError } from "../../errors.ts";
import { fromUtf8, utf8 } from "../bytes.ts";
import { MAX_ROWS, MAX_VAULT_BYTES } from "../limits.ts";
import { type ScannedAssignment, scanAssignment } from "./assignment.ts";

/** FORMAT.md section 2: 0 the file's own line end, 1 LF, 2 CRLF, 3 CR, 4 none (the text closes itself: U+2028/9). */
export type LineEnd = 0 | 1 | 2 | 3 | 4;
export type DefaultLineEnd = 1 | 2 | 3;
export const LINE_ENDS = ["", "\n", "\r\n", "\r", ""] as const;

export interface AssignmentLine {
  kind: "assignment";
  name: string;
  value: string;
  raw: string;
  end: LineEnd;
  line: number;
  /** A later line sets the same name; dotenv lets that one win. */
  dead: boolean;
}

export interface OtherLine {
  kind: "other";
  raw: string;
  end: LineEnd;
  line: number;
}

export type DocumentLine = AssignmentLine | OtherLine;

/** A dotenv file without loss: `serialise(parseDocument(bytes))` is `bytes`. */
export interface Document {
  bom: boolean;
  eol: DefaultLineEnd;
  finalNewline: boolean;
  lines: DocumentLine[];
}

export interface DocumentWarning {
  code: "DUPLICATE_NAME" | "CASE_VARIANT" | "NOT_AN_ASSIGNMENT" | "CUT_AT_HASH";
  line: number;
  message: string;
}

/** What of a document its text is made of. */
export interface DocumentText extends Omit<Document, "lines"> {
  lines: readonly Pick<DocumentLine, "raw" | "end">[];
}

const BOM = "\uFEFF";

/**
 * Reads a dotenv file as dotenv 17/18 does, keeping every byte.
 * @throws MALFORMED_DOTENV with a line number: no UTF-8, NUL, an unterminated quote, an assignment dotenv would drop or
 *   cut without a word, the name `__proto__`, more than 16 MiB or 2¹⁸ lines.
 */
export function parseDocument(bytes: Uint8Array, label = "the file"): { document: Document; warnings: DocumentWarning[] } {
  const text = decodeText(bytes, label);
  const bom = text.startsWith(BOM);
  const body = bom ? text.slice(1) : text;
  const warnings: DocumentWarning[] = [];
  const lines: DocumentLine[] = [];
  let line = 1;
  for (let at = 0; at < body.length; ) {
    const scanned = scanAssignment(body, at);
    const stop = scanned?.end ?? otherEnd(body, at);
    const { end, next } = lineEndAt(body, stop);
    const raw = body.slice(at, end === 4 ? next : stop);
    if (scanned !== null) {
      refuseLoss(scanned, label, line, warnings);
      lines.push({ kind: "assignment", name: scanned.name, value: scanned.value, raw, end, line, dead: false });
    } else {
      refuseDropped(raw, label, line, warnings);
      lines.push({ kind: "other", raw, end, line });
    }
    if (lines.length > MAX_ROWS)
      throw new EnvsealError("MALFORMED_DOTENV", `${label} has more than ${MAX_ROWS} lines`, { hint: "keep files of that size elsewhere" });
    line += countLineEnds(body, at, next);
    at = next;
  }
  const eol = commonLineEnd(lines);
  const finalNewline = lines.at(-1)?.end !== 0;
  for (const entry of lines) if (entry.end === eol) entry.end = 0;
  markDead(lines, warnings);
  warnAboutCase(lines, warnings);
  return { document: { bom, eol, finalNewline, lines }, warnings: warnings.sort((a, b) => a.line - b.line) };
}

export function serialise(document: DocumentText): Uint8Array {
  const last = document.lines.length - 1;
  const text = document.lines.map((entry, index) => {
    const bare = index === last && !document.finalNewline;
    return bare ? entry.raw : entry.raw + LINE_ENDS[entry.end === 0 ? document.eol : entry.end];
  });
  return utf8((document.bom ? BOM : "") + text.join(""));
}

/**
 * What dotenv reads from a text, whatever else is in it, for files that are read and not sealed. dotenv itself takes the square of
 * the time where a text has many empty lines: minutes for 100 kB of them.
 */
export function readLoosely(text: string): Record<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const scanned = scanAssignment(text, at);
    if (scanned !== null && scanned.name !== "__proto__") values.set(scanned.name, scanned.value);
    at = lineEndAt(text, scanned?.end ?? otherEnd(text, at)).next;
  }
  return Object.fromEntries(values);
}

/** Name → value of the live assignments, in file order. */
export function valuesOf(document: Document): Map<string, string> {
  return new Map(liveAssignments(document).map((entry) => [entry.name, entry.value]));
}

export function liveAssignments(document: Document): AssignmentLine[] {
  return document.lines.filter((entry): entry is AssignmentLine => entry.kind === "assignment" && !entry.dead);
}

function decodeText(bytes: Uint8Array, label: string): string {
  const malformed = (what: string, hint: string) => new EnvsealError("MALFORMED_DOTENV", `${label} ${what}`, { hint });
  if (bytes.length > MAX_VAULT_BYTES) throw malformed("is larger than 16 MiB", "keep files of that size elsewhere");
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw malformed("is UTF-16", "save it as UTF-8");
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    const line = 1 + bytes.subarray(0, nul).filter((byte) => byte === 0x0a).length;
    throw malformed(`holds a NUL byte on line ${line}`, "environment variables cannot hold one; encode the value, for example as base64");
  }
  const text = fromUtf8(bytes);
  if (text === null) throw malformed("is not valid UTF-8", "save it as UTF-8");
  return text;
}

/** A line that is no assignment ends at CR or LF, or just behind U+2028/9, where dotenv may see the next assignment. */
function otherEnd(text: string, at: number): number {
  const pattern = /[\r\n\u2028\u2029]/g;
  pattern.lastIndex = at;
  return pattern.exec(text)?.index ?? text.length;
}

function lineEndAt(text: string, at: number): { end: LineEnd; next: number } {
  switch (text[at]) {
    case "\n":
      return { end: 1, next: at + 1 };
    case "\r":
      return text[at + 1] === "\n" ? { end: 2, next: at + 2 } : { end: 3, next: at + 1 };
    case "\u2028":
    case "\u2029":
      return { end: 4, next: at + 1 };
    default:
      return { end: 0, next: at };
  }
}

function countLineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x0a || (char === 0x0d && text.charCodeAt(at + 1) !== 0x0a)) count++;
  }
  return count;
}

/** The most frequent of LF, CRLF and CR; LF where they tie or there is none. */
function commonLineEnd(lines: readonly DocumentLine[]): DefaultLineEnd {
  const count = [0, 0, 0, 0, 0];
  for (const { end } of lines) count[end] = (count[end] as number) + 1;
  const [, lf = 0, crlf = 0, cr = 0] = count;
  if (lf >= crlf && lf >= cr) return 1;
  return crlf >= cr ? 2 : 3;
}

function refuseLoss(scanned: ScannedAssignment, label: string, line: number, warnings: DocumentWarning[]): void {
  const { name, loss } = scanned;
  const malformed = (what: string, hint: string) => new EnvsealError("MALFORMED_DOTENV", `${label} line ${line}: ${what}`, { hint });
  if (name === "__proto__") throw malformed("the name __proto__ cannot be read back", "choose another name");
  if (loss === "unterminated") {
    throw malformed(`the quote that opens the value of ${name} is never closed`, "close it, or quote the value with another kind of quote");
  }
  if (loss === "after-quote") {
    throw malformed(
      `there is text behind the closing quote of ${name}, and dotenv would cut it`,
      "quote the whole value with a kind of quote it does not hold",
    );
  }
  if (loss === "hash") {
    warnings.push({
      code: "CUT_AT_HASH",
      line,
      message: `dotenv ends the value of ${name} at the "#"; quote it if that belongs to the value`,
    });
  }
}

function refuseDropped(raw: string, label: string, line: number, warnings: DocumentWarning[]): void {
  const text = raw.trim();
  if (text === "" || text.startsWith("#")) return;
  if (/^(?:export\s+)?[^\s=#'"`:]+\s*=/.test(text)) {
    throw new EnvsealError(
      "MALFORMED_DOTENV",
      `${label} line ${line}: dotenv would drop this assignment: its name may only hold letters, digits, "_", "-" and "."`,
      {
        hint: 'rename it, or comment the line out with "#"',
      },
    );
  }
  warnings.push({ code: "NOT_AN_ASSIGNMENT", line, message: "this line is no assignment; it is kept as a comment" });
}

function markDead(lines: readonly DocumentLine[], warnings: DocumentWarning[]): void {
  const live = new Map<string, AssignmentLine>();
  for (const entry of lines) {
    if (entry.kind !== "assignment") continue;
    const earlier = live.get(entry.name);
    if (earlier !== undefined) {
      earlier.dead = true;
      warnings.push({
        code: "DUPLICATE_NAME",
        line: earlier.line,
        message: `${entry.name} is set again on line ${entry.line}, and that one wins; this one is kept as a comment`,
      });
    }
    live.set(entry.name, entry);
  }
}

function warnAboutCase(lines: readonly DocumentLine[], warnings: DocumentWarning[]): void {
  const seen = new Map<string, string>();
  for (const entry of lines) {
    if (entry.kind !== "assignment" || entry.dead) continue;
    const folded = entry.name.toUpperCase();
    const other = seen.get(folded);
    if (other !== undefined) {
      warnings.push({
        code: "CASE_VARIANT",
        line: entry.line,
        message: `${entry.name} and ${other} differ only by case: they are one variable on Windows`,
      });
    }
    seen.set(folded, entry.name);
  }
}
