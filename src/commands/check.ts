import { MANIFEST_NAME, type Manifest, manifestIn } from "../core/manifest.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { indexBlobs, readBlobs, stagedBlobs } from "../git/blobs.ts";
import { blobsAt } from "../git/objects.ts";
import { topFolder } from "../git/repo.ts";
import type { Finding } from "../guard/finding.ts";
import { inspectChange } from "../guard/manifest.ts";
import { inspectFile } from "../guard/rules.ts";
import type { Context } from "../ui/context.ts";
import { count, json, line, paint, plain, say, warn } from "../ui/output.ts";
import { authenticateManifest } from "../workspace/authenticate.ts";
import { inventory } from "../workspace/inventory.ts";
import { openProject } from "../workspace/project.ts";

/** Looks at what git is about to record (--staged) or has in its index (--all); ends with 1 where it finds something. */
export async function run(context: Context): Promise<number> {
  const { staged, all } = context.flags;
  if ((staged === true) === (all === true))
    throw new EnvsealError("USAGE", "envseal check needs one of --staged and --all", { hint: "envseal help check" });
  const top = await topFolder(context.cwd);
  if (top === null) throw new EnvsealError("GIT", "this is no git work tree", { hint: "run it inside a repository" });
  const findings: Finding[] = [];
  const manifests: { path: string; manifest: Manifest }[] = [];
  const entries = staged === true ? stagedBlobs(top) : indexBlobs(top);
  await readBlobs(top, entries, ({ path }, content) => {
    findings.push(...inspectFile(path, content));
    const manifest = path.endsWith(MANIFEST_NAME) ? manifestIn(content) : null;
    if (manifest !== null) manifests.push({ path, manifest });
  });
  for (const { path, manifest } of manifests) findings.push(...(await inspectManifest(top, path, manifest, context)));
  warnOfAge(context);
  if (context.json) json({ findings });
  else
    for (const { rule, message, fix } of findings)
      line(`${paint("red", "finding", process.stdout)} ${plain(message)} [${rule}]\n  fix: ${plain(fix)}`);
  if (findings.length === 0) say(context, `${count(entries.length, "file")} checked, nothing found`);
  return findings.length === 0 ? 0 : 1;
}

/** A manifest against the last commit's, and against the keys at hand. */
async function inspectManifest(top: string, path: string, manifest: Manifest, context: Context): Promise<Finding[]> {
  const before = await committedManifest(top, path);
  const { findings, unseen } = authenticateManifest(path, before, manifest, context);
  if (unseen.length > 0) say(context, `${plain(path)}: ${unseen.join(", ")} not authenticated, since no key for it is at hand`);
  return [...(before === null ? [] : inspectChange(path, before, manifest)), ...findings];
}

async function committedManifest(top: string, path: string): Promise<Manifest | null> {
  const [oid] = blobsAt(top, [{ oid: "HEAD", path }]);
  let manifest: Manifest | null = null;
  if (oid != null)
    await readBlobs(top, [{ path, oid, mode: "100644" }], (_entry, content) => {
      manifest = manifestIn(content);
    });
  return manifest;
}

/** No finding: an old key is no reason to stop a commit. */
function warnOfAge(context: Context): void {
  try {
    for (const { environment, ageDays } of inventory(openProject(context), undefined).filter(({ due }) => due))
      warn(`the key of ${environment} is ${ageDays} days old and due: envseal rotate -e ${environment}`);
  } catch (error) {
    // Nothing to warn of where there is no project, or its manifest is a finding itself.
    if (!isEnvsealError(error)) throw error;
  }
}
