import type { Context } from "../../context.ts";
import { environmentNames } from "../../core/authority/authority-of.ts";
import { say } from "../../ui/output.ts";
import { openProject } from "../../workspace/project.ts";
import { exposureOf, type Holder } from "./exposure-report.ts";
import { exposureText } from "./exposure-table.ts";

/**
 * What a rotation or a revocation ends with: the values that stay known, whatever is rotated here. The holders are of
 * before it, and hold the active key no more.
 */
export async function tellExposure(holders: ReadonlyMap<string, Holder>, context: Context): Promise<void> {
  if (context.quiet || context.json) return;
  const project = openProject(context);
  for (const report of await exposureOf(project, environmentNames(project.manifest), holders, context))
    say(context, `\n${exposureText(report, process.stderr)}`);
}
