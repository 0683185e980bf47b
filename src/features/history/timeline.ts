import { append } from "../../core/append.ts";
import type { EnvironmentStatement, KeyEntry } from "../../core/authority/environment-statement.ts";
import type { Change } from "../../core/vault/vault-diff.ts";
import { paint, plain } from "../../ui/output.ts";
import { shortChange } from "./changes-text.ts";

/** One commit's changes of values, as the timeline shows it. */
export interface TimelineEvent {
  commit: string;
  date: string;
  author: string;
  changes: readonly Change[];
}

const WIDTH = 80;
const AUTHOR = 10;

/**
 * The key versions of an environment, the newest first, and under each the changes that were sealed with it. Fits 80
 * columns, and says everything without colour.
 * @param events the newest first
 */
export function timeline(environment: string, statement: EnvironmentStatement, events: readonly TimelineEvent[]): string {
  const lines = [paint("bold", environment, process.stdout), ""];
  const keys = Object.entries(statement.keys).sort(([, a], [, b]) => b.version - a.version || b.created.localeCompare(a.created));
  const byKey = new Map<string, TimelineEvent[]>();
  for (const event of events) {
    const keyId = keyOf(event.changes, statement);
    if (keyId !== null) byKey.set(keyId, [...(byKey.get(keyId) ?? []), event]);
  }
  for (const [index, [keyId, key]] of keys.entries()) {
    append(lines, keyLines(keyId, key, statement));
    for (const event of byKey.get(keyId) ?? []) lines.push(eventLine(event));
    if (index < keys.length - 1) lines.push("  |");
  }
  return lines.join("\n");
}

/** The newest key that a commit's changes are sealed under; null where it only rotated. */
function keyOf(changes: readonly Change[], { keys }: EnvironmentStatement): string | null {
  const ids = changes.filter(({ kind }) => kind !== "rotated").flatMap(({ after, before }) => after?.keyId ?? before?.keyId ?? []);
  const known = ids.filter((keyId) => Object.hasOwn(keys, keyId)).sort((a, b) => (keys[b]?.version ?? 0) - (keys[a]?.version ?? 0));
  return known[0] ?? null;
}

function keyLines(keyId: string, key: KeyEntry, { active, floor, keys }: EnvironmentStatement): string[] {
  const mark = keyId === active ? "*" : key.state === "destroyed" ? "x" : "o";
  const state = keyId === active ? paint("green", key.state, process.stdout) : key.state;
  const head = `  ${mark} v${key.version} ${keyId}  ${key.created.slice(0, 10)}  ${state} (${key.reason})`;
  const lines = [keyId === floor ? `${head}  floor` : head];
  for (const { state: became, at, reason } of key.history.slice(1))
    lines.push(`  |   ${at.slice(0, 10)}  became ${became}${reason === undefined || reason === became ? "" : `: ${plain(reason)}`}`);
  const below = Object.keys(key.links);
  if (below.length > 1) lines.push(`  |   joins ${below.map((id) => `v${keys[id]?.version} ${id}`).join(" and ")}`);
  return lines;
}

function eventLine({ commit, date, author, changes }: TimelineEvent): string {
  const name = plain(author);
  const head = `  |   ${date.slice(0, 10)}  ${(name.length > AUTHOR ? `${name.slice(0, AUTHOR - 1)}.` : name).padEnd(AUTHOR)}  ${commit.slice(0, 7)}  `;
  const all = changes.filter(({ kind }) => kind !== "rotated").map(shortChange);
  return head + fitted(all, WIDTH - head.length);
}

/** As many words as there is room for, and how many are left; one at least. */
function fitted(words: readonly string[], room: number): string {
  for (let taken = words.length; taken > 1; taken--) {
    const rest = words.length - taken;
    const text = `${words.slice(0, taken).join(" ")}${rest === 0 ? "" : ` and ${rest} more`}`;
    if (text.length <= room) return text;
  }
  const [first = ""] = words;
  const tail = words.length > 1 ? ` and ${words.length - 1} more` : "";
  return first.length + tail.length <= room ? first + tail : `${first.slice(0, Math.max(room - tail.length - 2, 1))}..${tail}`;
}
