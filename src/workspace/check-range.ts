import { EnvsealError } from "../errors.ts";
import type { BlobEntry } from "../git/blobs.ts";
import { isPartial } from "../git/clone.ts";
import { changesIn, gitLines, mergeBase, objectsIn, unfetchedIn, type Version } from "../git/objects.ts";
import { readObjects } from "../git/read-objects.ts";
import type { Finding } from "../guard/finding.ts";
import { removedVault } from "../guard/history.ts";
import { count } from "../ui/output.ts";
import { allowedAtBase } from "./allowed-at-base.ts";
import { vaultAt } from "./at-commit.ts";
import { type Checked, checkIndex, deletedManifest, isManifest, type Scope, submodulesInstead } from "./check-scopes.ts";
import { blobsAtTree, checkTip, isVaultOrManifest, keysOfTip, news } from "./check-tip.ts";
import { composeFindings } from "./compose-files.ts";
import { exampleDrift } from "./drift.ts";
import { LINK, type Place, placeOf } from "./guard.ts";
import { lfsFindings } from "./large-files.ts";
import { VaultChanges } from "./vault-changes.ts";

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
  const keys = await keysOfTip(scope, tip, { base, to }, checked);
  const vaults = new VaultChanges(scope, base, atBase);
  for (const { path } of tip) if (path.endsWith(".vault")) checked.findings.push(...(await vaults.inspect(path, to)));
  const before = new Set(atBase.map(placeAndContent));
  // Content that stands elsewhere in history is new to nobody; and what a manifest lists may be fenced off now.
  const wanted = tip.filter(
    (entry) => isVaultOrManifest(entry) && (!before.has(placeAndContent(entry)) || isListed(top, keys.places, entry.path)),
  );
  await checkTip(scope, wanted, keys, checked);
  const gone = gitLines(top, ["diff-tree", "-r", "--name-only", "-z", "--no-renames", "--diff-filter=D", base, to], { nul: true });
  checked.findings.push(...gone.filter(isManifest).map(deletedManifest), ...submodulesInstead(tip));
  const submodules = tip.filter(({ mode }) => mode === "160000").map(({ path }) => path);
  for (const path of [...gone, ...submodules].filter((each) => each.endsWith(".vault"))) {
    const vault = await vaultAt(top, base, path);
    if (vault !== null && !isListedElsewhere(top, keys.places, tip, vault.id)) checked.findings.push(removedVault(path, vault));
  }
  checked.findings.push(...(await exampleDrift(top, tip)));
  return { ...checked, allowed: await allowedAtBase(scope, base, atBase) };
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

function isListed(top: string, places: readonly Place[], path: string): boolean {
  const found = placeOf(places, top, path);
  return found !== null && Object.hasOwn(found.place.manifest.vaults, found.listed);
}

/** True for a vault that was moved: the tip has a file where a manifest lists it. */
function isListedElsewhere(top: string, places: readonly Place[], tip: readonly BlobEntry[], id: string): boolean {
  return tip.some(({ path }) => {
    const found = placeOf(places, top, path);
    return found !== null && found.place.manifest.vaults[found.listed]?.id === id;
  });
}

const placeAndContent = ({ path, mode, oid }: BlobEntry) => `${mode} ${oid} ${path}`;

/**
 * Everything that `wanted` reach and `known` do not: objects, messages, and the name of every file that a commit adds or changes.
 * @param lazily without what a partial clone has not fetched: the remote that it would fetch it from has it already
 * @returns the names of those files, too
 */
export async function checkNew(
  scope: Scope,
  wanted: readonly string[],
  known: readonly string[],
  lazily: boolean,
): Promise<Checked & { paths: ReadonlySet<string> }> {
  const { top, guard } = scope;
  const objects = objectsIn(top, wanted, known, lazily);
  // An object is listed by one of its paths, and not at all where it was known: an empty `.env` is in every history.
  const changes = changesIn(top, wanted, known);
  const named = pathsByContent(changes);
  const findings: Finding[] = [];
  const looked = new Set<string>();
  const look = (path: string, content: Buffer, part: { from: number; last: boolean }, mode?: string) => {
    looked.add(path);
    findings.push(...guard.file(path, content, part, mode));
    if (part.from === 0 && part.last) findings.push(...lfsFindings(scope, path, content), ...composeFindings(scope, path));
  };
  await readObjects(top, objects.keys(), ({ oid, type }, content, part) => {
    if (type === "tree") return;
    const paths: Iterable<readonly [string, string?]> = named.get(oid) ?? [[objects.get(oid) ?? ""]];
    for (const [path, mode] of paths) {
      if (type === "blob" && path !== "") look(path, content, part, mode);
      else findings.push(...guard.text(describe(type, oid), content, part));
    }
  });
  const changed = new Set(changes.map(({ path }) => path));
  for (const path of changed) if (!looked.has(path)) findings.push(...guard.name(path), ...composeFindings(scope, path));
  const paths = new Set([...objects.values(), ...changed]);
  paths.delete("");
  for (const path of paths) findings.push(...guard.text(`the file name ${path}`, Buffer.from(path)));
  return { findings, count: objects.size, unseen: [...guard.unseen], paths };
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

export function parseRange(range: string): [from: string, to: string] {
  const [, from = "", to = ""] = /^([^.\s-][^\s]*?)\.{2,3}([^.\s-][^\s]*)$/.exec(range) ?? [];
  if (from === "" || to === "")
    throw new EnvsealError("USAGE", "--range takes two commits", { hint: "envseal check --range origin/main..HEAD" });
  return [from, to];
}
