import { dirname } from "node:path";
import type { Context } from "../../../context.ts";
import type { OpenedAssignment } from "../../../core/vault/open-vault.ts";
import { isKeyVariable } from "../../../custody/key.ts";
import { EnvsealError } from "../../../errors.ts";
import { Redactor } from "../../../guard/redactor.ts";
import { apply } from "../../../loader/apply.ts";
import { pathOf } from "../../../loader/inherited.ts";
import { personalValues, wantsPersonal } from "../../../loader/load.ts";
import { requireNames } from "../../../loader/open.ts";
import { isSwitchedOff } from "../../../loader/switched-off.ts";
import { hooksWereChanged } from "../../../project/hooks-installed.ts";
import type { Templates } from "../../../project/templates.ts";
import { runChild } from "../../../system/child.ts";
import { warn } from "../../../ui/output.ts";
import { openProject, type Project, selectTarget, targetAt } from "../../../workspace/project.ts";
import { templateValues } from "../../../workspace/template-values.ts";
import { openTarget } from "../../../workspace/vaults.ts";

/** Runs a command with the vault's values in its environment; passes signals, exit code, terminal and stdin through. */
export async function run(context: Context): Promise<number> {
  const [command, ...args] = context.rest;
  if (command === undefined) throw new EnvsealError("USAGE", "there is no command to run", { hint: "envseal run -- COMMAND [ARGUMENT…]" });
  const { env, secrets, templates } = await childEnvironment(context);
  // One for each stream: what is on its way through one must not meet the other's.
  const filter = context.flags.redact === true ? () => new Redactor(secrets, templates) : undefined;
  return runChild(command, args, { env, cwd: context.cwd, filter });
}

interface Child {
  env: NodeJS.ProcessEnv;
  /** What --redact masks, by name. */
  secrets: [name: string, value: string][];
  templates?: Templates;
}

async function childEnvironment(context: Context): Promise<Child> {
  const env = { ...context.env };
  if (isSwitchedOff(env, context.cwd, warn)) {
    process.stderr.write("envseal: loading is switched off (ENVSEAL=off)\n");
    return { env, secrets: [] };
  }
  const project = openProject(context);
  const target = selectTarget(project, context);
  const { opened, access, vault } = openTarget(project, target, context);
  requireNames(access, opened.assignments, target.listed);
  // As the loader: whoever runs a server or CI can do nothing about it.
  const changed = env.CI === undefined && env.NODE_ENV !== "production" ? hooksWereChanged(project.root) : null;
  if (changed !== null) warn(`${changed}, so nothing stops a secret on its way into git: envseal hooks install`);
  const values = valuesIn(opened.assignments);
  const { environment, id } = vault;
  const local = context.flags.local === true ? { local: true } : {};
  if (wantsPersonal(local, env, [context.cwd, dirname(target.path)], warn)) Object.assign(values, personalValues(target.path, environment));
  apply([{ environment, id, path: target.path, values, required: access.required }], {
    env,
    override: context.flags.override === true,
    keepKey: context.flags["keep-key"] === true,
    cwd: context.cwd,
    valuesOf: (other) => heldValues(project, other, context),
    warn,
  });
  // What a child opens by itself is of this environment too: two of them would be mixed in one process.
  if (env.ENVSEAL_ENV !== undefined) env.ENVSEAL_ENV = vault.environment;
  const shown = new Set([...opened.assignments.values()].filter((entry) => entry.public).map(({ name }) => name));
  const secrets = secretsOf(env, values, shown);
  return context.flags.redact === true ? { env, secrets, templates: templateValues(project) } : { env, secrets };
}

/** What another vault of this project holds, where this person opens it. */
function heldValues(project: Project, id: string, context: Context): Record<string, string> | null {
  const path = pathOf(project, id);
  try {
    return path === null ? null : valuesIn(openTarget(project, targetAt(project, path), context).opened.assignments);
  } catch {
    return null;
  }
}

function valuesIn(assignments: ReadonlyMap<string, OpenedAssignment>): Record<string, string> {
  return Object.fromEntries([...assignments].map(([name, { value }]) => [name, value]));
}

/** What the vault says and what the child is given for it may differ: a variable that is set wins. */
function secretsOf(env: NodeJS.ProcessEnv, values: Readonly<Record<string, string>>, shown: ReadonlySet<string>): Child["secrets"] {
  const names = Object.keys(values).filter((name) => !shown.has(name));
  const keys = Object.keys(env).filter(isKeyVariable);
  return [
    ...names.map((name): [string, string] => [name, values[name] as string]),
    ...[...names, ...keys].flatMap((name): [string, string][] => (env[name] === undefined ? [] : [[name, env[name]]])),
  ];
}
