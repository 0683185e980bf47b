import { environmentEntries, headOf } from "../core/authority-of.ts";
import { accessByName, type Manifest } from "../core/manifest.ts";
import { pastManifests } from "../git/manifests.ts";
import type { Project } from "./project.ts";

export interface Requests {
  /** Who asked and was never given anything. */
  asking: string[];
  /** Whose access ended, and whose request is left over. */
  former: string[];
}

/** Manifests of the past that are looked into. */
const PAST = 100;

/** Everybody whom a request names and who has no access and no role. History tells whose access ended: no request says so. */
export function requestsOf(project: Project): Requests {
  const { manifest } = project;
  const { admins, rotators } = headOf(manifest);
  const known = accessByName(manifest);
  const waiting = Object.keys(manifest.recipients).filter(
    (name) => !known.has(name) && !Object.hasOwn(admins, name) && !Object.hasOwn(rotators, name),
  );
  if (waiting.length === 0) return { asking: [], former: [] };
  const had = recipientsBefore(project);
  const isFormer = (name: string) => had.has(manifest.recipients[name]?.recipient ?? "");
  return { asking: waiting.filter((name) => !isFormer(name)), former: waiting.filter(isFormer) };
}

function recipientsBefore(project: Project): Set<string> {
  const had = new Set<string>();
  for (const earlier of pastManifests(project, PAST))
    if (earlier.project === project.manifest.project) for (const one of holders(earlier)) had.add(one);
  return had;
}

function holders(manifest: Manifest): string[] {
  return environmentEntries(manifest).flatMap(([, { access }]) => Object.values(access).map(({ recipient }) => recipient));
}
