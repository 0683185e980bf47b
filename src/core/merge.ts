import type { AssignmentLine, Document, DocumentLine, OtherLine } from "./document.ts";

export interface MergedDocument {
  document: Document;
  /** Names that both sides changed to different values, or that one side changed and the other removed. */
  conflicts: string[];
}

/**
 * Three-way merge of dotenv files by name. Ours gives the order and, in a conflict, the line. Comments and layout never
 * conflict: where both sides changed them, both are kept.
 */
export function mergeDocuments(base: Document, ours: Document, theirs: Document): MergedDocument {
  const [b, o, t] = [blocksOf(base), blocksOf(ours), blocksOf(theirs)];
  const conflicts: string[] = [];
  const kept = new Map<string, AssignmentLine>();
  for (const name of new Set([...o.assignments.keys(), ...t.assignments.keys()])) {
    const choice = choose(b.assignments.get(name), o.assignments.get(name), t.assignments.get(name));
    if (choice.conflict) conflicts.push(name);
    if (choice.line !== undefined) kept.set(name, choice.line);
  }
  const order = mergeOrder([...o.assignments.keys()], [...t.assignments.keys()], kept);
  const lines: DocumentLine[] = mergeBlock(b.others.get(""), o.others.get(""), t.others.get(""));
  for (const name of order) {
    const line = kept.get(name);
    const block = mergeBlock(b.others.get(name), o.others.get(name), t.others.get(name));
    if (line !== undefined) lines.push(line, ...block);
    else lines.push(...newLines(b.others.get(name), o.others.get(name)));
  }
  const flags = (key: "bom" | "eol" | "finalNewline") => (ours[key] === base[key] ? theirs[key] : ours[key]);
  const document = { bom: flags("bom"), eol: flags("eol"), finalNewline: flags("finalNewline"), lines } as Document;
  return { document, conflicts: conflicts.sort() };
}

interface Blocks {
  /** The live assignments in file order. */
  assignments: Map<string, AssignmentLine>;
  /** The other lines behind each of them; under "" those before the first. Dead assignments are dropped. */
  others: Map<string, OtherLine[]>;
}

function blocksOf(document: Document): Blocks {
  const assignments = new Map<string, AssignmentLine>();
  const others = new Map<string, OtherLine[]>([["", []]]);
  let anchor = "";
  for (const line of document.lines) {
    if (line.kind === "other") others.get(anchor)?.push(line);
    else if (!line.dead) {
      anchor = line.name;
      assignments.set(anchor, line);
      others.set(anchor, []);
    }
  }
  return { assignments, others };
}

type Line = AssignmentLine | undefined;

function choose(base: Line, ours: Line, theirs: Line): { line: Line; conflict: boolean } {
  if (same(base, theirs)) return { line: ours, conflict: false };
  if (same(base, ours)) return { line: theirs, conflict: false };
  if (ours?.value === theirs?.value) return { line: ours, conflict: false };
  // A side that only touched quotes or the inline comment gives way to the one that changed the value.
  if (base !== undefined && ours !== undefined && theirs !== undefined) {
    if (ours.value === base.value) return { line: theirs, conflict: false };
    if (theirs.value === base.value) return { line: ours, conflict: false };
  }
  return { line: ours ?? theirs, conflict: true };
}

function same(a: Line, b: Line): boolean {
  return a?.raw === b?.raw;
}

/** Ours' order; what only theirs has goes behind the name it stands behind there. */
function mergeOrder(ours: string[], theirs: string[], kept: ReadonlyMap<string, AssignmentLine>): string[] {
  const order = [...ours];
  const present = new Set(order);
  theirs.forEach((name, index) => {
    if (present.has(name) || !kept.has(name)) return;
    const anchor = theirs.slice(0, index).findLast((earlier) => present.has(earlier));
    order.splice(anchor === undefined ? 0 : order.indexOf(anchor) + 1, 0, name);
    present.add(name);
  });
  return order;
}

function mergeBlock(base: OtherLine[] = [], ours: OtherLine[] = [], theirs: OtherLine[] = []): OtherLine[] {
  if (sameLines(base, theirs)) return ours;
  if (sameLines(base, ours) || sameLines(ours, theirs)) return theirs;
  return [...ours, ...newLines([...base, ...ours], theirs)];
}

/** The lines of `side` that `known` does not hold, counted: a line that stands twice is known once for each. */
function newLines(known: OtherLine[] = [], side: OtherLine[] = []): OtherLine[] {
  const left = known.map(({ raw }) => raw);
  return side.filter(({ raw }) => {
    const index = left.indexOf(raw);
    if (index !== -1) left.splice(index, 1);
    return index === -1;
  });
}

function sameLines(a: OtherLine[], b: OtherLine[]): boolean {
  return a.length === b.length && a.every((line, index) => line.raw === b[index]?.raw && line.end === b[index]?.end);
}
