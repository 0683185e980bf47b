import { largest } from "../../core/append.ts";
import type { Change, VaultDiff } from "../../core/vault/vault-diff.ts";
import { count, paint, plain } from "../../ui/output.ts";

type Style = Parameters<typeof paint>[0];

/** How each kind of change is marked and named, without a colour too. */
const KINDS: Readonly<Record<Change["kind"], { mark: string; word: string; style: Style }>> = {
  added: { mark: "+", word: "added", style: "green" },
  removed: { mark: "-", word: "removed", style: "red" },
  changed: { mark: "~", word: "changed", style: "yellow" },
  renamed: { mark: ">", word: "renamed from", style: "cyan" },
  format: { mark: '"', word: "quotes or comment only", style: "dim" },
  public: { mark: "!", word: "made public", style: "magenta" },
  secret: { mark: "!", word: "made secret again", style: "magenta" },
  rotated: { mark: "=", word: "same value, new key", style: "dim" },
  edited: { mark: "~", word: "edited", style: "yellow" },
};

/** `+API_KEY`: one change in as few characters as there are. */
export function shortChange({ name, kind }: Change): string {
  return `${KINDS[kind].mark}${plain(name)}`;
}

/** The lines of one vault's changes. Values are shown where `reveal` says so; what only a rotation touched is one line. */
export function changeLines({ changes, comments }: VaultDiff, reveal: boolean, each = false): string[] {
  const shown = each ? changes : changes.filter(({ kind }) => kind !== "rotated");
  const width = Math.min(largest(shown.map(({ name }) => name.length)), 40);
  const lines = shown.flatMap((change) => changeLine(change, width, reveal));
  const rotated = each ? [] : changes.filter(({ kind }) => kind === "rotated");
  if (rotated.length > 0)
    lines.push(paint("dim", `= ${count(rotated.length, "value")} sealed anew, ${keys(rotated[0] as Change)}`, process.stdout));
  const { added, removed } = comments;
  const parts = [...(added > 0 ? [`${added} added`] : []), ...(removed > 0 ? [`${removed} removed`] : [])];
  if (parts.length > 0) lines.push(paint("dim", `# comment lines: ${parts.join(", ")}`, process.stdout));
  return lines;
}

function changeLine(change: Change, width: number, reveal: boolean): string[] {
  const { mark, word, style } = KINDS[change.kind];
  const what = change.kind === "renamed" ? `${word} ${plain(change.from ?? "?")}` : word;
  const problem = change.problem === undefined ? "" : ` (${change.problem})`;
  const head = `${paint(style, `${mark} ${plain(change.name).padEnd(width)}`, process.stdout)}  ${what}, ${keys(change)}${problem}`;
  return reveal ? [head, ...values(change)] : [head];
}

/** `v4`, or `v3 -> v4` where the key changed too. */
function keys({ before, after }: Change): string {
  const [old, now] = [before, after].map((seen) => (seen === undefined ? null : `v${seen.version}`));
  if (old === null || now === null || before?.keyId === after?.keyId) return now ?? old ?? "";
  return `${old} -> ${now}`;
}

/** Quoted as JSON, so that line ends and control characters show. */
function values({ before, after, kind }: Change): string[] {
  const show = (sign: string, value: string | undefined) => (value === undefined ? [] : [`    ${sign} ${JSON.stringify(value)}`]);
  if (kind === "renamed" || kind === "rotated" || kind === "format") return show(" ", after?.value);
  return [...show("-", before?.value), ...show("+", after?.value)];
}

/** A change for `--json`: names and versions; values only where asked for. */
export function changeJson({ name, kind, from, before, after, problem }: Change, reveal: boolean): Record<string, unknown> {
  const side = (seen: Change["before"]) =>
    seen && { version: seen.version, keyId: seen.keyId, public: seen.public, ...(reveal && { value: seen.value ?? null }) };
  return {
    name,
    kind,
    ...(from && { from }),
    ...(before && { before: side(before) }),
    ...(after && { after: side(after) }),
    ...(problem && { problem }),
  };
}
