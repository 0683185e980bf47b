import { append } from "../../core/append.ts";
import { isManifest } from "../../core/names.ts";
import { EnvsealError } from "../../errors.ts";
import { type BlobEntry, blobsAtTree, SUBMODULE } from "../../git/blobs.ts";
import { isPartial } from "../../git/clone.ts";
import { changedBetween, changesIn, objectsIn, unfetchedIn, type Version } from "../../git/objects.ts";
import { readObjects } from "../../git/read-objects.ts";
import { commitOf, mergeBase } from "../../git/revisions.ts";
import type { Finding } from "../../guard/finding.ts";
import { count } from "../../ui/output.ts";
import { manifestsAt } from "../../workspace/at-commit.ts";
import { isConfirmedRoot } from "../../workspace/root-trust.ts";
import { allowedAtBase } from "./allowed-at-base.ts";
import { composeFindings } from "./compose-files.ts";
import { exampleDrift } from "./example-drift.ts";
import { checkIndex } from "./files.ts";
import { LINK } from "./guard.ts";
import { lfsFindings } from "./large-files.ts";
import { leftOutByMerges } from "./merges.ts";
import type { Checked, Scope } from "./scope.ts";
import { inspectTarget } from "./target.ts";
import { checkTree } from "./tree.ts";
import { VaultChanges } from "./vault-changes.ts";
import { news } from "./vaults.ts";

/** Every file of the index, and everything else that a commit which HEAD reaches has. */
export async function checkHistory(scope: Scope): Promise<Checked> {
  const checked = await checkIndex(scope);
  refuseUnfetched(scope.top, ["HEAD"], []);
  const earlier = await checkNew(scope, ["HEAD"], [], true);
  return { ...checked, findings: [...checked.findings, ...news(earlier.findings, checked)], count: earlier.count };
}

/**
 * Everything that `range` adds: contents, messages, names; and how its tip's vaults and manifest differ from the base's.
 * @param pushed true where `from` is what the branch was: what a forced push takes back is compared with that, and not with
 *   where the two parted
 */
export async function checkRange(scope: Scope, range: string, pushed = false): Promise<Checked> {
  const { top } = scope;
  const [from, to] = parseRange(range);
  const base = pushed ? from : mergeBase(top, from, to);
  refuseUnfetched(top, [to], [from]);
  const checked = await checkNew(scope, [to], [from], true);
  const [atBase, tip] = [blobsAtTree(top, base), blobsAtTree(top, to)];
  const vaults = new VaultChanges(scope, base, atBase);
  for (const { path } of tip) append(checked.findings, await vaults.inspect(path, to));
  const { gone } = changedBetween(top, base, to);
  const same = new Set(atBase.map(placeAndContent));
  // Content that stands elsewhere in history is new to nobody; and what a manifest lists may be fenced off now.
  const unchanged = new Set(tip.filter((entry) => same.has(placeAndContent(entry))).map(({ path }) => path));
  const isTouched = (path: string, listed: boolean) => listed || isManifest(path) || !unchanged.has(path);
  const places = [...atBase, ...tip].map(({ path }) => path).filter(isManifest);
  const wanted = [...new Set(places)];
  const before = await manifestsAt(top, base, wanted);
  const isHere = commitOf(top, to) === commitOf(top, "HEAD");
  await checkTree(scope, tip, { before, isTouched, gone, isHere }, checked);
  if (!pushed) {
    const [target, now] = [await manifestsAt(top, from, wanted), await manifestsAt(top, to, wanted)];
    for (const [path, manifest] of now) {
      const there = target.get(path);
      if (there !== undefined && !isConfirmedRoot(there, manifest, { pin: null, ...scope.roots, context: scope.context }))
        append(checked.findings, news(inspectTarget(path, there, before.get(path) ?? null, manifest), checked));
    }
  }
  append(checked.findings, await leftOutByMerges(scope, checked.parents, await manifestsAt(top, to, wanted), checked));
  append(checked.findings, await exampleDrift(top, tip));
  return { ...checked, allowed: await allowedAtBase(scope, atBase) };
}

