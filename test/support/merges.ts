import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";

/** The three versions of a dotenv file. */
export interface Texts {
  base: string;
  ours: string;
  theirs: string;
}

/** What a by-name three-way merge of values is: the oracle, written without the product's code. */
export function mergeValues(
  base: Readonly<Record<string, string>>,
  ours: Readonly<Record<string, string>>,
  theirs: Readonly<Record<string, string>>,
): { values: Record<string, string>; conflicts: string[] } {
  const values: Record<string, string> = {};
  const conflicts: string[] = [];
  for (const name of new Set([...Object.keys(base), ...Object.keys(ours), ...Object.keys(theirs)])) {
    const [b, o, t] = [base, ours, theirs].map((side) => (Object.hasOwn(side, name) ? side[name] : undefined));
    if (o !== t && b !== t && b !== o) conflicts.push(name);
    else {
      const value = o === b ? t : o;
      if (value !== undefined) values[name] = value;
    }
  }
  return { values, conflicts: conflicts.sort() };
}

/** git's own text merge. @returns null where it conflicts */
export function textMerge({ base, ours, theirs }: Texts): string | null {
  const folder = mkdtempSync(join(tmpdir(), "envseal-test-"));
  try {
    for (const [name, text] of Object.entries({ base, ours, theirs })) writeFileSync(join(folder, name), text);
    const { status, stdout } = spawnSync("git", ["merge-file", "-p", "ours", "base", "theirs"], { cwd: folder });
    return status === 0 ? stdout.toString() : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Block = { name: string; value: string; above: string[] };
type Step =
  | { kind: "edit"; at: number; value: string }
  | { kind: "remove"; at: number }
  | { kind: "add"; at: number; name: string; value: string; comment: boolean }
  | { kind: "comment"; at: number; text: string };

const value = fc.stringMatching(/^[a-zA-Z0-9_/:.-]{1,24}$/);
/** Doubles are drawn by their bits, which would crowd at 0. */
const at = fc.integer({ min: 0, max: 9_999 }).map((number) => number / 10_000);
const newName = fc.constantFrom(...Array.from({ length: 30 }, (_, index) => `NEW_${index}`));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("edit" as const), at, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), at }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      at: fc.oneof(at, fc.constant(0.99999)),
      name: newName,
      value,
      comment: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("comment" as const), at, text: fc.constantFrom("# note", "# see the wiki", "#OLD=1") }),
  },
);
const steps = fc.array(step, { minLength: 1, maxLength: 3 });

/** Files as people have them, without the bias of generators for the first and the last line (sections, comments, empty lines), and what two people did to them. */
export const merges: fc.Arbitrary<Texts> = fc
  .noBias(
    fc.record({
      size: fc.integer({ min: 3, max: 30 }),
      values: fc.array(value, { minLength: 30, maxLength: 30 }),
      layout: fc.array(fc.constantFrom("", "", "", "\n", "# section", "# secret: old-value"), { minLength: 30, maxLength: 30 }),
      ours: steps,
      theirs: steps,
    }),
  )
  .map(({ size, values, layout, ours, theirs }) => {
    const blocks = Array.from({ length: size }, (_, index): Block => {
      const above = layout[index] === "" ? [] : layout[index] === "\n" ? [""] : ["", `${layout[index]} ${index}`];
      return { name: `NAME_${index}`, value: values[index] as string, above };
    });
    return { base: render(blocks), ours: render(ours.reduce(apply, blocks)), theirs: render(theirs.reduce(apply, blocks)) };
  });

function apply(blocks: readonly Block[], change: Step): Block[] {
  const index = Math.floor(change.at * (blocks.length + (change.kind === "add" ? 1 : 0)));
  const done = [...blocks];
  const block = blocks[index];
  if (change.kind === "add") {
    if (!blocks.some(({ name }) => name === change.name))
      done.splice(index, 0, { name: change.name, value: change.value, above: change.comment ? [`# about ${change.name}`] : [] });
  } else if (block === undefined) return done;
  else if (change.kind === "edit") done[index] = { ...block, value: change.value };
  else if (change.kind === "remove") done.splice(index, 1);
  else done[index] = { ...block, above: [...block.above, change.text] };
  return done;
}

function render(blocks: readonly Block[]): string {
  return blocks
    .flatMap(({ name, value: text, above }) => [...above, `${name}=${text}`])
    .map((line) => `${line}\n`)
    .join("");
}

/** The real merges of the corpus, as texts. */
export function realMerges(root: string): Texts[] {
  const read = (blob: string) => readFileSync(join(root, "laravel", blob), "utf8");
  const list = JSON.parse(readFileSync(join(root, "laravel.merges.json"), "utf8")) as Record<keyof Texts, string>[];
  return list.map(({ base, ours, theirs }) => ({ base: read(base), ours: read(ours), theirs: read(theirs) }));
}
