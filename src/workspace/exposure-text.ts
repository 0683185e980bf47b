import type { Context } from "../ui/context.ts";
import { exposureText } from "../ui/exposure.ts";
import { say } from "../ui/output.ts";
import { exposureOf, type Holder } from "./exposure.ts";
import { openProject } from "./project.ts";

/**
 * What a rotation or a revocation ends with: the values that stay known, whatever is rotated here. The holder is of before
 * it, and holds the active key no more.
 */
export async function tellExposure(environment: string, holder: Holder | null, context: Context): Promise<void> {
  if (holder === null || context.quiet || context.json) return;
  const report = await exposureOf(openProject(context), environment, { ...holder, current: false }, context);
  say(context, `\n${exposureText(report)}`);
}
