import { basename } from "node:path";
import { type Context, textFlag } from "../../../context.ts";
import { append } from "../../../core/append.ts";
import { environmentOfFile } from "../../../core/names.ts";
import { EnvsealError } from "../../../errors.ts";
import { commitOrder } from "../../../git/revisions.ts";
import { json, paint, plain, say } from "../../../ui/output.ts";
import { page } from "../../../ui/pager.ts";
import { openProject } from "../../../workspace/project.ts";
import { changeJson, changeLines } from "../changes-text.ts";
import { earlierManifests, historyOpener } from "../keys.ts";
import { changesOf, type LogEntry, logOf } from "../log.ts";
import { gitPager, goneTargets, type HistoryTarget, historyTargets, repositoryTop } from "../targets.ts";
import { readHistory, type VaultHistory } from "../versions.ts";

interface Row {
  target: HistoryTarget;
  entry: LogEntry;
}

/** Who changed which variable when, under which key version. */
export async function run(context: Context): Promise<void> {
  const [name] = context.args;
  const project = openProject(context);
  const top = repositoryTop(project);
  const rows: Row[] = [];
  let cut = false;
  const listed = historyTargets(project, top, { ...context, args: [] });
  const gone = goneTargets(project, top, listed, context);
  // The keys of an environment that is gone too are in earlier manifests alone.
  const isHere = ({ path }: HistoryTarget) => Object.hasOwn(project.manifest.environments, environmentOfFile(basename(path)) ?? "");
  const opener = historyOpener(project, context, gone.every(isHere) ? [] : await earlierManifests(project));
  const seen = new Set<string>();
  for (const target of [...listed, ...gone]) {
    const history = await readHistory(top, target.path);
    cut ||= history.cut;
    // One that was moved is there already, followed from its place of today.
    const isKnown = history.versions.some(({ commit, path, blob }) => blob !== null && seen.has(`${commit} ${path}`));
    for (const { commit, path } of history.versions) seen.add(`${commit} ${path}`);
    if (!listed.includes(target) && (isKnown || !isVault(history))) continue;
    append(
      rows,
      entriesOf(logOf(history, opener), name).map((entry) => ({ target, entry })),
    );
  }
  if (name !== undefined && rows.length === 0)
    throw new EnvsealError("NOT_SET", `no version of a vault that led to today's had ${plain(name)}`, {
      hint: "envseal log lists every change; -e and -f choose a vault",
    });
  const all = limited(inOrder(rows, top), context);
  const reveal = context.flags.reveal === true;
  if (context.json) json(all.map((row) => rowJson(row, reveal)));
  else
    await page(
      byCommit(all)
        .map((rows) => describe(rows, reveal, name !== undefined))
        .join("\n"),
      gitPager(top),
    );
  if (cut) say(context, "this clone is shallow: earlier changes are not in it (git fetch --unshallow)");
}

/** Another tool's file may have such a name. */
function isVault({ sheets }: VaultHistory): boolean {
  return [...sheets.values()].some(({ environment }) => environment !== "");
}

/** Of one variable, only its own changes. */
function entriesOf(entries: LogEntry[], name: string | undefined): LogEntry[] {
  if (name === undefined) return entries;
  const own = new Map<LogEntry, LogEntry["changes"]>();
  for (const { entry, change } of changesOf(entries, name)) own.set(entry, [...(own.get(entry) ?? []), change]);
  return [...own].map(([entry, changes]) => ({ ...entry, changes, comments: { added: 0, removed: 0 } }));
}

function inOrder(rows: readonly Row[], top: string): Row[] {
  if (new Set(rows.map(({ target }) => target.path)).size < 2) return [...rows];
  const order = commitOrder(top);
  return rows.toSorted((a, b) => (order.get(a.entry.version.commit) ?? 0) - (order.get(b.entry.version.commit) ?? 0));
}

function limited(rows: Row[], context: Context): Row[] {
  const text = textFlag(context, "max-count");
  if (text === undefined) return rows;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new EnvsealError("USAGE", "--max-count takes a number", { hint: "envseal log -n 10" });
  return rows.slice(0, Number(text));
}

/** Rows of one commit that follow each other, together. */
function byCommit(rows: readonly Row[]): Row[][] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.[0]?.entry.version.commit === row.entry.version.commit) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

function describe(rows: readonly Row[], reveal: boolean, each: boolean): string {
  const { version } = (rows[0] as Row).entry;
  const head = `${paint("yellow", version.commit.slice(0, 10), process.stdout)}  ${version.date.slice(0, 16).replace("T", " ")}  ${plain(version.author)}  ${plain(version.subject)}`;
  return `${[head, ...rows.flatMap((row) => vaultLines(row, reveal, each))].join("\n")}\n`;
}

function vaultLines({ target, entry }: Row, reveal: boolean, each: boolean): string[] {
  const { version, movedFrom, created, deleted, problem } = entry;
  const notes = [
    ...(created ? ["the vault was made"] : []),
    ...(deleted ? ["the vault was deleted"] : []),
    ...(movedFrom === null ? [] : [`moved from ${plain(movedFrom)}`]),
    ...(problem === null ? [] : [`does not read: ${plain(problem)}`]),
  ];
  const vault = `  ${plain(version.path === target.path ? target.listed : version.path)}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
  return [vault, ...changeLines(entry, reveal, each).map((line) => `    ${line}`)];
}

function rowJson({ target, entry }: Row, reveal: boolean) {
  const { version, changes, comments, movedFrom, created, deleted, problem } = entry;
  const { commit, parents, author, email, date, subject, path } = version;
  return {
    ...{ commit, parents, author, email, date, subject, vault: target.listed, path, movedFrom, created, deleted, problem, comments },
    changes: changes.map((change) => changeJson(change, reveal)),
  };
}
