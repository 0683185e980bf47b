import { EnvsealError } from "../errors.ts";
import { type ScannedAssignment, scanAssignment } from "./assignment.ts";
import { type AssignmentLine, type Document, type DocumentLine, parseDocument, serialise, valuesOf } from "./document.ts";
import { quoteValue } from "./quoting.ts";

/**
 * `document` with `name` set: in its place with its `export` and inline comment, or as a new last line.
 * @throws BAD_VALUE where dotenv has no text for the value, or where a stray quote of another line would swallow it
 */
export function setValue(document: Document, name: string, value: string): Document {
  const current = document.lines.find((line): line is AssignmentLine => line.kind === "assignment" && !line.dead && line.name === name);
  if (current?.value === value) return document;
  const quoted = quoteValue(value, name);
  const edited =
    current === undefined
      ? appended(document, `${name}=${quoted}`)
      : {
          ...document,
          lines: document.lines.map((line) => (line === current ? { ...line, raw: replaceValue(current, quoted, value) } : line)),
        };
  const after = reread(edited);
  const expected = valuesOf(document).set(name, value);
  const actual = valuesOf(after);
  if (actual.size === expected.size && [...expected].every(([key, text]) => actual.get(key) === text)) return after;
  throw new EnvsealError("BAD_VALUE", `${name} cannot be set: a quote that another line opens would swallow it`, {
    hint: "envseal edit, and close or remove the stray quote",
  });
}

/** Keeps what stands before the value (`export`, spaces) and behind it (an inline comment), where it still reads so. */
function replaceValue({ raw, name }: AssignmentLine, quoted: string, value: string): string {
  const { valueFrom, valueTo } = scanAssignment(raw, 0) as ScannedAssignment;
  const candidate = raw.slice(0, valueFrom) + quoted + raw.slice(valueTo);
  const scanned = scanAssignment(candidate, 0);
  const reads =
    scanned?.name === name && scanned.value === value && scanned.end >= candidate.trimEnd().length && scanned.loss === undefined;
  return reads ? candidate : `${name}=${quoted}`;
}

function appended(document: Document, raw: string): Document {
  const line: DocumentLine = { kind: "other", raw, end: 0, line: 0 };
  return { ...document, lines: [...document.lines, line] };
}

/**
 * `document` with the value that `read` gives for each assignment, dead ones too. A line keeps its `export`, its kind of
 * quotes and its comment, where it still reads so.
 * @throws BAD_VALUE as setValue does
 */
export function replaceValues(document: Document, read: (line: AssignmentLine) => string): Document {
  const expected: [string, string][] = [];
  const lines = document.lines.map((line): DocumentLine => {
    if (line.kind !== "assignment") return line;
    const value = read(line);
    expected.push([line.name, value]);
    if (value === line.value) return line;
    const first = line.raw[(scanAssignment(line.raw, 0) as ScannedAssignment).valueFrom] ?? "";
    const quote = "'\"`".includes(first) ? first : "";
    return { ...line, raw: replaceValue(line, quoteValue(value, line.name, quote), value) };
  });
  const after = reread({ ...document, lines });
  const actual = after.lines.filter((line): line is AssignmentLine => line.kind === "assignment");
  const wrong = expected.findIndex(([name, value], index) => actual[index]?.name !== name || actual[index].value !== value);
  if (wrong === -1 && actual.length === expected.length) return after;
  throw new EnvsealError(
    "BAD_VALUE",
    `${expected[wrong]?.[0] ?? "a value"} cannot be written: a quote that another line opens would swallow it`,
    {
      hint: "close or remove the stray quote in the file",
    },
  );
}

/** `document` without any line that sets `name`, dead ones too; null where no live one does. */
export function unsetValue(document: Document, name: string): Document | null {
  const lines = document.lines.filter((line) => line.kind !== "assignment" || line.name !== name);
  return lines.length === document.lines.length ? null : reread({ ...document, lines });
}

/** What dotenv reads in the edited text, which is what counts. */
export function reread(document: Document): Document {
  return parseDocument(serialise(document)).document;
}

export function emptyDocument(): Document {
  return { bom: false, eol: 1, finalNewline: true, lines: [] };
}

/** `document` with every dead assignment commented out; itself where there is none. */
export function dedupe(document: Document): Document {
  if (!document.lines.some((line) => line.kind === "assignment" && line.dead)) return document;
  const comment = (raw: string) => raw.replace(/^/gm, "# ");
  return reread({
    ...document,
    lines: document.lines.map((line) => (line.kind === "assignment" && line.dead ? { ...line, raw: comment(line.raw) } : line)),
  });
}
