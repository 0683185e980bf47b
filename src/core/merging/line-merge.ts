import { append } from "../append.ts";

/** A line of a merged sequence: which side it is taken from, and its index there. */
export interface Origin {
  side: "ours" | "theirs";
  index: number;
}

/** Above this many cells, a stretch without a single unique line counts as changed as a whole. */
const MAX_CELLS = 1 << 18;

/** Pairs [index in a, index in b] of equal lines, rising in both: a patience diff, exact where no line is unique. */
export function matchLines(a: readonly string[], b: readonly string[]): [number, number][] {
  const pairs: [number, number][] = [];
  const stack: [number, number, number, number][] = [[0, a.length, 0, b.length]];
  for (let range = stack.pop(); range !== undefined; range = stack.pop()) {
    let [aFrom, aTo, bFrom, bTo] = range;
    while (aFrom < aTo && bFrom < bTo && a[aFrom] === b[bFrom]) pairs.push([aFrom++, bFrom++]);
    while (aFrom < aTo && bFrom < bTo && a[aTo - 1] === b[bTo - 1]) pairs.push([--aTo, --bTo]);
    if (aFrom === aTo || bFrom === bTo) continue;
    const anchors = uniqueInBoth(a, aFrom, aTo, b, bFrom, bTo);
    if (anchors.length === 0) append(pairs, longest(a, aFrom, aTo, b, bFrom, bTo));
    for (const [x, y] of anchors.length === 0 ? [] : [...anchors, [aTo, bTo] as [number, number]]) {
      stack.push([aFrom, x, bFrom, y]);
      if (x < aTo) pairs.push([x, y]);
      [aFrom, bFrom] = [x + 1, y + 1];
    }
  }
  return pairs.sort((x, y) => x[0] - y[0]);
}

/** Lines that stand once in each range, as a longest rising run. */
function uniqueInBoth(a: readonly string[], aFrom: number, aTo: number, b: readonly string[], bFrom: number, bTo: number) {
  const inB = positions(b, bFrom, bTo);
  const candidates: [number, number][] = [];
  for (const [line, x] of positions(a, aFrom, aTo)) {
    const y = inB.get(line);
    if (x !== -1 && y !== undefined && y !== -1) candidates.push([x, y]);
  }
  return risingRun(candidates);
}

/** Line → its only index, or -1 where it stands more than once. */
function positions(lines: readonly string[], from: number, to: number): Map<string, number> {
  const found = new Map<string, number>();
  for (let index = from; index < to; index++) found.set(lines[index] as string, found.has(lines[index] as string) ? -1 : index);
  return found;
}

/** A longest run of the pairs (sorted by their first number) whose second numbers rise. */
function risingRun(pairs: readonly [number, number][]): [number, number][] {
  const tails: number[] = [];
  const before: number[] = [];
  pairs.forEach(([, y], index) => {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tails[middle] as number] as [number, number])[1] < y) low = middle + 1;
      else high = middle;
    }
    before[index] = low === 0 ? -1 : (tails[low - 1] as number);
    tails[low] = index;
  });
  const run: [number, number][] = [];
  for (let index = tails.at(-1) ?? -1; index !== -1; index = before[index] as number) run.push(pairs[index] as [number, number]);
  return run.reverse();
}

/** A longest common subsequence by the textbook's table. */
function longest(a: readonly string[], aFrom: number, aTo: number, b: readonly string[], bFrom: number, bTo: number): [number, number][] {
  const [rows, columns] = [aTo - aFrom, bTo - bFrom];
  if (rows * columns > MAX_CELLS) return [];
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  const at = (x: number, y: number) => lengths[x * width + y] as number;
  for (let x = rows - 1; x >= 0; x--)
    for (let y = columns - 1; y >= 0; y--)
      lengths[x * width + y] = a[aFrom + x] === b[bFrom + y] ? at(x + 1, y + 1) + 1 : Math.max(at(x + 1, y), at(x, y + 1));
  const pairs: [number, number][] = [];
  for (let x = 0, y = 0; x < rows && y < columns; ) {
    if (a[aFrom + x] === b[bFrom + y]) pairs.push([aFrom + x++, bFrom + y++]);
    else if (at(x + 1, y) >= at(x, y + 1)) x++;
    else y++;
  }
  return pairs;
}

