import { gitLines } from "./output.ts";
import { runGit } from "./process.ts";

const URLS = ["config", "--name-only", "--get-regexp", "^(remote\\..*\\.(push)?url|url\\..*\\.pushinsteadof)$"];

/** The commits that a remote is known to have: those of its tracking refs, where it is fetched from what it is pushed to. */
export function knownToRemote(top: string, remote: string): string[] {
  if (!/^[\w./-]+$/.test(remote)) return [];
  const settings = runGit(top, URLS).stdout.toString().split("\n").filter(Boolean);
  // A remote of several URLs is pushed to each of them, and fetched from the first.
  const mayDiffer = settings.some((name) => !/^remote\..*\.url$/.test(name)) || new Set(settings).size < settings.length;
  if (mayDiffer && !isOnePlace(top, remote)) return [];
  const own = `refs/remotes/${remote}/`;
  // `team/fork` may be a remote beside `team`.
  const others = settings.map((name) => `refs/${name.replace(/^remote\.(.*)\.url$/, "remotes/$1/")}`).filter((other) => other !== own);
  return gitLines(top, ["for-each-ref", "--format=%(objectname) %(refname)", `refs/remotes/${remote}/`])
    .map((row) => row.split(" "))
    .filter(([, name = ""]) => !others.some((other) => other.startsWith(own) && name.startsWith(other)))
    .map(([oid = ""]) => oid);
}

function isOnePlace(top: string, remote: string): boolean {
  const urls = (...args: string[]) => {
    const { status, stdout } = runGit(top, ["remote", "get-url", "--all", ...args, "--", remote]);
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
