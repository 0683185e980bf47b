import type { Context } from "../../../context.ts";
import { EnvsealError } from "../../../errors.ts";
import { chosenWith } from "../../../ui/chosen-with.ts";
import { json, out } from "../../../ui/output.ts";
import { openProject, selectTarget } from "../../../workspace/project.ts";
import { openTarget } from "../../../workspace/vaults.ts";

export function run(context: Context): void {
  const [name = ""] = context.args;
  const project = openProject(context);
  const target = selectTarget(project, context);
  const { opened } = openTarget(project, target, context);
  const assignment = opened.assignments.get(name);
  if (assignment === undefined) {
    throw new EnvsealError("NOT_SET", `${name} is not set in ${target.listed}`, {
      hint: `envseal list${chosenWith(context)} shows the names`,
    });
  }
  if (context.json) json({ name, value: assignment.value });
  else out(context.flags["no-newline"] === true ? assignment.value : `${assignment.value}\n`);
}
