import { resolve } from "node:path";
import { parsePin } from "../../../age/unlock.ts";
import { type Context, textFlag } from "../../../context.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { stagedBlobs } from "../../../git/blobs.ts";
import { workTree } from "../../../git/work-tree.ts";
import { blocks, RULES, type RuleId } from "../../../guard/finding.ts";
import { hooksWereChanged } from "../../../project/hooks-installed.ts";
import { writeAtomic } from "../../../project/write.ts";
import { type FindingFormat, findingFormat, printFindings, sarifText } from "../../../ui/findings.ts";
import { fitting } from "../../../ui/fitting.ts";
import { count, json, line, say, sentence, warn } from "../../../ui/output.ts";
import { openProject } from "../../../workspace/project.ts";
import { inventory } from "../../rotation/inventory.ts";
import { type CiScope, ciScope } from "../ci-range.ts";
import { brokenVaults, checkIndex, checkStaged, stagedVaults } from "../files.ts";
import { Guard } from "../guard.ts";
import { checkHistory, checkRange, parseRange } from "../range.ts";
import type { Checked, Scope } from "../scope.ts";
import { refuseTakenKey } from "../taken-key.ts";

/** Looks at what git is about to record (--staged), has in its index (--all) or adds in a range (--range, --ci); 1 where it finds something. */
export async function run(context: Context): Promise<number> {
  const { staged, all, ci } = context.flags;
  const range = textFlag(context, "range");
  const rule = textFlag(context, "explain");
  if (rule !== undefined) return explain(rule, context);
  if ([staged === true, all === true, ci === true, range !== undefined].filter(Boolean).length !== 1)
    throw new EnvsealError("USAGE", "envseal check needs one of --staged, --range, --ci and --all", { hint: "envseal help check" });
  const format = findingFormat(context);
  const top = workTree(context.cwd);
  const changes = staged === true || all === true ? stagedBlobs(top) : null;
  const ciRange = ci === true ? ciScope(top, context.env) : null;
  const guard = await Guard.open(context, {
    update: staged !== true,
    ...stagedVaults(changes),
    tips: range === undefined ? [] : [parseRange(range)[1]],
    base: baseOf(range, ciRange),
  });
  const scope = { top, guard, context, roots: { pin: givenPin(context), strict: range !== undefined || ci === true } };
  const checked =
    changes !== null
      ? await (staged === true ? checkStaged : checkIndex)(scope, changes)
      : range !== undefined
        ? await checkRange(scope, range)
        : await checkCi(scope, ciRange as CiScope);
  const findings = [...brokenVaults(top, guard, checked.findings), ...checked.findings, ...guard.leftOut];
  return report({ ...checked, findings }, guard, format, context);
}

/** @throws USAGE */
function givenPin(context: Context): Uint8Array | null {
  const text = textFlag(context, "pin");
  const pin = text === undefined ? null : parsePin(text.trim());
  if (text === undefined || pin !== null) return pin;
  throw new EnvsealError("USAGE", "--pin is no pin (22 characters of base64url)", { hint: "envseal pin shows it, where it is confirmed" });
}

/** What was recorded before what is looked at; nothing where that is all of history. */
function baseOf(range: string | undefined, ciRange: CiScope | null): string | undefined {
  if (range !== undefined) return parseRange(range)[0];
  if (ciRange?.kind === "range") return ciRange.from;
  return ciRange?.kind === "history" ? undefined : "HEAD";
}

function checkCi(scope: Scope, wanted: CiScope): Promise<Checked> {
  const { context } = scope;
  if (wanted.kind === "range") {
    say(context, `checks ${wanted.from}..HEAD`);
    return checkRange(scope, `${wanted.from}..HEAD`, wanted.pushed);
  }
  if (wanted.kind === "files") {
    if (wanted.told) say(context, "checks every file: nothing was pushed");
    else warn("checks every file, and no commit: this CI system does not say what was pushed (set ENVSEAL_BASE, or use --range A..B)");
    return checkIndex(scope);
  }
  if (wanted.replaced) warn("what this push took the place of is not in this clone: whether it took keys back is not checked");
  say(context, "checks every file and every commit: there is no earlier one to compare with");
  return checkHistory(scope);
}

function report({ findings, count: looked, unseen, allowed }: Checked, guard: Guard, format: FindingFormat, context: Context): number {
  const left = guard.withoutAllowed(findings, allowed);
  refuseTakenKey(unseen, context.env);
  if (unseen.length > 0)
    say(context, `${unseen.join(", ")}: neither authenticated nor searched for, since no key is at hand that opens it`);
  for (const note of guard.notes) say(context, note);
  warnOfAge(context);
  const changed = hooksWereChanged(context.cwd);
  if (changed !== null) warn(`${changed}, so commits may pass unchecked: envseal hooks install`);
  printFindings(left, format);
  const sarif = textFlag(context, "sarif");
  if (sarif !== undefined) writeAtomic(context.cwd, resolve(context.cwd, sarif), sarifText(left));
  if (left.length < findings.length)
    say(
      context,
      `${count(findings.length - left.length, "finding")} let through by the settings of ${[...guard.allowedBy].sort().join(", ")}`,
    );
  const stops = left.some(blocks);
  if (!stops && guard.problem !== null) throw guard.problem;
  if (!stops) say(context, `${count(looked, "file")} checked, nothing found`);
  return stops ? 1 : 0;
}

function explain(rule: string, context: Context): number {
  if (rule === "") return listRules(context);
  if (!Object.hasOwn(RULES, rule)) {
    throw new EnvsealError("USAGE", "there is no such rule", { hint: `the rules: ${Object.keys(RULES).join(", ")}` });
  }
  const { summary, help } = RULES[rule as RuleId];
  if (context.json) json({ rule, summary, help });
  else sentence(`${rule}: ${summary}\n\n${help}`);
  return 0;
}

function listRules(context: Context): number {
  const rules = Object.entries(RULES).map(([rule, { summary }]) => ({ rule, summary }));
  if (context.json) json(rules);
  else line(fitting(rules.map(({ rule, summary }) => [rule, summary])));
  return 0;
}

/** No finding: an old key is no reason to stop a commit. */
function warnOfAge(context: Context): void {
  try {
    for (const { environment, ageDays } of inventory(openProject(context), undefined).filter(({ due }) => due))
      warn(`the key of ${environment} is ${count(ageDays, "day")} old and due: envseal rotate -e ${environment}`);
  } catch (error) {
    // Nothing to warn of where there is no project, or its manifest is a finding itself.
    if (!isEnvsealError(error)) throw error;
  }
}
