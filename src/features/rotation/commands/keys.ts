import type { Context } from "../../../context.ts";
import { append } from "../../../core/append.ts";
import { environmentEntries, environmentNames, environmentOf } from "../../../core/authority/authority-of.ts";
import { vaultPathsOf } from "../../../core/authority/manifest.ts";
import type { Change, RowOpener } from "../../../core/vault/vault-diff.ts";
import { EnvsealError } from "../../../errors.ts";
import { commitOrder } from "../../../git/revisions.ts";
import { fitting } from "../../../ui/fitting.ts";
import { json, line, warn } from "../../../ui/output.ts";
import { page } from "../../../ui/pager.ts";
import { authenticateManifest } from "../../../workspace/authenticate-manifest.ts";
import { identityFromCustody } from "../../../workspace/identity.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import { historyOpener } from "../../history/keys.ts";
import { logOf } from "../../history/log.ts";
import { gitPager, historyTargets, repositoryTop } from "../../history/targets.ts";
import { type TimelineEvent, timeline } from "../../history/timeline.ts";
import { readHistory } from "../../history/versions.ts";
import { destroyKey } from "../destroy-key.ts";
import { inventory } from "../inventory.ts";
import { compromiseKey, suspendKey } from "../key-states.ts";

const ACTIONS = { suspend: suspendKey, compromise: compromiseKey, destroy: destroyKey } as const;

/** The inventory of key versions; or, with an action, what becomes of one of them. */
export async function run(context: Context): Promise<void> {
  const [action, version] = context.args;
  if (context.environment !== undefined) environmentOf(openProject(context).manifest, context.environment);
  if (action === undefined) return context.flags.timeline === true ? showTimeline(context) : list(context);
  if (!Object.hasOwn(ACTIONS, action) || version === undefined) {
    throw new EnvsealError("USAGE", "keys takes nothing, or suspend, compromise or destroy and a key version", {
      hint: "envseal help keys",
    });
  }
  const environment = oneEnvironment(openProject(context), context);
  const identity = await identityFromCustody(context);
  await ACTIONS[action as keyof typeof ACTIONS](environment, version, { ...context, identity });
}

/** There is no --all for what becomes of one key. @throws AMBIGUOUS_ENVIRONMENT */
function oneEnvironment({ manifest }: Project, { environment }: Context): string {
  const all = environmentNames(manifest);
  if (environment !== undefined) return environment;
  if (all.length === 1) return all[0] as string;
  throw new EnvsealError("AMBIGUOUS_ENVIRONMENT", `there are several environments: ${all.join(", ")}`, {
    hint: "a key version is of one: choose it with -e NAME",
  });
}

/** The key versions over time, with what was changed under each. */
async function showTimeline(given: Context): Promise<void> {
  const context = { ...given, identity: await identityFromCustody(given) };
  const project = openProject(context);
  const top = repositoryTop(project);
  const opener = historyOpener(project, context);
  const blocks: string[] = [];
  for (const [environment, { statement }] of environmentEntries(project.manifest)) {
    if (context.environment !== undefined && context.environment !== environment) continue;
    const events = await eventsOf(project, top, environment, opener, context);
    blocks.push(timeline(environment, statement, events));
  }
  await page(`${blocks.join("\n\n")}\n`, gitPager(top));
}

/** The commits that changed the environment's vaults, the newest first, each once. */
async function eventsOf(project: Project, top: string, environment: string, opener: RowOpener, context: Context): Promise<TimelineEvent[]> {
  const byCommit = new Map<string, TimelineEvent & { changes: Change[] }>();
  if (vaultPathsOf(project.manifest, environment).length === 0) return [];
  for (const { path } of historyTargets(project, top, { ...context, environment, file: undefined, args: [] })) {
    for (const { version, changes } of logOf(await readHistory(top, path), opener)) {
      const { commit, date, author } = version;
      const event = byCommit.get(commit) ?? { commit, date, author, changes: [] };
      append(event.changes, changes);
      byCommit.set(commit, event);
    }
  }
  const order = commitOrder(top);
  return [...byCommit.values()].sort((a, b) => (order.get(a.commit) ?? 0) - (order.get(b.commit) ?? 0));
}

function list(context: Context): void {
  const project = openProject(context);
  for (const { message } of authenticateManifest(project.path, null, project.manifest, context).findings) warn(message);
  const entries = inventory(project, context.environment);
  if (context.json) return json(entries);
  const rows = entries.map((entry) => [
    entry.environment,
    `v${entry.version}${entry.floor ? " (floor)" : ""}`,
    entry.keyId,
    entry.state,
    entry.created.slice(0, 10),
    `${entry.ageDays} d${entry.due ? " (due)" : ""}`,
    entry.reason,
    String(entry.values),
    entry.recipients.join(", "),
  ]);
  line(fitting([["ENVIRONMENT", "VERSION", "ID", "STATE", "CREATED", "AGE", "REASON", "VALUES", "RECIPIENTS"], ...rows]));
}
