import { headOf } from "../../core/authority/authority-of.ts";
import { accessByName } from "../../core/authority/manifest.ts";
import { formerAccess } from "../../workspace/former-access.ts";
import type { Project } from "../../workspace/project.ts";

export interface Requests {
  /** Who asked and was never given anything. */
  asking: string[];
  /** Whose access ended, and whose request is left over. */
  former: string[];
}

/** Everybody whom a request names and who has no access and no role. History tells whose access ended: no request says so. */
export function requestsOf(project: Project): Requests {
  const { manifest } = project;
  const { admins, rotators } = headOf(manifest);
  const known = accessByName(manifest);
  const waiting = Object.keys(manifest.recipients).filter(
    (name) => !known.has(name) && !Object.hasOwn(admins, name) && !Object.hasOwn(rotators, name),
  );
  if (waiting.length === 0) return { asking: [], former: [] };
  const asked = new Set(waiting.map((name) => manifest.recipients[name]?.recipient));
  const had = new Set([...formerAccess(project, (recipient) => asked.has(recipient))].map(({ recipient }) => recipient));
  const isFormer = (name: string) => had.has(manifest.recipients[name]?.recipient ?? "");
  return { asking: waiting.filter((name) => !isFormer(name)), former: waiting.filter(isFormer) };
}
