import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { MANIFEST_NAME } from "../../core/names.ts";
import { isKeyVariable, withoutKeys } from "../../custody/key.ts";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { stagedBlobs } from "../../git/blobs.ts";
import { isNone } from "../../git/objects.ts";
import { gitLines } from "../../git/output.ts";
import { runGit } from "../../git/process.ts";
import { knownToRemote } from "../../git/remote.ts";
import type { Finding } from "../../guard/finding.ts";
import { syncRecordTime } from "../../project/sync-record.ts";
import { type Agreement, compareWithPlaintext } from "../../workspace/agreement.ts";
import { openProject, type Project, type Target, targetAt } from "../../workspace/project.ts";
import { takenBack } from "../../workspace/taken-back.ts";
import { type OpenTarget, openUnshown } from "../../workspace/vaults.ts";
import { brokenVaults, checkStaged, stagedVaults } from "../check/files.ts";
import { Guard } from "../check/guard.ts";
import { checkNew } from "../check/range.ts";
import type { Checked, Scope } from "../check/scope.ts";
import { checkTips, type Ref } from "../check/tips.ts";
import type { StoppingEvent } from "./event-names.ts";
import { FURTHER } from "./event-names.ts";

/** What a hook found; `guard` for what was not searched. */
export interface HookResult extends Checked {
  guard: Guard;
}

/** Those that look at the index. */
const AT_COMMIT: ReadonlySet<string> = new Set(["pre-commit", "pre-merge-commit", "prepare-commit-msg"]);

export async function runStopping(event: StoppingEvent, top: string, context: Context, stdin: string): Promise<HookResult> {
  // What a server is about to receive stands in no ref of it yet.
  const incoming = event === "pre-receive" ? incomingRefs(stdin).map(({ oid }) => oid) : [];
  const base = event === "prepare-commit-msg" && context.args[2] === "commit" ? "HEAD^" : "HEAD";
  const staged = AT_COMMIT.has(event) ? stagedBlobs(top, base) : null;
  const pushed = event === "pre-push" ? pushedRefs(stdin) : [];
  const guard = await Guard.open(context, {
    update: event === "pre-push" || event === "pre-receive",
    incoming,
    ...stagedVaults(staged, base),
    tips: pushed.map(({ oid }) => oid),
    ...(staged !== null && { base }),
  });
  const scope = { top, guard, context };
  const checked = staged === null ? await look(event, scope, stdin, pushed) : await checkStaged(scope, staged, base);
  // A merge that has to be given up moves refs, whatever its vaults look like.
  const broken = (FURTHER as readonly string[]).includes(event) ? [] : brokenVaults(top, guard, checked.findings);
  return { guard, ...checked, findings: [...problemOf(guard), ...broken, ...checked.findings] };
}

async function look(event: StoppingEvent, scope: Scope, stdin: string, pushed: readonly Ref[]): Promise<Checked> {
  const { top, guard, context } = scope;
  if (event === "pre-push") return checkPush(scope, context.args.slice(1), pushed);
  if (event === "pre-receive" || event === "reference-transaction") return checkRefs(scope, stdin, event === "pre-receive");
  return checkMessage(guard, top, context.args[1]);
}

/** A manifest or key that is not right stops everything: nothing could be searched for. */
function problemOf({ problem }: Guard): Finding[] {
  if (problem === null) return [];
  // What git or the disk cannot give is no finding about a file.
  if (problem.code === "GIT" || problem.code === "IO") throw problem;
  const broken = ["MALFORMED_MANIFEST", "CONFLICT_MARKERS", "UNSUPPORTED_FORMAT", "NO_MANIFEST"].includes(problem.code);
  const rule = broken ? "broken-manifest" : "forged-manifest";
  return [{ rule, path: MANIFEST_NAME, message: `${problem.message} [${problem.code}]`, fix: problem.hint ?? "envseal doctor" }];
}

/** Where `git commit -v` shows the diff: below a line of scissors and what it says of that. None of it is recorded. */
const SHOWN = /^(\S+) -{24} >8 -{24}\r?\n(?:\1.*\n)*diff --/m;

