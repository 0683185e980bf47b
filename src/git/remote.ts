import { gitLines } from "./objects.ts";
import { runGit } from "./process.ts";

const PUSHED_ELSEWHERE = ["config", "--get-regexp", "^(remote\\..*\\.pushurl|url\\..*\\.pushinsteadof)$"];

/** The commits that a remote is known to have: those of its tracking refs, where it is fetched from what it is pushed to. */
export function knownToRemote(top: string, remote: string): string[] {
  if (!/^[\w./-]+$/.test(remote)) return [];
  const mayDiffer = runGit(top, PUSHED_ELSEWHERE).stdout.length > 0;
  if (mayDiffer && !isOnePlace(top, remote)) return [];
  return gitLines(top, ["for-each-ref", "--format=%(objectname)", `refs/remotes/${remote}`]);
}

function isOnePlace(top: string, remote: string): boolean {
  const urls = (...args: string[]) => {
    const { status, stdout } = runGit(top, ["remote", "get-url", "--all", ...args, remote]);
    return status === 0 ? stdout.toString().trim().split("\n").map(placeOf) : [];
  };
  const fetched = new Set(urls().slice(0, 1));
  return urls("--push").every((place) => fetched.has(place));
}

/** One repository may be read by https and written by ssh. */
function placeOf(url: string): string {
  return url
    .replace(/^[a-z+]+:\/\//, "")
    .replace(/^[^/@]*@/, "")
    .replace(/^([^/:]+):(?:\d+\/)?/, "$1/")
    .replace(/\/+/g, "/")
    .replace(/\/?(\.git)?\/?$/, "");
}