/** What a partial clone lacks, its remote has: that is for a push to say, and not for whoever asks what a range brings. */
function refuseUnfetched(top: string, wanted: readonly string[], known: readonly string[]): void {
  const lacking = isPartial(top) ? unfetchedIn(top, wanted, known) : 0;
  if (lacking === 0) return;
  throw new EnvsealError(
    "GIT",
    `${count(lacking, "object")} of the range ${lacking === 1 ? "was" : "were"} not fetched by this partial clone`,
    {
      hint: "check in a whole clone (in GitHub Actions: no filter), or fetch the rest: git fetch --refetch --no-filter",
    },
  );
}

const placeAndContent = ({ path, mode, oid }: BlobEntry) => `${mode} ${oid} ${path}`;

/** What `wanted` reach and `known` do not. */
export interface Found extends Checked {
  /** The names of the files that a commit adds or changes, and of those that one removes. */
  paths: ReadonlySet<string>;
  removed: readonly string[];
  /** Of each commit. */
  parents: ReadonlyMap<string, readonly string[]>;
}

/**
 * Everything that `wanted` reach and `known` do not: objects, messages, and the name of every file that a commit adds or changes.
 * @param lazily without what a partial clone has not fetched: the remote that it would fetch it from has it already
 */
export async function checkNew(scope: Scope, wanted: readonly string[], known: readonly string[], lazily: boolean): Promise<Found> {
  const { top, guard } = scope;
  const objects = objectsIn(top, wanted, known, lazily);
  // An object is listed by one of its paths, and not at all where it was known: an empty `.env` is in every history.
  const { changed: changes, removed } = changesIn(top, wanted, known);
  const named = pathsByContent(changes);
  const findings: Finding[] = [];
  const looked = new Set<string>();
  const parents = new Map<string, string[]>();
  const look = (path: string, content: Buffer, part: { from: number; last: boolean }, mode?: string) => {
    looked.add(path);
    append(findings, guard.file(path, content, part, mode));
    if (part.from === 0 && part.last) append(findings, [...lfsFindings(scope, path, content), ...composeFindings(scope, path)]);
  };
  await readObjects(top, objects.keys(), ({ oid, type }, content, part) => {
    if (type === "tree") return;
    if (type === "commit" && part.from === 0) parents.set(oid, parentsIn(content));
    const paths: Iterable<readonly [string, string?]> = named.get(oid) ?? [[objects.get(oid) ?? ""]];
    for (const [path, mode] of paths) {
      if (type === "blob" && path !== "") look(path, content, part, mode);
      else append(findings, guard.text(describe(type, oid), content, part));
    }
  });
  const changed = new Set(changes.map(({ path }) => path));
  // A submodule has no content to judge, here as in the index.
  const files = new Set(changes.flatMap(({ path, mode }) => (mode === SUBMODULE ? [] : path)));
  for (const path of files) if (!looked.has(path)) append(findings, [...guard.name(path), ...composeFindings(scope, path)]);
  const paths = new Set([...objects.values(), ...changed]);
  paths.delete("");
  for (const path of paths) append(findings, guard.text(`the file name ${path}`, Buffer.from(path)));
  return { findings, count: objects.size, unseen: [...guard.unseen], paths, removed, parents };
}

function parentsIn(commit: Buffer): string[] {
  const header = commit.toString("latin1", 0, commit.indexOf("\n\n"));
  return [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, oid = ""]) => oid);
}

/** The paths of each content, with the mode of each: where it is a link and a file at the same path, that of the file. */
function pathsByContent(changes: readonly Version[]): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const { oid, path, mode = "" } of changes) {
    const paths = found.get(oid) ?? new Map<string, string>();
    found.set(oid, paths.set(path, mode === LINK ? (paths.get(path) ?? mode) : mode));
  }
  return found;
}

function describe(type: string, oid: string): string {
  const short = oid.slice(0, 10);
  return type === "commit" ? `the message of commit ${short}` : type === "tag" ? `the tag ${short}` : `the object ${short}`;
}

/** @throws USAGE */
export function parseRange(range: string): [from: string, to: string] {
  const [, from = "", to = ""] = /^([^.\s-][^\s]*?)\.{2,3}([^.\s-][^\s]*)$/.exec(range) ?? [];
  if (from === "" || to === "")
    throw new EnvsealError("USAGE", "--range takes two commits", { hint: "envseal check --range origin/main..HEAD" });
  return [from, to];
}