function checkMessage(guard: Guard, top: string, path: string | undefined): Checked {
  if (path === undefined)
    throw new EnvsealError("USAGE", "the commit-msg hook was called without a file", { hint: 'git passes it: hook commit-msg "$1"' });
  const content = readFileSync(resolve(top, path));
  const end = content.toString("latin1").search(SHOWN);
  const message = end === -1 ? content : content.subarray(0, end);
  return { findings: guard.text("the commit message", message), count: 1, unseen: [...guard.unseen] };
}

/**
 * Everything that is new to this very remote: objects, messages, tags, and the names of the refs. Where a hook manager
 * passes no lines, every local branch and tag counts.
 */
async function checkPush(
  scope: Scope,
  [remote = process.env.PRE_COMMIT_REMOTE_NAME ?? ""]: readonly string[],
  told: readonly Ref[],
): Promise<Checked> {
  const { top, guard } = scope;
  const lines = told.map(({ from, ...ref }) => ({ ...ref, ...(from !== undefined && isHere(top, from) && { from }) }));
  const pushed = lines.length > 0 ? lines : localRefs(top);
  const wanted = pushed.filter(({ oid }) => !isNone(oid));
  if (wanted.length === 0) return { findings: [], count: 0, unseen: [...guard.unseen] };
  const there = pushed.flatMap(({ from }) => from ?? []);
  const isSource = runGit(top, ["config", "--type=bool", "--get", `remote.${remote}.promisor`]).stdout.includes("true");
  return checkRefsAgainst(scope, wanted, { known: [...there, ...knownToRemote(top, remote)], lazily: isSource, opens: true });
}

/** Lines of `<local ref> <local oid> <remote ref> <remote oid>`. */
function pushedRefs(stdin: string): Ref[] {
  return (
    stdin
      .split("\n")
      .filter((row) => row !== "")
      // What is pushed comes first, as it was written: `HEAD@{1 day ago}`.
      .map((row) => row.split(" ").slice(-3))
      .map(([oid = "", name = "", from = ""]) => ({ oid, name, ...(from !== "" && !isNone(from) && { from }) }))
  );
}

/**
 * Lines of `<old> <new> <ref>`: what is new to every ref that there is, and the names of the refs.
 * @param opens true where the vaults that the refs lead to are opened, too
 */
async function checkRefs(scope: Scope, stdin: string, opens: boolean): Promise<Checked> {
  const wanted = incomingRefs(stdin);
  if (wanted.length === 0) return { findings: [], count: 0, unseen: [] };
  const known = new Set(gitLines(scope.top, ["for-each-ref", "--format=%(objectname)"]));
  for (const { oid } of wanted) known.delete(oid);
  return checkRefsAgainst(scope, wanted, { known: [...known], lazily: true, opens });
}

function incomingRefs(stdin: string): Ref[] {
  return stdin
    .split("\n")
    .map((row) => row.split(" "))
    .map(([from = "", oid = "", name = ""]) => ({ oid, name, ...(from !== "" && !isNone(from) && { from }) }))
    .filter(({ oid, name }) => /^[0-9a-f]{40,64}$/.test(oid) && !isNone(oid) && (name.startsWith("refs/") || name === "HEAD"));
}

/** The names of the refs, every object that they reach and `known` do not, and the vaults that they lead to. */
async function checkRefsAgainst(
  scope: Scope,
  wanted: readonly Ref[],
  { known, lazily, opens }: { known: readonly string[]; lazily: boolean; opens: boolean },
): Promise<Checked> {
  const names = wanted.flatMap(({ name }) => scope.guard.text(`the ref name ${name}`, Buffer.from(name)));
  const oids = wanted.map(({ oid }) => oid);
  const found = await checkNew(scope, oids, known, lazily);
  const { findings, count, unseen } = found;
  const checked: Checked = { findings: [...names, ...findings], count, unseen };
  if (opens) await checkTips(scope, wanted, found, checked);
  return checked;
}

