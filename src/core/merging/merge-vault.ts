import { append } from "../append.ts";
import type { Document } from "../vault/document.ts";
import type { Token } from "../vault/token.ts";
import type { Vault, VaultLine } from "../vault/vault.ts";
import { matchLines } from "./line-merge.ts";
import { mergeDocuments } from "./merge.ts";

/**
 * Three-way merge of vaults by name, without a key: every token as one side has it. Null where both sides touched the same
 * assignment, or where a token would come to stand behind another assignment than it was sealed for.
 */
export function mergeTokens(base: Vault, ours: Vault, theirs: Vault): Vault | null {
  if (!isSameVault(ours, theirs) || !isSameVault(base, ours)) return null;
  const { document, conflicts } = mergeDocuments(asDocument(base), asDocument(ours), asDocument(theirs));
  const end = chooseEnd(base.end, ours.end, theirs.end);
  if (conflicts.length > 0 || end === null) return null;
  const known = new Map([base, theirs, ours].flatMap(places));
  const merged = { ...ours, lines: document.lines.map(({ raw }) => known.get(raw)?.line as VaultLine), end };
  return isWoven(merged, [base, theirs, ours]) ? merged : null;
}

/** True if every token of the vault stands behind the assignment that it stands behind in one of `sources`. */
export function isWoven(vault: Vault, sources: readonly Vault[]): boolean {
  const known = new Map(sources.flatMap(places));
  return places(vault).every(([token, { line, before }]) => {
    const place = known.get(token);
    return place !== undefined && (line.kind === "assignment" || line === END ? place.before === before : true);
  });
}

export function isSameVault(a: Vault, b: Vault): boolean {
  return a.id === b.id && a.environment === b.environment;
}

/** The vault as a document whose texts are its tokens: merged by name like any other. */
function asDocument({ lines }: Vault): Document {
  return {
    bom: false,
    eol: 1,
    finalNewline: true,
    lines: lines.map((row) => {
      if (row.kind !== "assignment") return { kind: "other", raw: row.kind === "blank" ? "" : row.token.text, end: 0, line: row.line };
      const { name, token, line } = row;
      return { kind: "assignment", name, value: token.text, raw: token.text, end: 0, line, dead: false };
    }),
  };
}

/** Stands for the end line among the places. */
const END: VaultLine = { kind: "blank", line: 0 };

/** Token → its line, and the name of the assignment before it, which it is bound to. */
function places({ lines, end }: Vault): [string, { line: VaultLine; before: string }][] {
  let before = "";
  const found = lines.map((line): [string, { line: VaultLine; before: string }] => {
    const place = { line, before };
    if (line.kind === "assignment") before = line.name;
    return [line.kind === "blank" ? "" : line.token.text, place];
  });
  return [...found, [end.text, { line: END, before }]];
}

function chooseEnd(base: Token, ours: Token, theirs: Token): Token | null {
  if (ours.text === theirs.text || base.text === theirs.text) return ours;
  return base.text === ours.text ? theirs : null;
}

/** Two texts as one, with git's conflict markers around what differs. @param size of a marker, 7 by default in git */
export function withMarkers(ours: string, theirs: string, labels: { ours: string; theirs: string }, size: number): string {
  const [o, t] = [ours.split("\n"), theirs.split("\n")];
  const merged: string[] = [];
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of [...matchLines(o, t), [o.length, t.length] as [number, number]]) {
    if (x < nextX || y < nextY)
      append(merged, [
        `${"<".repeat(size)} ${labels.ours}`,
        ...o.slice(x, nextX),
        "=".repeat(size),
        ...t.slice(y, nextY),
        `${">".repeat(size)} ${labels.theirs}`,
      ]);
    if (nextX < o.length) merged.push(o[nextX] as string);
    [x, y] = [nextX + 1, nextY + 1];
  }
  return merged.join("\n");
}