/**
 * Three-way merge of sequences that never conflicts: where both sides changed one stretch, what either removed is gone and
 * what either added stays, ours first.
 */
export function mergeSequences(base: readonly string[], ours: readonly string[], theirs: readonly string[]): Origin[] {
  const [inOurs, inTheirs] = [new Map(matchLines(base, ours)), new Map(matchLines(base, theirs))];
  const merged: Origin[] = [];
  let [b, o, t] = [0, 0, 0];
  for (let stable = 0; stable <= base.length; stable++) {
    const end = stable === base.length;
    const [x, y] = end ? [ours.length, theirs.length] : [inOurs.get(stable), inTheirs.get(stable)];
    if (x === undefined || y === undefined) continue;
    append(merged, mergeStretch(base.slice(b, stable), { lines: ours, from: o, to: x }, { lines: theirs, from: t, to: y }));
    if (!end) merged.push({ side: "ours", index: x });
    [b, o, t] = [stable + 1, x + 1, y + 1];
  }
  return merged;
}

interface Stretch {
  lines: readonly string[];
  from: number;
  to: number;
}

function mergeStretch(base: readonly string[], ours: Stretch, theirs: Stretch): Origin[] {
  const [o, t] = [ours.lines.slice(ours.from, ours.to), theirs.lines.slice(theirs.from, theirs.to)];
  const takeOurs = o.map((_line, index): Origin => ({ side: "ours", index: ours.from + index }));
  if (same(base, t) || same(o, t)) return takeOurs;
  if (same(base, o)) return t.map((_line, index): Origin => ({ side: "theirs", index: theirs.from + index }));

  const [added, removed] = [without(t, base), without(base, t)];
  // What both removed is gone already: it takes no equal line with it.
  for (const index of without(base, o)) removed.delete(index);
  const addedByUs = without(o, base);
  const result = takeOurs.filter((_origin, index) => addedByUs.has(index) || !takeOut(removed, base, o[index] as string));
  const known = [...addedByUs].map((index) => o[index] as string);
  let after = 0;
  t.forEach((line, index) => {
    const twin = known.indexOf(line);
    if (added.has(index) && twin !== -1) known.splice(twin, 1);
    else if (added.has(index)) {
      while (isOwn(result[after], addedByUs, ours.from)) after++;
      result.splice(after++, 0, { side: "theirs", index: theirs.from + index });
    } else {
      // From there on all is ours.
      const anchor = result.findIndex((origin, place) => place >= after && ours.lines[origin.index] === line);
      if (anchor !== -1) after = anchor + 1;
    }
  });
  return result;
}

function isOwn(origin: Origin | undefined, addedByUs: ReadonlySet<number>, from: number): boolean {
  return origin?.side === "ours" && addedByUs.has(origin.index - from);
}

/** The indexes of the lines that `known` does not hold, counted: a line that stands twice is known once for each. */
function without(lines: readonly string[], known: readonly string[]): Set<number> {
  const left = new Map<string, number>();
  for (const line of known) left.set(line, (left.get(line) ?? 0) + 1);
  return new Set(
    lines.flatMap((line, index) => {
      const count = left.get(line) ?? 0;
      left.set(line, count - 1);
      return count > 0 ? [] : [index];
    }),
  );
}

/** True if `line` is one of those marked in `lines`; that one mark is then used up. */
function takeOut(marked: Set<number>, lines: readonly string[], line: string): boolean {
  for (const index of marked) if (lines[index] === line) return marked.delete(index);
  return false;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
