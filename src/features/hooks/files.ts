import { chmodSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { realBelow } from "../../project/below.ts";
import { writeAtomic } from "../../project/write.ts";
import { makeFolder } from "../../system/make-folder.ts";
import { linkOrCopy, replaceFile } from "../../system/private-file.ts";
import { BEFORE, MARK, readIf } from "./hook-text.ts";
import type { HookPlace } from "./place.ts";

/** Where pre-commit and lefthook put a hook file that they found: pre-commit runs it, lefthook does not. */
const MOVED = ["", ".legacy", ".old"];

/** By its path: PATH may begin with a folder of the work tree, as npm's scripts have it, and a branch may track a `sh` there. */
const SHELL = "/bin/sh";

/** A file of our own; one that was there is kept beside it, and runs after ours. Standard input is for both. */
export function armFile(place: HookPlace, event: string): void {
  const { folder } = place;
  const path = join(folder, event);
  const kept = path + BEFORE;
  if (existsSync(path) && !readIf(path).includes(MARK)) keepBeside(path, kept);
  makeFolder(folder);
  const run = `${SHELL} "$run" ${event}`;
  const takesInput = event === "pre-push" || event === "reference-transaction";
  const both = takesInput
    ? `input=$(cat; printf x)
feed() { printf %s "\${input%x}"; }
feed | ${run} "$@" || exit $?
[ -z "$ENVSEAL_PROBE" ] || exit 0
feed | "$before" "$@"`
    : `${run} "$@" || exit $?
[ -z "$ENVSEAL_PROBE" ] || exit 0
exec "$before" "$@"`;
  const script = `#!/bin/sh
${MARK}
${findRunner(place)}
before="\${0%/*}/${event}${BEFORE}"
[ -x "$before" ] || exec ${run} "$@"
${both}
`;
  if (readIf(path) !== script) replaceFile(path, script, 0o755);
  chmodSync(path, 0o755);
}

/** A second name for it, so that the hook is in its place until ours takes that over at once. */
function keepBeside(path: string, kept: string): void {
  rmSync(kept, { force: true });
  linkOrCopy(path, kept);
}

/** In git's own hook folder it is found without git, which costs a commit three starts of it. */
function findRunner({ folder, runner }: HookPlace): string {
  const asked = "run=$(git rev-parse --git-common-dir)/envseal/run";
  const own = join(dirname(runner), "..", "hooks");
  return folder === own ? `run="\${0%/*}/../envseal/run"\n[ -f "$run" ] || ${asked}` : asked;
}

/** What was there before comes back in place of ours, wherever another manager moved it. */
export function disarmFile(folder: string, event: string): void {
  const path = join(folder, event);
  for (const ours of MOVED.map((suffix) => path + suffix)) {
    // A file of somebody else's, with our line in it, has the mark at that line's end.
    if (!readIf(ours).split("\n").includes(MARK)) continue;
    if (existsSync(path + BEFORE)) renameSync(path + BEFORE, ours);
    else rmSync(ours);
  }
}

/** One guarded line in the committed file, above what is there: a line below an `exec` or `exit` would never run. */
export function armHusky({ top }: HookPlace, event: string): void {
  const path = join(top, ".husky", event);
  const now = readIf(path);
  const before = withoutMarked(now);
  const line = `${guardCall(callOf(top), event)}; [ -z "$ENVSEAL_PROBE" ] || exit 0 ${MARK}\n`;
  if (`\n${now}`.includes(`\n${line}`)) return;
  const [shebang = ""] = /^#!.*\n/.exec(before) ?? [];
  writeAtomic(top, whereItIs(top, path), `${shebang}${line}${before.slice(shebang.length)}`, 0o755);
}

/** Found from wherever git runs a hook, so that a repository may be moved, or be mounted elsewhere in a container. */
export const CALL = `${SHELL} "$(git rev-parse --git-common-dir)/envseal/run"`;

const STUB = "node_modules/envseal/hooks/run";
const OWN = "run=.git/envseal/run";
const ASKED = `[ -f "$run" ] || run=$(git rev-parse --git-common-dir)/envseal/run`;
const STUB_CALL = `${SHELL} "$(${OWN}; ${ASKED}; [ -f "$run" ] || run=${STUB}; echo "$run")"`;
/** Also as earlier versions wrote them. */
export const CALLS = [STUB_CALL, CALL].flatMap((call) => [call, call.replace(SHELL, "sh")]);

/**
 * How a committed file calls the runner: the one in the git folder, for which git is asked in a linked worktree alone; in a clone
 * that is not armed, the package's, which every clone installs.
 */
export function callOf(top: string): string {
  return existsSync(join(top, STUB)) ? STUB_CALL : CALL;
}

/**
 * A call in front of somebody's own commands, which may end in `|| true`. The lines of a push are for those too: git-lfs
 * would upload nothing without them, and say nothing.
 */
export function guardCall(call: string, event: string): string {
  const run = `${call} ${event} "$@"`;
  if (event !== "pre-push") return `${run} || exit $?`;
  return `refs=$(mktemp) && { [ -t 0 ] || cat; } >"$refs" && ${run} <"$refs" || { code=$?; rm -f "$refs"; exit $code; }; exec <"$refs"; rm -f "$refs"`;
}

export function disarmHusky({ top }: HookPlace, event: string): void {
  const path = join(top, ".husky", event);
  const text = readIf(path);
  if (!text.includes(MARK)) return;
  const rest = withoutMarked(text);
  if (rest === "") rmSync(path);
  else writeAtomic(top, whereItIs(top, path), rest);
}

function withoutMarked(text: string): string {
  return text
    .split("\n")
    .filter((row) => !row.includes(MARK))
    .join("\n");
}

/** A committed file may be a link to where it really is: in the work tree, since nobody meant another's file. @throws IO */
export function whereItIs(top: string, path: string): string {
  return existsSync(path) ? realBelow(top, path) : path;
}

/** What git would run: nothing where it may not be executed. */
export function hookText(path: string): string {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  return process.platform === "win32" || (mode & 0o111) !== 0 ? readIf(path) : "";
}
