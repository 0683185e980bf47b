import { append } from "../core/append.ts";
import type { Change, DiffedVault } from "../core/vault/vault-diff.ts";
import { plain } from "./output.ts";

const WORDS: Readonly<Record<Change["kind"], string>> = {
  added: "added",
  removed: "**removed**",
  changed: "changed",
  renamed: "renamed",
  format: "quotes or comment only",
  public: "**made public**",
  secret: "made secret again",
  rotated: "same value, new key",
  edited: "edited",
};

/** A summary for a pull request: names and key versions, never values. A mark in front lets a bot find its own comment again. */
export function diffMarkdown(
  words: { from: string; to: string },
  { vaults, manifests }: { vaults: readonly DiffedVault[]; manifests: readonly { path: string; lines: string[] }[] },
): string {
  const lines = ["<!-- envseal diff -->", `### Secrets changed in ${code(`${words.from}..${words.to}`)}`];
  if (vaults.length + manifests.length === 0) lines.push("", "No vault and no key changed.");
  for (const vault of vaults) append(lines, ["", ...ofVault(vault)]);
  for (const { path, lines: texts } of manifests)
    append(lines, ["", `**${code(path)}**`, "", ...texts.map((text) => `- ${escaped(text)}`)]);
  return lines.join("\n");
}

function ofVault({ path, movedFrom, created, deleted, problem, changes, comments }: DiffedVault): string[] {
  const notes = [
    ...(created ? ["new"] : []),
    ...(deleted ? ["deleted"] : []),
    ...(movedFrom === null ? [] : [`moved from ${code(movedFrom)}`]),
    ...(problem === null ? [] : [`**does not read: ${escaped(problem)}**`]),
  ];
  const shown = changes.filter(({ kind }) => kind !== "rotated");
  const rotated = changes.length - shown.length;
  const rows = shown.map((change) => {
    const what = change.kind === "renamed" ? `renamed from ${code(change.from ?? "?")}` : WORDS[change.kind];
    return `| ${code(change.name)} | ${what}${change.problem === undefined ? "" : ` (${change.problem})`} | ${versions(change)} |`;
  });
  const { added, removed } = comments;
  return [
    `**${code(path)}**${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`,
    ...(rows.length === 0 ? [] : ["", "| variable | change | key version |", "|---|---|---|", ...rows]),
    ...(rotated === 0 ? [] : ["", `${rotated} ${rotated === 1 ? "value" : "values"} sealed anew under another key version, unchanged.`]),
    ...(added + removed === 0 ? [] : ["", `Comment lines: ${added} added, ${removed} removed.`]),
  ];
}

function versions({ before, after }: Change): string {
  if (before === undefined || after === undefined || before.keyId === after.keyId) return `v${(after ?? before)?.version}`;
  return `v${before.version} → v${after.version}`;
}

/** Names and paths of the repository are text, not markup. */
export function code(text: string): string {
  return `\`${plain(text).replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

function escaped(text: string): string {
  return plain(text).replace(/[\\`*_{}[\]<>()#+!|@]/g, "\\$&");
}
