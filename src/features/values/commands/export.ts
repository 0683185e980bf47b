import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { Context } from "../../../context.ts";
import { textFlag } from "../../../context.ts";
import { isKeyVariable } from "../../../custody/key.ts";
import { EnvsealError } from "../../../errors.ts";
import { requireNames } from "../../../loader/open.ts";
import { steeringNames, steersText } from "../../../loader/steering-names.ts";
import { line, out, say, warn } from "../../../ui/output.ts";
import { openProject, selectTarget } from "../../../workspace/project.ts";
import { openTarget } from "../../../workspace/vaults.ts";
import { appendPrivate, refuseLoss, writePrivate } from "../export-file.ts";
import { EXPORT_FORMATS, type ExportFormat, exportAs, githubMasks } from "../export-formats.ts";
import { keptByShells } from "../shell-names.ts";

export function run(context: Context): void {
  try {
    exportValues(context);
  } catch (error) {
    // To evaluate nothing succeeds, and a script would go on without the values.
    if (!context.json && textFlag(context, "format") === "shell" && textFlag(context, "output") === undefined) out("false\n");
    throw error;
  }
}

function exportValues(context: Context): void {
  const format = context.json ? "json" : (textFlag(context, "format") ?? "dotenv");
  if (!EXPORT_FORMATS.includes(format as ExportFormat)) {
    throw new EnvsealError("USAGE", "there is no such export format", { hint: `--format takes ${EXPORT_FORMATS.join(", ")}` });
  }
  if (context.json && (textFlag(context, "format") ?? "json") !== "json")
    throw new EnvsealError("USAGE", "--json and --format ask for two formats", { hint: "give one of them" });
  const output = outputPath(context);
  const mask = context.flags.mask === true;
  if (context.flags["if-key"] === true && !hasInjectedKey(context.env)) return sayKeyless(mask, context);
  const project = openProject(context);
  const target = selectTarget(project, context);
  const open = openTarget(project, target, context);
  const { opened, access } = open;
  requireNames(access, opened.assignments, target.listed);
  const values = new Map([...opened.assignments].map(([name, { value }]) => [name, value]));
  const options = { name: textFlag(context, "name") ?? "env", delimiter: `envseal_${randomBytes(12).toString("hex")}` };
  leaveOut(format as ExportFormat, values, access.required);
  const text = exportAs(format as ExportFormat, values, options);
  if (output !== null && format !== "github" && !context.yes) refuseLoss(project, open, output);
  // Before the values are anywhere else: what they are written to may be read by another step's log.
  // A public value stands in the vault as it is: masking `true` or `3000` would only make logs unreadable.
  if (mask) out(githubMasks([...opened.assignments.values()].filter((entry) => !entry.public).map(({ value }) => value)));
  if (output === null) {
    if (!mask) out(text);
  } else if (format === "github") appendPrivate(output, text);
  else writePrivate(output, text);
}

/**
 * A shell and a job go on with what they are given, next to a key perhaps: what would steer them is left out, and what a shell
 * keeps for itself, which would fail with all that follow. The other formats are for a program of its own, as `run` is.
 * @throws BAD_NAME for one that the manifest requires
 */
function leaveOut(format: ExportFormat, values: Map<string, string>, required: readonly string[]): void {
  const steering = steeringNames(values);
  if (format !== "shell" && format !== "github") {
    if (steering.length > 0) warn(steersText(steering));
    return;
  }
  const whom = format === "shell" ? "a shell" : "a job";
  remove(steering, `they decide what code runs, or which repository, key or state is used, in all that ${whom} starts later`);
  if (format === "shell") remove(keptByShells(values), "bash, zsh, ksh or fish keep such names for themselves");

  function remove(names: readonly string[], why: string): void {
    if (names.length === 0) return;
    const hint = "start what reads them with envseal run, or rename them";
    const needed = names.filter((name) => required.includes(name));
    if (needed.length > 0)
      throw new EnvsealError("BAD_NAME", `${whom} cannot be given ${needed.join(", ")}, which is required: ${why}`, { hint });
    for (const name of names) values.delete(name);
    warn(`left out ${names.join(", ")}: ${why}; ${hint}`);
  }
}

function outputPath(context: Context): string | null {
  const output = textFlag(context, "output");
  if (output === "-")
    throw new EnvsealError("USAGE", "--output takes a file, and - would be one of that name", {
      hint: "without --output the values go to standard output",
    });
  return output === undefined ? null : resolve(context.cwd, output);
}

function hasInjectedKey(env: NodeJS.ProcessEnv): boolean {
  return Object.keys(env).some((name) => isKeyVariable(name) && name !== "ENVSEAL_PIN" && env[name] !== "");
}

function sayKeyless(mask: boolean, context: Context): void {
  const why = "no key is injected, so no values are exported (pull requests from forks and Dependabot get no secrets)";
  if (!mask) say(context, why);
  else if (!context.quiet) line(`::notice title=envseal::${why}`);
}