/** What a push may be about, where nobody says: HEAD too, which may stand on no branch, and what pre-commit names. */
function localRefs(top: string): Ref[] {
  const rows = gitLines(top, ["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags", "refs/notes"]);
  const head = runGit(top, ["rev-parse", "--verify", "--quiet", "HEAD"]).stdout.toString().trim();
  const named = [head, process.env.PRE_COMMIT_TO_REF ?? ""].filter((oid) => /^[0-9a-f]{40,64}$/.test(oid) && isHere(top, oid));
  return [...rows, ...named.map((oid) => `${oid} HEAD`)].map((row) => {
    const [oid = "", name = ""] = row.split(" ");
    return { oid, name };
  });
}

function isHere(top: string, oid: string): boolean {
  return runGit(top, ["cat-file", "-e", oid]).status === 0;
}

/** After a pull or a checkout: what an older manifest in the place of a newer one took back, and which plaintext is older than its vault now. */
export function tellOfPull(context: Context): string[] {
  const range = rangeOf(context.args);
  const project = range === null ? null : openProject(context);
  const lost = project === null || range === null ? [] : takenBack(project, project.manifest, range, context).lost;
  return [...lost.map(({ message, fix }) => `${message}; ${fix}`), ...tellOfVaults(context)];
}

/** What came with it; null where git does not say, as after a checkout of single files. */
function rangeOf([event, from = "", to = "", isBranch]: readonly string[]): string | null {
  if (event === "post-merge") return "ORIG_HEAD..HEAD";
  const isKnown = event === "post-checkout" && isBranch === "1" && !isNone(from) && from !== to;
  return isKnown && [from, to].every((oid) => /^[0-9a-f]{40,64}$/.test(oid)) ? `${from}..${to}` : null;
}

function tellOfVaults(context: Context): string[] {
  const words: Words = {
    "vault-moved": (path) => `${path} is newer than the plaintext beside it: envseal decrypt`,
    "both-moved": (path) => `${path} and the plaintext beside it both changed: envseal sync`,
  };
  return tell(context, words, () => true);
}

/** At a commit: which vault lacks what its plaintext says. Only plaintext that was written since the two last agreed is read. */
export function tellOfPlaintext(context: Context): string[] {
  const words: Words = {
    "plaintext-moved": (path) => `${path} lacks changes of the plaintext beside it: envseal encrypt`,
    "both-moved": (path) => `${path} and the plaintext beside it both changed: envseal sync`,
  };
  return tell(context, words, ({ root, manifest }, { plaintext, listed }) => {
    const written = statSync(plaintext, { throwIfNoEntry: false })?.mtimeMs;
    const agreed = syncRecordTime(root, manifest.vaults[listed]?.id ?? "");
    return written !== undefined && agreed !== null && written > agreed;
  });
}

type Words = Partial<Record<Agreement["state"], (path: string) => string>>;

/** What cannot be opened without a key is no news here; anything else that is wrong with a vault is. */
function tell(context: Context, words: Words, isWorthALook: (project: Project, target: Target) => boolean): string[] {
  const project = openProject(context);
  return Object.keys(project.manifest.vaults).flatMap((path) => {
    try {
      const target = targetAt(project, join(project.root, path));
      if (!isWorthALook(project, target)) return [];
      const { state } = compareWithPlaintext(project, openAtHand(project, target, context));
      const text = words[state]?.(path);
      return text === undefined ? [] : [text];
    } catch (error) {
      if (!(error instanceof EnvsealError)) throw error;
      return ["NO_KEY", "NO_ACCESS", "NO_VAULT", "CUSTODY"].includes(error.code)
        ? []
        : [`${path}: ${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`];
    }
  });
}

/** An injected key may be another project's, or another environment's: then the person's own opens it. */
function openAtHand(project: Project, target: Target, context: Context): OpenTarget {
  try {
    return openUnshown(project, target, context);
  } catch (error) {
    const isInjected = Object.keys(context.env).some(isKeyVariable);
    if (!isInjected || !isEnvsealError(error) || !["NO_KEY", "NO_ACCESS", "NO_PIN", "WRONG_KEY", "PIN_MISMATCH"].includes(error.code))
      throw error;
    const own = openUnshown(project, target, { ...context, env: withoutKeys(context.env) });
    // The injected key may be this project's, and the authority forged: only what this machine confirmed says that it is another's.
    if (error.code === "PIN_MISMATCH" && own.access.verdict !== "match" && own.access.verdict !== "newer") throw error;
    return own;
  }
}
