import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Manifest } from "../../core/authority/manifest.ts";
import { summariseManifest } from "../../core/manifest/manifest-summary.ts";
import { manifestIn } from "../../core/manifest/manifest-text.ts";
import { MANIFEST_NAME } from "../../core/names.ts";
import { type DiffedVault, diffVaults, type RowOpener } from "../../core/vault/vault-diff.ts";
import { RowTable, type Sheet } from "../../core/vault/vault-rows.ts";
import { EnvsealError } from "../../errors.ts";
import { readBlobs } from "../../git/blobs.ts";
import { blobsAt, MANIFEST_FILES, VAULT_FILES } from "../../git/objects.ts";
import { gitLines } from "../../git/output.ts";
import { runGit } from "../../git/process.ts";
import { requireCommit, unknownRevision } from "../../git/revisions.ts";

/** What is compared: two commits, a commit and the index, or a commit and the work tree. */
export interface Comparison {
  /** As `git diff` takes them; null for the work tree, which git is never asked about: it would start filters. */
  revisions: string[] | null;
  /** For people. */
  words: { from: string; to: string };
}

export interface ProjectDiff {
  vaults: DiffedVault[];
  manifests: { path: string; lines: string[] }[];
}

/** `HEAD` against the work tree, or what REV, A..B or A...B says. @throws USAGE */
export function comparisonOf(range: string | undefined, staged: boolean): Comparison {
  if (range?.startsWith("-")) throw unknownRevision(range);
  const [, first, dots, last] = /^(.*?)(\.{2,3})(.*)$/.exec(range ?? "") ?? [];
  if (dots === undefined) {
    const from = range ?? "HEAD";
    return { revisions: staged ? ["--cached", "--end-of-options", from] : null, words: { from, to: staged ? "index" : "work tree" } };
  }
  if (staged)
    throw new EnvsealError("USAGE", "--staged compares with the index, and a range has two commits", {
      hint: "envseal diff --staged [REV]",
    });
  const words = { from: first || "HEAD", to: last || "HEAD" };
  return { revisions: ["--end-of-options", `${words.from}${dots}${words.to}`], words };
}

interface Changed {
  path: string;
  /** Blob ids; null where the side lacks the file. The work tree's has none of its own. */
  before: string | null;
  after: string | "file" | null;
}

const NOTHING = /^0+$/;

const FILES = [VAULT_FILES, MANIFEST_FILES];

/** Every vault and manifest that differs. */
export async function diffProject(
  top: string,
  { revisions, words }: Comparison,
  wanted: ReadonlySet<string> | null,
  opener: RowOpener,
): Promise<ProjectDiff> {
  const changed = revisions === null ? trackedFiles(top, words.from) : changedFiles(top, revisions);
  const texts = await textsOf(top, changed);
  const text = (path: string, oid: string | null) =>
    oid === null ? null : oid === "file" ? readIf(join(top, path)) : (texts.get(oid) ?? null);
  const table = new RowTable();
  const read = (path: string, oid: string | null): Sheet | null => {
    const content = text(path, oid);
    return content === null ? null : table.read(content);
  };
  const manifests: ProjectDiff["manifests"] = [];
  const files: { path: string; before: Sheet | null; after: Sheet | null }[] = [];
  for (const { path, before, after } of changed) {
    if (after === "file" && before !== null && text(path, after)?.replaceAll("\r\n", "\n") === text(path, before)) continue;
    if (basename(path) !== MANIFEST_NAME) files.push({ path, before: read(path, before), after: read(path, after) });
    else manifests.push({ path, lines: summariseManifest(manifest(text(path, before)), manifest(text(path, after))) });
  }
  const vaults = joinMoves(files)
    .filter(({ path }) => wanted === null || wanted.has(path))
    .map(({ path, before, after, movedFrom }) => ({
      ...diffVaults(table, before, after, opener),
      ...{ path, movedFrom, created: before === null, deleted: after === null, problem: after?.problem ?? before?.problem ?? null },
    }));
  return { vaults, manifests: manifests.filter(({ lines }) => lines.length > 0) };
}

function changedFiles(top: string, args: readonly string[]): Changed[] {
  const form = ["--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff", "--ignore-submodules"];
  const { status, stdout } = runGit(top, ["diff", ...form, ...args, "--", ...FILES]);
  if (status !== 0) throw unknownRevision(args.at(-1) ?? "");
  const fields = stdout.toString("utf8").split("\0").filter(Boolean);
  const changed: Changed[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, , before = "", after = "", status = ""] = (fields[index] as string).split(" ");
    const path = fields[index + 1] as string;
    const now = status === "D" ? null : NOTHING.test(after) ? "file" : after;
    changed.push({ path, before: NOTHING.test(before) ? null : before, after: now });
  }
  return changed;
}

/** Every such file that the commit or the index has, changed or not. */
function trackedFiles(top: string, revision: string): Changed[] {
  const commit = requireCommit(top, revision);
  const rows = gitLines(top, ["ls-files", "-t", "-z", "--", ...FILES], { nul: true });
  const paths = new Set(rows.map((row) => row.slice(2)));
  // What a sparse checkout leaves out is not changed.
  const left = new Set(rows.filter((row) => row.startsWith("S ")).map((row) => row.slice(2)));
  const gone = changedFiles(top, ["--cached", "--end-of-options", revision]).filter(
    ({ path, after }) => after === null && !paths.has(path),
  );
  const there = [...paths].filter((path) => !left.has(path));
  const blobs = blobsAt(
    top,
    there.map((path) => ({ oid: commit, path })),
  );
  const inTree = there.map((path, index) => {
    const after = existsSync(join(top, path)) ? ("file" as const) : null;
    return { path, before: blobs[index] ?? null, after };
  });
  return [...inTree.filter(({ before, after }) => before !== null || after !== null), ...gone].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function textsOf(top: string, changed: readonly Changed[]): Promise<Map<string, string>> {
  const wanted = changed.flatMap(({ path, before, after }) =>
    [before, after].flatMap((oid) => (oid === null || oid === "file" ? [] : [{ path, oid }])),
  );
  const texts = new Map<string, string>();
  await readBlobs(top, wanted, ({ oid }, content) => {
    texts.set(oid, content.toString("utf8"));
  });
  return texts;
}

/** A vault that is gone from one path and is at another by its id was moved. */
function joinMoves(files: readonly { path: string; before: Sheet | null; after: Sheet | null }[]) {
  const gone = files.filter(({ after }) => after === null);
  const arrived = files.filter(({ before }) => before === null);
  const moves = new Map(
    arrived.flatMap((file) => {
      const source = gone.find(({ before }) => before !== null && before.id !== "" && before.id === file.after?.id);
      return source === undefined ? [] : [[file, source] as const];
    }),
  );
  const left = new Set([...moves.values()]);
  return files
    .filter((file) => !left.has(file))
    .map((file) => {
      const source = moves.get(file);
      return { ...file, before: source?.before ?? file.before, movedFrom: source?.path ?? null };
    });
}

function manifest(text: string | null): Manifest | null {
  return text === null ? null : manifestIn(Buffer.from(text));
}

function readIf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}
