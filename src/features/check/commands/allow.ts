import { type Context, textFlag } from "../../../context.ts";
import type { Allowance } from "../../../core/authority/manifest.ts";
import { withSettings } from "../../../core/keys/manifest-edits.ts";
import { EnvsealError } from "../../../errors.ts";
import { mayBeAllowed } from "../../../guard/allow.ts";
import { RULES, type RuleId } from "../../../guard/finding.ts";
import { withLock } from "../../../project/lock.ts";
import { say } from "../../../ui/output.ts";
import { openKeyring } from "../../../workspace/keyring.ts";
import { chosenEnvironments, writeManifest } from "../../../workspace/manifest.ts";
import { openProject } from "../../../workspace/project.ts";

/** Lets a finding through, for a reason that stays in the manifest. Whoever reads it knows that a key holder wrote it. */
export async function run(context: Context): Promise<void> {
  const entry = entryOf(context);
  const first = openProject(context);
  const environments = chosenEnvironments(first, context);
  await withLock(first.root, context, () => {
    for (const environment of environments) {
      const project = openProject(context);
      const keyring = openKeyring(project, environment, context);
      const { allow } = keyring.settings;
      const same = (other: Allowance) => other.rule === entry.rule && other.path === entry.path && other.name === entry.name;
      writeManifest(
        project,
        withSettings(project.manifest, keyring.tagger, { allow: [...allow.filter((other) => !same(other)), entry] }),
        context,
      );
    }
  });
  say(context, `${entry.rule} is let through${entry.expires === undefined ? "" : ` until ${entry.expires}`}; commit envseal.json`);
}

/** @throws USAGE */
function entryOf(context: Context): Allowance {
  const [rule = ""] = context.args;
  if (!Object.hasOwn(RULES, rule))
    throw new EnvsealError("USAGE", "there is no such rule", { hint: `the rules: ${Object.keys(RULES).join(", ")}` });
  if (!mayBeAllowed(rule as RuleId))
    throw new EnvsealError("USAGE", `nothing lets ${rule} through: it says that a file is not what it should be`, {
      hint: `envseal check --explain ${rule}`,
    });
  const [path, name, reason, expires] = ["path", "name", "reason", "expires"].map((flag) => textFlag(context, flag));
  if (reason === undefined || reason.trim() === "")
    throw new EnvsealError("USAGE", "it needs a reason", { hint: '--reason "why it may pass"' });
  if (path === undefined && name === undefined)
    throw new EnvsealError("USAGE", "that would switch the rule off altogether", { hint: "narrow it with --path or --name" });
  const real = expires === undefined || (/^\d{4}-\d\d-\d\d$/.test(expires) && !Number.isNaN(Date.parse(expires)));
  if (!real) throw new EnvsealError("USAGE", "--expires is no date", { hint: "write it as 2027-01-31" });
  return {
    rule,
    reason,
    ...(path !== undefined && { path }),
    ...(name !== undefined && { name }),
    ...(expires !== undefined && { expires }),
  };
}
