import { EnvsealError } from "../errors.ts";
import { isKeyVariable } from "../loader/key.ts";
import { personalValues } from "../loader/load.ts";
import { requireNames } from "../loader/open.ts";
import { runChild } from "../project/child.ts";
import type { Context } from "../ui/context.ts";
import { openProject, selectTarget } from "../workspace/project.ts";
import { openTarget } from "../workspace/vaults.ts";

/** Runs a command with the vault's values in its environment; passes signals, exit code, terminal and stdin through. */
export async function run(context: Context): Promise<number> {
  const [command, ...args] = context.rest;
  if (command === undefined) throw new EnvsealError("USAGE", "there is no command to run", { hint: "envseal run -- COMMAND [ARGUMENT…]" });
  return runChild(command, args, childEnvironment(context), context.cwd);
}

function childEnvironment(context: Context): NodeJS.ProcessEnv {
  const env = { ...context.env };
  if (env.ENVSEAL === "off") {
    process.stderr.write("envseal: loading is switched off (ENVSEAL=off)\n");
    return env;
  }
  const project = openProject(context);
  const target = selectTarget(project, context);
  const { opened, access, vault } = openTarget(project, target, context);
  requireNames(access, opened.assignments, target.listed);
  const values = Object.fromEntries([...opened.assignments].map(([name, { value }]) => [name, value]));
  if (context.flags.local === true || env.ENVSEAL_LOCAL === "1") Object.assign(values, personalValues(target.path, vault.environment));
  for (const [name, value] of Object.entries(values)) {
    if (context.flags.override === true || !Object.hasOwn(env, name)) env[name] = value;
  }
  if (context.flags["keep-key"] !== true) for (const name of Object.keys(env)) if (isKeyVariable(name)) delete env[name];
  env.ENVSEAL_LOADED = `${vault.environment}:${vault.id}`;
  return env;
}
