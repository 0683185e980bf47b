import type { Context } from "../../../context.ts";
import type { SeenProject } from "../../../core/authority/seen.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { limitGit, outOfTime, timeLeft } from "../../../git/process.ts";
import { workTreeAndGitFolder } from "../../../git/work-tree.ts";
import { blocks, type Finding } from "../../../guard/finding.ts";
import { readSeen } from "../../../project/pins.ts";
import { typeable } from "../../../ui/command-prefix.ts";
import { count, paint, plain, warn } from "../../../ui/output.ts";
import { wrapped } from "../../../ui/wrap.ts";
import { FURTHER, STOPPING, type StoppingEvent, TELLING } from "../event-names.ts";
import { type HookResult, runStopping, tellOfPlaintext, tellOfPull } from "../events.ts";
import { endOfIndex, markChecked } from "../index-mark.ts";
import { tellOfUpgrade } from "../upgrade.ts";

/** Longer than any honest look; a hook that hangs must not hang a commit for ever. */
const TIMEOUT_MS = 300_000;
/** Later than that no timer fires: it would fire at once. */
const LATEST_MS = 2 ** 31 - 1;
const MOST = 20;

/** Called by git. Whatever goes wrong in a hook that stops things, it stops them: the error says what happened. */
export async function run(context: Context): Promise<number> {
  const [event = ""] = context.args;
  if ((TELLING as readonly string[]).includes(event)) return tell(context, tellOfPull);
  if (!([...STOPPING, ...FURTHER] as readonly string[]).includes(event)) {
    throw new EnvsealError("USAGE", "there is no such hook", { hint: `git calls: ${[...STOPPING, ...TELLING].join(", ")}` });
  }
  limitGit(timeLimit(process.env.ENVSEAL_HOOK_TIMEOUT || String(TIMEOUT_MS / 1000)));
  const { top, gitFolder } = workTreeAndGitFolder(context.cwd, context.env);
  if (event === "reference-transaction" && context.args[1] !== "prepared") return 0;
  const index = event === "pre-commit" || event === "pre-merge-commit" ? endOfIndex(top, gitFolder, context.env) : null;
  const stdin = ["pre-push", ...FURTHER].includes(event) ? await readStdin() : "";
  const result = await inTime(() => runStopping(event as StoppingEvent, top, context, stdin));
  const findings = result.guard.withoutAllowed(result.findings);
  print(findings, event);
  const unseen = worthTelling(event, result, context);
  if (unseen.length > 0)
    warn(`no key at hand for ${unseen.join(", ")}: ${unseen.length === 1 ? "its" : "their"} values were not searched for`);
  for (const note of result.guard.notes) warn(note);
  for (const { message } of result.guard.leftOut) warn(message);
  if (findings.some(blocks)) return 1;
  if (event === "pre-commit") {
    tell(context, tellOfPlaintext);
    tell(context, () => tellOfUpgrade(top));
  }
  if (index !== null) markChecked(gitFolder, index, result.guard.showsAmongWords);
  return 0;
}

/**
 * The environments of which a person has to hear that they were not searched for. Whoever opens others, and never opened these here,
 * has nothing to mend: said at each commit, it would teach them to skip warnings. A commit's message comes after its files.
 */
function worthTelling(event: string, { guard, unseen }: HookResult, { env }: Context): readonly string[] {
  if (event === "commit-msg" || event === "prepare-commit-msg") return [];
  if (guard.keyrings.length === 0) return unseen;
  const opened = guard.projects.flatMap(({ manifest }) => Object.entries(seenOrNone(env, manifest.project)));
  return unseen.filter((environment) => opened.some(([name, known]) => name === environment && known.opened !== undefined));
}

function seenOrNone(env: NodeJS.ProcessEnv, project: string): SeenProject["environments"] {
  try {
    return readSeen(env, project)?.environments ?? {};
  } catch (error) {
    if (isEnvsealError(error)) return {};
    throw error;
  }
}

/** In milliseconds. @throws USAGE */
function timeLimit(seconds: string): number {
  if (Number(seconds) > 0) return Math.min(Number(seconds) * 1000, LATEST_MS);
  throw new EnvsealError("USAGE", "ENVSEAL_HOOK_TIMEOUT is no number of seconds", { hint: "write it as ENVSEAL_HOOK_TIMEOUT=600" });
}

function print(findings: readonly Finding[], event: string): void {
  for (const finding of findings.slice(0, MOST)) {
    const word = blocks(finding) ? paint("red", "envseal:") : paint("yellow", "envseal (warning):");
    for (const text of [`${word} ${plain(finding.message)} [${finding.rule}]`, `  fix: ${typeable(plain(finding.fix))}`])
      process.stderr.write(`${wrapped(text, process.stderr, 2)}\n`);
  }
  if (findings.length > MOST) process.stderr.write(`envseal: and ${count(findings.length - MOST, "more finding")}\n`);
  if (findings.some(blocks))
    process.stderr.write(
      typeable(`envseal: ${event} stopped; envseal check --explain RULE says more, envseal allow RULE lets one through\n`),
    );
}

/** It never stops anything, so it says what is wrong in a line and ends well. */
function tell(context: Context, news: (context: Context) => string[]): number {
  try {
    for (const text of news(context)) warn(text);
  } catch (error) {
    if (!(error instanceof EnvsealError)) throw error;
    if (error.code !== "NOT_INITIALISED") warn(error.message);
  }
  return 0;
}

async function inTime<T>(work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_done, fail) => {
    timer = setTimeout(() => fail(outOfTime()), timeLeft());
  });
  const result = await Promise.race([work(), late]).finally(() => clearTimeout(timer));
  // No timer fires while git is waited for.
  if (timeLeft() < 0) throw outOfTime();
  return result;
}

async function readStdin(): Promise<string> {
  if (process.stdin.isTTY) return "";
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
