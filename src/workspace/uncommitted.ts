import { join } from "node:path";
import { ownMember } from "../core/authority/authority.ts";
import { authorityOf, entryOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { outdated, type SeenProject } from "../core/authority/seen.ts";
import { trust } from "../core/authority/trust.ts";
import { MAX_MANIFEST_BYTES } from "../core/limits.ts";
import { manifestIn } from "../core/manifest/manifest-text.ts";
import { isEnvsealError } from "../errors.ts";
import { readBounded } from "../system/read.ts";

/** The manifest that the work tree has at a path of git; null where it has none that can be read. */
export function inWorkTree(top: string, path: string): Manifest | null {
  const content = readBounded(join(top, path), MAX_MANIFEST_BYTES);
  return content === null ? null : manifestIn(content);
}

/**
 * True where a manifest is behind what this machine has seen by what is not committed yet: all of that is in the work tree, which
 * goes on from there. Whoever just took somebody's access away has done nothing that anybody should look into.
 */
export function isBehindWorkTree(manifest: Manifest, workTree: Manifest | null, seen: SeenProject | null): boolean {
  if (workTree === null || seen === null || workTree.project !== manifest.project || isSame(manifest, workTree)) return false;
  if (Object.keys(seen.environments).some((name) => isOutdated(workTree, name, seen))) return false;
  const authority = authorityOf(workTree);
  if (![authorityOf(manifest).headDigest, seen.digests.at(-1) as string].every((digest) => authority.contains(digest))) return false;
  return Object.entries(seen.environments).every(([name, { revision }]) => {
    const isGone = ownMember(authority.head.environments, name) === undefined;
    return isGone || (entryOf(workTree, name)?.statement.revision ?? 0) >= revision;
  });
}

function isSame(a: Manifest, b: Manifest): boolean {
  const isEqual = (one: object, other: object) => one === other || JSON.stringify(one) === JSON.stringify(other);
  return authorityOf(a).headDigest === authorityOf(b).headDigest && isEqual(a.environments, b.environments);
}

/** What the work tree has counts for as much as it would where it is opened. */
function isOutdated(workTree: Manifest, environment: string, seen: SeenProject): boolean {
  const statement = entryOf(workTree, environment)?.statement;
  if (statement === undefined || ownMember(authorityOf(workTree).head.environments, environment) === undefined) return false;
  try {
    return outdated(workTree, environment, statement, trust(workTree, { pins: [], seen }), seen) !== null;
  } catch (error) {
    if (isEnvsealError(error)) return true;
    throw error;
  }
}
