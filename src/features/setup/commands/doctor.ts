import type { Context } from "../../../context.ts";
import { json, line, paint, plain, sentence } from "../../../ui/output.ts";
import { openProject } from "../../../workspace/project.ts";
import { examine } from "../doctor-checks.ts";

/** Looks for what is wrong with this clone and says what mends it; exits 1 where something is. */
export async function run(context: Context): Promise<number> {
  const project = openProject(context);
  const checks = await examine(project, context);
  const broken = checks.filter(({ ok }) => !ok);
  if (context.json) {
    json({ ok: broken.length === 0, checks });
    return broken.length === 0 ? 0 : 1;
  }
  for (const { name, ok, detail, fix } of checks) {
    if (context.quiet && ok) continue;
    sentence(`${ok ? paint("green", "ok  ", process.stdout) : paint("red", "fail", process.stdout)}  ${plain(name)}: ${plain(detail)}`, 6);
    if (fix !== undefined && fix !== "") sentence(`      fix: ${plain(fix)}`, 6);
  }
  line(broken.length === 0 ? "\nall is well" : `\n${broken.length} of ${checks.length} checks failed`);
  return broken.length === 0 ? 0 : 1;
}
