import { join, resolve } from "node:path";
import type { Context } from "../../../context.ts";
import { vaultPathsOf } from "../../../core/authority/manifest.ts";
import type { DiffedVault } from "../../../core/vault/vault-diff.ts";
import { fromTop } from "../../../git/work-tree.ts";
import { diffMarkdown } from "../../../ui/diff-markdown.ts";
import { chosenFormat } from "../../../ui/format.ts";
import { json, line, paint, plain } from "../../../ui/output.ts";
import { page } from "../../../ui/pager.ts";
import { openProject, type Project, targetAt } from "../../../workspace/project.ts";
import { changeJson, changeLines } from "../changes-text.ts";
import { type Comparison, comparisonOf, diffProject, type ProjectDiff } from "../diff.ts";
import { historyOpener } from "../keys.ts";
import { gitPager, repositoryTop } from "../targets.ts";

const FORMATS = ["text", "json", "markdown"] as const;

/** What changed between two states of the vaults, by name: never a value, unless asked for. */
export async function run(context: Context): Promise<number> {
  const format = chosenFormat(context, FORMATS);
  const project = openProject(context);
  const top = repositoryTop(project);
  const [range, ...files] = context.args;
  const comparison = comparisonOf(range, context.flags.staged === true);
  const diff = await diffProject(top, comparison, wantedOf(project, top, files, context), historyOpener(project, context));
  const reveal = context.flags.reveal === true;
  if (format === "json") json(jsonOf(comparison, diff, reveal));
  else if (format === "markdown") line(diffMarkdown(comparison.words, diff));
  else await page(textOf(comparison, diff, reveal), gitPager(top));
  const differs = diff.vaults.length > 0 || diff.manifests.length > 0;
  return differs && context.flags["exit-code"] === true ? 1 : 0;
}

/** The vaults that are named; null for all. */
function wantedOf(project: Project, top: string, files: readonly string[], context: Context): Set<string> | null {
  const named = [...files, ...(context.file === undefined ? [] : [context.file])];
  if (named.length > 0) return new Set(named.map((file) => fromTop(top, targetAt(project, resolve(context.cwd, file)).path)));
  if (context.environment === undefined) return null;
  return new Set(vaultPathsOf(project.manifest, context.environment).map((path) => fromTop(top, join(project.root, path))));
}

function textOf({ words }: Comparison, { vaults, manifests }: ProjectDiff, reveal: boolean): string {
  const blocks = [
    ...vaults.map((vault) => [heading(vault), ...changeLines(vault, reveal).map((text) => `  ${text}`)]),
    ...manifests.map(({ path, lines }) => [paint("bold", plain(path), process.stdout), ...lines.map((text) => `  ${plain(text)}`)]),
  ];
  if (blocks.length === 0) return "";
  return `${paint("dim", plain(`${words.from}..${words.to}`), process.stdout)}\n${blocks.map((rows) => `${rows.join("\n")}\n`).join("\n")}`;
}

function heading({ path, created, deleted, movedFrom, problem }: DiffedVault): string {
  const notes = [
    ...(movedFrom === null ? [] : [`moved from ${plain(movedFrom)}`]),
    ...(created ? ["new vault"] : []),
    ...(deleted ? ["deleted"] : []),
    ...(problem === null ? [] : [`does not read: ${plain(problem)}`]),
  ];
  return paint("bold", plain(path), process.stdout) + (notes.length === 0 ? "" : ` (${notes.join("; ")})`);
}

function jsonOf({ words }: Comparison, { vaults, manifests }: ProjectDiff, reveal: boolean) {
  const listed = vaults.map(({ changes, ...vault }) => ({ ...vault, changes: changes.map((change) => changeJson(change, reveal)) }));
  return { ...words, vaults: listed, manifests };
}
