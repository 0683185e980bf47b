import { readFileSync } from "node:fs";
import { EnvsealError } from "../../errors.ts";
import { isShallow } from "../../git/clone.ts";
import { runGit } from "../../git/process.ts";
import { baseMissing } from "../../git/revisions.ts";
import { shellWord } from "../../printable.ts";

interface CiEvent {
  /** Where a pull request leaves from: the CI system knows it, so it has to be in the clone. */
  base?: string | undefined;
  /** The tip before this push: gone after a forced one, null for a new branch. */
  before?: string | null | undefined;
  branch?: string | undefined;
  defaultBranch?: string | undefined;
}

/**
 * What a run of a CI system is about. `range` what leads from `from` to HEAD, a branch's tip before this push where `pushed` ·
 * `history` every commit that HEAD reaches: a first push, or one that took the place of commits that are not here · `files`
 * those of the index: nothing was pushed, or, where it was not `told`, nobody says what
 */
export type CiScope =
  | { kind: "range"; from: string; pushed: boolean }
  | { kind: "history"; replaced: boolean }
  | { kind: "files"; told: boolean };

/** What says that nothing was pushed by saying nothing of it. */
const TELLING = ["ENVSEAL_BASE", "GITHUB_EVENT_PATH", "CI_COMMIT_BEFORE_SHA"];

/** @throws GIT where the clone is too shallow to tell, or lacks the default branch; USAGE for an ENVSEAL_BASE that is no commit */
export function ciScope(top: string, env: NodeJS.ProcessEnv): CiScope {
  const { ENVSEAL_BASE: named = "" } = env;
  if (named !== "" && commit(named) === undefined && !isZeros(named)) {
    throw new EnvsealError("USAGE", "ENVSEAL_BASE is not the full id of a commit", {
      hint: "git rev-parse prints it; for a branch: envseal check --range origin/main..HEAD",
    });
  }
  const { base, before, branch, defaultBranch } = ciEvent(env);
  if (base !== undefined) return { kind: "range", from: base, pushed: false };
  if (before && succeeds(top, ["rev-parse", "--quiet", "--verify", "--end-of-options", `${before}^{commit}`]))
    return { kind: "range", from: before, pushed: true };
  if (isShallow(top)) throw baseMissing();
  const told = TELLING.some((name) => env[name] !== undefined);
  const usual = defaultBranch ?? answer(top, ["symbolic-ref", "--short", "refs/remotes/origin/HEAD"]).replace(/^origin\//, "");
  const isDefault = branch !== undefined && branch === usual;
  const remote = `refs/remotes/origin/${defaultBranch ?? "HEAD"}`;
  if (!isDefault && succeeds(top, ["rev-parse", "--quiet", "--verify", "--end-of-options", remote])) {
    const parted = answer(top, ["merge-base", "--end-of-options", remote, "HEAD"]);
    if (parted === answer(top, ["rev-parse", "HEAD"])) return { kind: "files", told };
    if (parted !== "") return { kind: "range", from: parted, pushed: false };
  } else if (!isDefault && defaultBranch !== undefined) throw defaultMissing(defaultBranch);
  return before === undefined && isDefault ? { kind: "files", told } : { kind: "history", replaced: typeof before === "string" };
}

function defaultMissing(name: string): EnvsealError {
  return new EnvsealError("GIT", `the default branch, ${name}, is not in this clone: there is nothing to compare with`, {
    hint: `git fetch origin ${shellWord(`+refs/heads/${name}:refs/remotes/origin/${name}`)}`,
  });
}

/** ENVSEAL_BASE (empty: a new branch), for a CI system that says it elsewhere > GitHub's event file > GitLab's variables. */
function ciEvent(env: NodeJS.ProcessEnv): CiEvent {
  const event = githubEvent(env.GITHUB_EVENT_PATH);
  const before = [env.ENVSEAL_BASE, event.before, env.CI_COMMIT_BEFORE_SHA];
  return {
    base: commit(event.pull_request?.base?.sha) ?? commit(event.merge_group?.base_sha) ?? commit(env.CI_MERGE_REQUEST_DIFF_BASE_SHA),
    before: before.map(commit).find((one) => one !== undefined) ?? (env.ENVSEAL_BASE === "" || before.some(isZeros) ? null : undefined),
    branch: text(event.ref)?.replace(/^refs\/heads\//, "") ?? text(env.CI_COMMIT_BRANCH) ?? text(env.CIRCLE_BRANCH),
    defaultBranch: text(event.repository?.default_branch) ?? text(env.CI_DEFAULT_BRANCH),
  };
}

interface GithubEvent {
  pull_request?: { base?: { sha?: unknown } };
  merge_group?: { base_sha?: unknown };
  before?: unknown;
  ref?: unknown;
  repository?: { default_branch?: unknown };
}

function githubEvent(path: string | undefined): GithubEvent {
  if (path === undefined || path === "") return {};
  try {
    return (JSON.parse(readFileSync(path, "utf8")) as GithubEvent | null) ?? {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new EnvsealError("IO", `${path}, which GITHUB_EVENT_PATH names, is no event of GitHub's: it is not valid JSON`, {
      hint: "unset GITHUB_EVENT_PATH outside of GitHub Actions, and name the base: ENVSEAL_BASE, or --range A..B",
    });
  }
}

/** A full object name that is not all zeros, which stands for none. */
function commit(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(value) && !isZeros(value) ? value : undefined;
}

function isZeros(value: unknown): boolean {
  return typeof value === "string" && /^0+$/.test(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function succeeds(top: string, args: readonly string[]): boolean {
  return runGit(top, args).status === 0;
}

/** What git prints, or nothing where it fails. */
function answer(top: string, args: readonly string[]): string {
  const { status, stdout } = runGit(top, args);
  return status === 0 ? stdout.toString("utf8").trim() : "";
}
