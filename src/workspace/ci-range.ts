import { readFileSync } from "node:fs";
import { EnvsealError } from "../errors.ts";
import { baseMissing } from "../git/objects.ts";
import { runGit } from "../git/process.ts";

interface CiEvent {
  /** Where a pull request leaves from: the CI system knows it, so it has to be in the clone. */
  base?: string | undefined;
  /** The tip before this push: zeros for a new branch, and gone after a forced one. */
  before?: string | undefined;
  defaultBranch?: string | undefined;
}

/**
 * What this run of a CI system is about, as a range: the pull request, the push, or the branch since it left the default one.
 * Null where there is no base at all: a first push. @throws GIT where the clone is too shallow to tell, USAGE
 */
export function ciRange(top: string, env: NodeJS.ProcessEnv): string | null {
  const { ENVSEAL_BASE: named = "" } = env;
  if (named !== "" && commit(named) === undefined && !/^0+$/.test(named)) {
    throw new EnvsealError("USAGE", "ENVSEAL_BASE is not the full id of a commit", {
      hint: "git rev-parse prints it; for a branch: envseal check --range origin/main..HEAD",
    });
  }
  const { base, before, defaultBranch } = ciEvent(env);
  if (base !== undefined) return `${base}..HEAD`;
  if (before !== undefined && succeeds(top, ["rev-parse", "--quiet", "--verify", `${before}^{commit}`])) return `${before}..HEAD`;
  if (answer(top, ["rev-parse", "--is-shallow-repository"]) !== "false") throw baseMissing();
  const remote = defaultBranch === undefined ? "refs/remotes/origin/HEAD" : `refs/remotes/origin/${defaultBranch}`;
  const parted = answer(top, ["merge-base", remote, "HEAD"]);
  return parted === "" || parted === answer(top, ["rev-parse", "HEAD"]) ? null : `${parted}..HEAD`;
}

/** ENVSEAL_BASE, for a CI system that says it elsewhere > GitHub's event file > GitLab's variables. */
function ciEvent(env: NodeJS.ProcessEnv): CiEvent {
  const event = githubEvent(env.GITHUB_EVENT_PATH);
  return {
    base: commit(event.pull_request?.base?.sha) ?? commit(event.merge_group?.base_sha) ?? commit(env.CI_MERGE_REQUEST_DIFF_BASE_SHA),
    before: commit(env.ENVSEAL_BASE) ?? commit(event.before) ?? commit(env.CI_COMMIT_BEFORE_SHA),
    defaultBranch: branch(event.repository?.default_branch) ?? branch(env.CI_DEFAULT_BRANCH),
  };
}

interface GithubEvent {
  pull_request?: { base?: { sha?: unknown } };
  merge_group?: { base_sha?: unknown };
  before?: unknown;
  repository?: { default_branch?: unknown };
}

function githubEvent(path: string | undefined): GithubEvent {
  if (path === undefined || path === "") return {};
  return (JSON.parse(readFileSync(path, "utf8")) as GithubEvent | null) ?? {};
}

/** A full object name that is not all zeros, which stands for none. */
function commit(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(value) && !/^0+$/.test(value) ? value : undefined;
}

function branch(value: unknown): string | undefined {
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
