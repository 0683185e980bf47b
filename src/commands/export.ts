import { randomBytes } from "node:crypto";
import { EnvsealError } from "../errors.ts";
import { requireNames } from "../loader/open.ts";
import type { Context } from "../ui/context.ts";
import { textFlag } from "../ui/context.ts";
import { out } from "../ui/output.ts";
import { EXPORT_FORMATS, type ExportFormat, exportAs } from "../workspace/formats.ts";
import { openProject, selectTarget } from "../workspace/project.ts";
import { openTarget } from "../workspace/vaults.ts";

export function run(context: Context): void {
  const format = context.json ? "json" : (textFlag(context, "format") ?? "dotenv");
  if (!EXPORT_FORMATS.includes(format as ExportFormat)) {
    throw new EnvsealError("USAGE", "there is no such export format", { hint: `--format takes ${EXPORT_FORMATS.join(", ")}` });
  }
  const project = openProject(context);
  const target = selectTarget(project, context);
  const { opened, access } = openTarget(project, target, context);
  requireNames(access, opened.assignments, target.listed);
  const values = new Map([...opened.assignments].map(([name, { value }]) => [name, value]));
  const options = { name: textFlag(context, "name") ?? "env", delimiter: `envseal_${randomBytes(12).toString("hex")}` };
  out(exportAs(format as ExportFormat, values, options));
}
