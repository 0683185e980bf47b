import type { Context } from "../context.ts";
import { ownMember } from "../core/authority/authority.ts";
import { authorityOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { isEnvsealError } from "../errors.ts";
import { headCommit } from "../git/head.ts";
import { findGitFolder } from "../project/gitdir.ts";
import { type RecordKeys, readRecord, writeRecord } from "../project/record.ts";
import { warn } from "../ui/output.ts";
import type { Project } from "./project.ts";
import { recordKeys } from "./record-keys.ts";
import { takenBack } from "./taken-back.ts";

/** `.git/envseal/looked-back-<project>`: a commit whose history has nothing newer than what stood in the work tree then. */
interface Looked {
  commit: string;
  digest: string;
  revisions: Record<string, number>;
}

const nameOf = ({ manifest }: Project) => `looked-back-${manifest.project}`;
const MAX_BYTES = 64 << 10;

const done = new Set<string>();

/**
 * Tells of what an older envseal.json took back, before anything is opened by it. An older manifest and what was sealed under it
 * are genuine by themselves, so that only history tells; what came since the last look is looked into, and mostly nothing did.
 */
export function lookBack(project: Project, context: Context): void {
  if (done.has(project.path)) return;
  done.add(project.path);
  const git = findGitFolder(project.root);
  const head = git === null ? null : headCommit(project.root, git);
  if (head === null) return;
  const keys = recordKeys(null);
  const before = readLooked(project, keys);
  const from = before !== null && goesOn(project.manifest, before) ? before.commit : null;
  if (from === head) return;
  const since = from === null ? null : takenBack(project, project.manifest, `${from}..${head}`, context);
  // A commit that was rewritten may be gone, and of many the oldest are left out.
  const { known, lost } = since?.known && since.leftOut === null ? since : takenBack(project, project.manifest, head, context);
  for (const { message, fix } of lost) warn(`${message}; ${fix}`);
  if (known && lost.length === 0) note(project, head, keys);
}

/** True where a manifest has at least what another had, so that nothing that the other was newer than is newer than it. */
function goesOn(manifest: Manifest, { digest, revisions }: Looked): boolean {
  const authority = authorityOf(manifest);
  if (!authority.contains(digest)) return false;
  return Object.entries(revisions).every(([name, revision]) => {
    const isGone = ownMember(authority.head.environments, name) === undefined;
    return isGone || (ownMember(manifest.environments, name)?.statement.revision ?? 0) >= revision;
  });
}

function readLooked(project: Project, keys: RecordKeys): Looked | null {
  const bytes = readRecord(project.root, nameOf(project), MAX_BYTES, keys);
  return bytes === null ? null : JSON.parse(bytes.toString());
}

/** Where it cannot be kept, the next look is as long as this one. */
function note(project: Project, commit: string, keys: RecordKeys): void {
  const { manifest } = project;
  const revisions = Object.fromEntries(Object.entries(manifest.environments).map(([name, { statement }]) => [name, statement.revision]));
  const looked: Looked = { commit, digest: authorityOf(manifest).headDigest, revisions };
  try {
    writeRecord(project.root, nameOf(project), JSON.stringify(looked), keys);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
  }
}
