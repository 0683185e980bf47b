import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Context, textFlag } from "../../../context.ts";
import { writeAtomic } from "../../../project/write.ts";
import { isMissing } from "../../../system/read.ts";
import { out, say } from "../../../ui/output.ts";
import { confirm } from "../../../ui/prompt.ts";
import { openProject, selectTarget } from "../../../workspace/project.ts";
import { openTarget } from "../../../workspace/vaults.ts";
import { envTypes, isEnvTypes } from "../env-types.ts";

/** Writes env.d.ts: the names of the vault for TypeScript; a value has no place in it. */
export async function run(context: Context): Promise<void> {
  const project = openProject(context);
  const { opened, access } = openTarget(project, selectTarget(project, context), context);
  const text = envTypes([...opened.assignments.keys()], access.required, context.flags.vite === true);
  if (context.flags.stdout === true) return out(text);
  const name = textFlag(context, "out") ?? "env.d.ts";
  const path = resolve(context.cwd, name);
  const current = readIfThere(path);
  // A checkout may have given it CRLF line ends.
  const same = current?.replaceAll("\r\n", "\n") === text;
  if (current !== null && !isEnvTypes(current)) await confirm(context, `${name} was not made by envseal types; replace it?`);
  if (!same) writeAtomic(project.root, path, text);
  say(context, same ? `${name} is up to date` : `wrote ${name}`);
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
