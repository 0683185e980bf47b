import type { Context } from "../context.ts";
import { entryOf, environmentNames, headOf, scopeOf } from "../core/authority/authority-of.ts";
import { environmentProblem } from "../core/authority/environment-statement.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { newlySigned } from "../core/authority/newly-signed.ts";
import { parseManifest, serialiseManifest } from "../core/manifest/manifest-text.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { writeAtomic } from "../project/write.ts";
import { namedTarget, type Project } from "./project.ts";
import { refuseBehind } from "./refuse-behind.ts";

/** The environments a key command is about: -e, or --all, or the only one. @throws AMBIGUOUS_ENVIRONMENT */
export function chosenEnvironments(project: Project, context: Context): string[] {
  const all = environmentNames(project.manifest);
  if (context.environment !== undefined) {
    if (context.file !== undefined) namedTarget(project, context.file, context);
    if (context.flags.all === true)
      throw new EnvsealError("USAGE", "-e means one environment, and --all every one", { hint: "give one of the two" });
    if (all.includes(context.environment)) return [context.environment];
    throw new EnvsealError("UNKNOWN_ENVIRONMENT", `there is no environment ${context.environment} in this project`, {
      hint: `it has: ${all.join(", ")}`,
    });
  }
  if (context.flags.all === true || all.length === 1) return all;
  throw new EnvsealError("AMBIGUOUS_ENVIRONMENT", `there are several environments: ${all.join(", ")}`, {
    hint: "choose one with -e NAME, or take --all",
  });
}

/**
 * @throws OLDER_CHECKOUT where what would be signed again is behind what this machine has seen; BUG for keys that would not count any
 * more: everybody would be locked out; BAD_VALUE
 */
export function writeManifest(project: Project, manifest: Manifest, context: Context): void {
  refuseBehind(project.manifest, newlySigned(manifest, project.manifest), context);
  writeNewRoot(project, manifest);
}

/** The same for an authority that is begun again, of which nothing that was seen says anything. */
export function writeNewRoot(project: Project, manifest: Manifest): void {
  for (const environment of environmentNames(manifest)) {
    if (!countsIn(project.manifest, environment) || countsIn(manifest, environment)) continue;
    throw new EnvsealError("BUG", `this would leave ${environment} with keys that nobody with the right has signed; nothing was changed`, {
      hint: "please report it, with the command that you ran",
    });
  }
  writeAtomic(project.root, project.path, manifestText(manifest));
}

function countsIn(manifest: Manifest, environment: string): boolean {
  const statement = entryOf(manifest, environment)?.statement;
  return statement !== undefined && environmentProblem(headOf(manifest), scopeOf(manifest, environment), statement) === null;
}

/** @throws BAD_VALUE for what no reader would accept */
export function manifestText(manifest: Manifest): string {
  const text = serialiseManifest(manifest);
  try {
    parseManifest(text);
  } catch (error) {
    // What no reader would accept is never written: nothing depends on it yet.
    if (!isEnvsealError(error)) throw error;
    const problem = error.message.replace(/^.*: /, "");
    const hint = / (?:more|larger) than /.test(problem)
      ? "take away what nobody needs any more (envseal revoke, env remove; a rotation drops entries that nobody signed)"
      : "names, reasons and hints are one line of at most 500 characters";
    throw new EnvsealError("BAD_VALUE", `this would make a manifest that cannot be read (${problem}); nothing was changed`, { hint });
  }
  return text;
}
