import { EnvsealError } from "../errors.ts";
import type { Context } from "../ui/context.ts";
import { json, line, table } from "../ui/output.ts";
import { destroyKey } from "../workspace/destroy.ts";
import { chosenEnvironments } from "../workspace/environments.ts";
import { identityFromCustody } from "../workspace/identity.ts";
import { inventory } from "../workspace/inventory.ts";
import { compromiseKey, suspendKey } from "../workspace/key-states.ts";
import { openProject } from "../workspace/project.ts";

const ACTIONS = { suspend: suspendKey, compromise: compromiseKey, destroy: destroyKey } as const;

/** The inventory of key versions; or, with an action, what becomes of one of them. */
export async function run(context: Context): Promise<void> {
  const [action, version] = context.args;
  if (action === undefined) return list(context);
  if (!Object.hasOwn(ACTIONS, action) || version === undefined) {
    throw new EnvsealError("USAGE", "keys takes nothing, or suspend, compromise or destroy and a key version", {
      hint: "envseal help keys",
    });
  }
  const [environment = "", other] = chosenEnvironments(openProject(context), context);
  if (other !== undefined) throw new EnvsealError("USAGE", "a key version is of one environment", { hint: "choose it with -e NAME" });
  const identity = await identityFromCustody(context);
  await ACTIONS[action as keyof typeof ACTIONS](environment, version, { ...context, identity });
}

function list(context: Context): void {
  const entries = inventory(openProject(context), context.environment);
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
  line(table([["ENVIRONMENT", "VERSION", "ID", "STATE", "CREATED", "AGE", "REASON", "VALUES", "RECIPIENTS"], ...rows]));
}
