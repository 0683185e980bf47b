import { type AssignmentLine, type Document, type DocumentLine, liveAssignments } from "../vault/document.ts";
import { mergeSequences } from "./line-merge.ts";

export type Side = "ours" | "theirs";

export interface MergedDocument {
  document: Document;
  /** Names that both sides changed to different values, or that one side changed and the other removed. */
  conflicts: string[];
}

/**
 * Three-way merge of dotenv files by name. Comments and layout never conflict: where both sides changed them, what either
 * added is kept. A dead assignment stays as long as its live one does.
 * @param prefer the side that a conflict is given to, its removal of the name included; where undefined, whichever side has the name, ours first
 */
export function mergeDocuments(base: Document, ours: Document, theirs: Document, prefer?: (name: string) => Side): MergedDocument {
  const [b, o, t] = [byName(base), byName(ours), byName(theirs)];
  const conflicts: string[] = [];
  const kept = new Map<string, AssignmentLine>();
  for (const name of new Set([...o.keys(), ...t.keys()])) {
    const choice = choose(b.get(name), o.get(name), t.get(name));
    if (choice.conflict) conflicts.push(name);
    const wanted = choice.conflict ? prefer?.(name) : undefined;
    const line = wanted === undefined ? choice.line : (wanted === "ours" ? o : t).get(name);
    if (line !== undefined) kept.set(name, line);
  }
  const flags = (key: "bom" | "eol" | "finalNewline") => (ours[key] === base[key] ? theirs[key] : ours[key]);
  const lines = mergeLayout(base.lines, ours.lines, theirs.lines, kept);
  const document = { bom: flags("bom"), eol: flags("eol"), finalNewline: flags("finalNewline"), lines } as Document;
  return { document, conflicts: conflicts.sort() };
}

function byName(document: Document): Map<string, AssignmentLine> {
  return new Map(liveAssignments(document).map((line) => [line.name, line]));
}

type Line = AssignmentLine | undefined;

function choose(base: Line, ours: Line, theirs: Line): { line: Line; conflict: boolean } {
  if (same(base, theirs)) return { line: ours, conflict: false };
  if (same(base, ours)) return { line: theirs, conflict: false };
  if (ours?.value === theirs?.value) return { line: ours, conflict: false };
  // A side that only touched quotes or the inline comment gives way to the one that changed the value, or took the name away.
  if (ours !== undefined && ours.value === base?.value) return { line: theirs, conflict: false };
  if (theirs !== undefined && theirs.value === base?.value) return { line: ours, conflict: false };
  return { line: ours ?? theirs, conflict: true };
}

function same(a: Line, b: Line): boolean {
  return a?.raw === b?.raw;
}

/** The order of the lines; each kept assignment stands in it once, where ours has it. */
function mergeLayout(
  base: readonly DocumentLine[],
  ours: readonly DocumentLine[],
  theirs: readonly DocumentLine[],
  kept: ReadonlyMap<string, AssignmentLine>,
): DocumentLine[] {
  const order = mergeSequences(base.map(keyOf), ours.map(keyOf), theirs.map(keyOf)).map(
    ({ side, index }) => (side === "ours" ? ours : theirs)[index] as DocumentLine,
  );
  const inOurs = new Set(ours);
  const places = new Map<string, DocumentLine>();
  for (const line of order)
    if (isLive(line) && kept.has(line.name) && (!places.has(line.name) || inOurs.has(line))) places.set(line.name, line);
  const lines = order.filter((line) => line.kind === "other" || (line.dead ? kept.has(line.name) : places.get(line.name) === line));
  for (const [name, line] of kept) if (!places.has(name)) insert(lines, line, inOurs.has(line) ? ours : theirs);
  return withoutRevived(lines.map((line) => (isLive(line) ? (kept.get(line.name) as AssignmentLine) : line)));
}

/** Assignments are one line by their name, whatever their value; all else by its text. */
function keyOf(line: DocumentLine): string {
  return isLive(line) ? `=${line.name}` : `#${line.raw}`;
}

function isLive(line: DocumentLine): line is AssignmentLine {
  return line.kind === "assignment" && !line.dead;
}

/** Behind the nearest line that it stands behind on its own side. */
function insert(lines: DocumentLine[], line: AssignmentLine, side: readonly DocumentLine[]): void {
  for (let index = side.indexOf(line) - 1; index >= 0; index--) {
    const key = keyOf(side[index] as DocumentLine);
    const anchor = lines.findLastIndex((earlier) => keyOf(earlier) === key);
    if (anchor !== -1) return void lines.splice(anchor + 1, 0, line);
  }
  lines.unshift(line);
}

/** A dead assignment that came to stand behind its live one would win over it. */
function withoutRevived(lines: readonly DocumentLine[]): DocumentLine[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    if (isLive(line)) seen.add(line.name);
    return line.kind === "other" || !line.dead || !seen.has(line.name);
  });
}
