/** Structure-aware changes to the files of the format: seeded, so that a failure happens again. */

export interface Mutation {
  /** What was done, for the message of a failure. */
  what: string;
  text: string;
}

/** Mulberry32: small, quick, and the same everywhere. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const PIECES = [
  "\n",
  "\r",
  "\r\n",
  " ",
  "\t",
  "#",
  "# ",
  "=",
  "'",
  '"',
  "`",
  "\\",
  "\0",
  "\u2028",
  "\uFEFF",
  "é",
  "\u{1F511}",
  "A",
  "_",
  "-",
];
const VAULT_PIECES = ["#end ", "# envseal:1 default ", " # enc:v1.", "enc:v1.", ":", "<<<<<<< ours\n", "export ", "A=", "__proto__=", "''"];
const JSON_PIECES = [
  "{}",
  "[]",
  "null",
  "1",
  "1.0",
  "1e0",
  "-0",
  "0",
  '"x"',
  ",",
  ":",
  "\\u0041",
  "\\ud800",
  "2026-02-30",
  "age:",
  "hmac:",
  "/",
];

type Change = (text: string, dice: Dice, pieces: readonly string[]) => string;

const splice = (text: string, at: number, remove: number, put: string) => text.slice(0, at) + put + text.slice(at + remove);

const BYTES: Record<string, Change> = {
  flip: (text, dice) => {
    const at = dice.below(text.length);
    return splice(text, at, 1, String.fromCharCode(text.charCodeAt(at) ^ (1 << dice.below(7))));
  },
  insert: (text, dice, pieces) => splice(text, dice.below(text.length + 1), 0, dice.of(pieces)),
  replace: (text, dice, pieces) => splice(text, dice.below(text.length), 1 + dice.below(3), dice.of(pieces)),
  remove: (text, dice) => splice(text, dice.below(text.length), 1 + dice.below(40), ""),
  double: (text, dice) => {
    const from = dice.below(text.length);
    return splice(text, dice.below(text.length), 0, text.slice(from, from + dice.below(120)));
  },
  cut: (text, dice) => text.slice(0, dice.below(text.length)),
};

const rowsOf = (text: string, change: (rows: string[]) => void) => {
  const rows = text.split("\n");
  change(rows);
  return rows.join("\n");
};

const ROWS: Record<string, Change> = {
  "drop a row": (text, dice) => rowsOf(text, (rows) => rows.splice(dice.below(rows.length), 1)),
  "double a row": (text, dice) =>
    rowsOf(text, (rows) => {
      const at = dice.below(rows.length);
      rows.splice(at, 0, rows[at] as string);
    }),
  "move a row": (text, dice) => rowsOf(text, (rows) => rows.splice(dice.below(rows.length), 0, ...rows.splice(dice.below(rows.length), 1))),
  "swap line ends": (text) => (text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text.replaceAll("\n", "\r\n")),
};

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
const VALUES: Json[] = [null, true, -1, 0, 1, 2, 1.5, 2 ** 53, "", "x", "é", "\u007f", [], {}, ["x"], "destroyed", "active", "2026-02-30"];
VALUES.push(
  "2024-02-29",
  "2026-01-01T24:00:00Z",
  "2026-01-01T00:00:00Z",
  "x".repeat(501),
  "\u{1F511}".repeat(400),
  "constructor",
  "default",
);

/** Members taken away, swapped, renamed, or given another value; anywhere in the JSON. */
function restructure(text: string, dice: Dice): string {
  const root = JSON.parse(text) as Json;
  const places: { holder: Record<string, Json>; name: string }[] = [];
  const visit = (value: Json): void => {
    if (typeof value !== "object" || value === null) return;
    for (const name of Object.keys(value)) {
      places.push({ holder: value as Record<string, Json>, name });
      visit((value as Record<string, Json>)[name] as Json);
    }
  };
  visit(root);
  const [one, two] = [dice.of(places), dice.of(places)];
  const [first, second] = [one.holder[one.name] as Json, two.holder[two.name] as Json];
  const action = dice.below(5);
  if (action === 0) delete one.holder[one.name];
  else if (action === 1) one.holder[one.name] = dice.of(VALUES);
  else if (action === 2) one.holder[one.name] = structuredClone(second);
  else if (action === 3) one.holder[dice.of(["x", "A", "default", "local", "a/.env.vault", "zoe", "__proto"])] = structuredClone(first);
  else [one.holder[one.name], two.holder[two.name]] = [structuredClone(second), structuredClone(first)];
  return JSON.stringify(root, null, dice.below(3));
}

const RESTRUCTURE = { restructure, "restructure again": restructure, "and again": restructure };
const KINDS = {
  vault: { changes: { ...BYTES, ...ROWS }, pieces: [...PIECES, ...VAULT_PIECES] },
  json: { changes: { ...BYTES, ...ROWS, ...RESTRUCTURE }, pieces: [...PIECES, ...JSON_PIECES] },
  text: { changes: { ...BYTES, ...ROWS }, pieces: [...PIECES, ...VAULT_PIECES, ...JSON_PIECES] },
} satisfies Record<string, { changes: Record<string, Change>; pieces: string[] }>;
export type Kind = keyof typeof KINDS;

/** One to three changes; `more` are pieces of the file's own kind. */
export function mutate(text: string, dice: Dice, kind: Kind, more: readonly string[] = []): Mutation {
  const { changes, pieces } = KINDS[kind];
  const all = [...pieces, ...more];
  let mutated = text;
  const done: string[] = [];
  for (let times = 1 + Math.max(0, dice.below(6) - 3); times > 0 && mutated.length > 0; times--) {
    const name = dice.of(Object.keys(changes));
    try {
      mutated = (changes as Record<string, Change>)[name]?.(mutated, dice, all) ?? mutated;
      done.push(name);
    } catch {
      // What is no JSON any more cannot be restructured.
    }
  }
  // Text of a file is well-formed: what is read from disk was checked as UTF-8 before.
  return { what: done.join(", "), text: mutated.toWellFormed() };
}

export function* mutations(text: string, kind: Kind, count: number, seed: number): Generator<Mutation> {
  const dice = new Dice(seed);
  for (let number = 0; number < count; number++) {
    const mutation = mutate(text, dice, kind);
    yield { ...mutation, what: `#${number} ${mutation.what}` };
  }
}
