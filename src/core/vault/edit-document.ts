import { EnvsealError } from "../../errors.ts";
import { type ScannedAssignment, scanAssignment } from "./assignment.ts";
import { type AssignmentLine, type Document, type DocumentLine, parseDocument, serialise } from "./document.ts";
import { quoteValue } from "./quoting.ts";

/**
 * `document` with `name` set: in its place with its `export` and inline comment, or as a new last line.
 * @throws BAD_VALUE where dotenv has no text for the value, and as `settled` does
 */
export function setValue(document: Document, name: string, value: string): Document {
  const current = document.lines.find((line): line is AssignmentLine => line.kind === "assignment" && !line.dead && line.name === name);
  if (current?.value === value) return document;
  const quoted = quoteValue(value, name);
  const lines: DocumentLine[] =
    current === undefined
      ? [...document.lines, { kind: "assignment", name, value, raw: `${name}=${quoted}`, end: 0, line: 0, dead: false }]
      : document.lines.map((line) => (line === current ? withValue(current, value, quoted) : line));
  return settled({ ...document, lines }, `${name} cannot be set`);
}

/** Keeps what stands before the value (`export`, spaces) and, where it still reads so, behind it (an inline comment). */
function withValue(line: AssignmentLine, value: string, quoted: string): AssignmentLine {
  const { raw, end } = endedByFile(line);
  const { valueFrom, valueTo } = scan(raw);
  const head = raw.slice(0, valueFrom);
  const kept = head + quoted + raw.slice(valueTo);
  const scanned = scan(kept);
  const reads = scanned.value === value && scanned.loss === undefined;
  return { ...line, value, end, raw: reads ? kept : `${head.slice(0, head.lastIndexOf(line.name))}${line.name}=${quoted}` };
}

function scan(raw: string): ScannedAssignment {
  return scanAssignment(raw, 0) as ScannedAssignment;
}

/** A line that U+2028 or U+2029 closed, with the file's own line end: behind a bare value or a comment dotenv reads on. */
function endedByFile<Line extends DocumentLine>(line: Line): Line {
  return line.end === 4 ? { ...line, raw: line.raw.slice(0, -1), end: 0 } : line;
}

/**
 * `document` with the value that `read` gives for each assignment, dead ones too. A line keeps its `export`, its kind of
 * quotes and its comment, where it still reads so.
 * @throws BAD_VALUE as setValue does
 */
export function replaceValues(document: Document, read: (line: AssignmentLine) => string): Document {
  const lines = document.lines.map((line): DocumentLine => {
    if (line.kind !== "assignment") return line;
    const value = read(line);
    if (value === line.value) return line;
    const first = line.raw.charAt(scan(line.raw).valueFrom);
    const quote = "'\"`".includes(first) ? first : "";
    return withValue(line, value, quoteValue(value, line.name, quote));
  });
  return settled({ ...document, lines }, "the values cannot be written");
}

/** `document` without any line that sets `name`, dead ones too; null where no live one does. @throws BAD_VALUE as settled does */
export function unsetValue(document: Document, name: string): Document | null {
  const lines = document.lines.filter((line) => line.kind !== "assignment" || line.name !== name);
  return lines.length === document.lines.length ? null : settled({ ...document, lines }, `${name} cannot be removed`);
}

/** What dotenv reads in the edited text, which is what counts. */
export function reread(document: Document): Document {
  return parseDocument(serialise(document)).document;
}

/**
 * The edited text as dotenv reads it, where that is what its lines say.
 * @throws BAD_VALUE where it is not: a quote, a name or an empty value that a line leaves open may take in what now follows
 */
export function settled(edited: Document, refusal: string): Document {
  const after = reread(edited);
  const [meant, read] = [rowsOf(edited), rowsOf(after)];
  // Neither a name nor a value holds a NUL.
  if (meant.join("\0") === read.join("\0")) return after;
  const [name] = String(read.find((row, index) => row !== meant[index])).split("=", 1);
  throw new EnvsealError("BAD_VALUE", `${refusal}: dotenv would then read ${name} otherwise, through what another line leaves open`, {
    hint: "envseal edit, and close or remove the stray quote or name above",
  });
}

function rowsOf({ lines }: Document): string[] {
  return lines.flatMap((line) => (line.kind === "assignment" ? [`${line.name}=${line.value}`] : []));
}

export function emptyDocument(): Document {
  return { bom: false, eol: 1, finalNewline: true, lines: [] };
}

/** `document` with every dead assignment commented out; itself where there is none. @throws BAD_VALUE as settled does */
export function dedupe(document: Document): Document {
  if (!document.lines.some((line) => line.kind === "assignment" && line.dead)) return document;
  const lines = document.lines.map((line): DocumentLine => {
    if (line.kind !== "assignment" || !line.dead) return line;
    const { raw, end } = endedByFile(line);
    // A line begins behind CRLF, not within.
    return { kind: "other", raw: raw.replace(/^(?<!\r(?=\n))/gm, "# "), end, line: line.line };
  });
  return settled({ ...document, lines }, "the dead lines cannot be commented out");
}
