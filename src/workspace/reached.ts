import type { Context } from "../context.ts";
import { ownMember } from "../core/authority/authority.ts";
import { headOf, scopeOf } from "../core/authority/authority-of.ts";
import { environmentProblem } from "../core/authority/environment-statement.ts";
import { FEW_PAST, pastOf } from "../git/manifests.ts";
import { readSeen } from "../project/pins.ts";
import type { Project } from "./project.ts";

/**
 * By environment, the highest revision that this machine has seen, or that the branch's own history has and that still counts: what a
 * rotator signed and a revert threw away. Below what an admin signs next it counts nowhere any more.
 */
export function reachedRevisions(project: Project, { env }: Context): Record<string, number> {
  const { manifest } = project;
  const reached: Record<string, number> = {};
  const note = (environment: string, revision: number) => {
    reached[environment] = Math.max(ownMember(reached, environment) ?? 0, revision);
  };
  const seen = readSeen(env, manifest.project)?.environments ?? {};
  for (const [environment, { revision }] of Object.entries(seen)) note(environment, revision);
  for (const { manifest: past } of pastOf(project, "HEAD", manifest, FEW_PAST)?.newer ?? []) {
    for (const environment of Object.keys(headOf(manifest).environments)) {
      const statement = ownMember(past.environments, environment)?.statement;
      if (statement === undefined || statement.revision <= (ownMember(reached, environment) ?? 0)) continue;
      if (environmentProblem(headOf(manifest), scopeOf(manifest, environment), statement) === null) note(environment, statement.revision);
    }
  }
  return reached;
}
