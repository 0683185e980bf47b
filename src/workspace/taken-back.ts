import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Context } from "../context.ts";
import { ownMember } from "../core/authority/authority.ts";
import { headOf, scopeOf } from "../core/authority/authority-of.ts";
import { environmentProblem } from "../core/authority/environment-statement.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { nowSeen, outdated } from "../core/authority/seen.ts";
import { trust, verifySince } from "../core/authority/trust.ts";
import { manifestIn } from "../core/manifest/manifest-text.ts";
import { isEnvsealError } from "../errors.ts";
import { FEW_PAST, MANY_PAST, type Past, type PastOf, type Place, pastOf } from "../git/manifests.ts";
import { findManifestPath } from "../project/find.ts";
import { followSeen } from "../project/pin-write.ts";
import { readSeen } from "../project/pins.ts";
import { count } from "../ui/output.ts";

/** What a commit of a checkout's own history has, and the checkout lacks. */
export interface TakenBack {
  message: string;
  fix: string;
}

/** What a look at a checkout's history found, and what it left out; `known` is false where git does not know the range. */
export interface LookBack {
  known: boolean;
  lost: TakenBack[];
  leftOut: string | null;
}

/**
 * What an older envseal.json took back that the commits before it have, though nobody signed that it should go. Whoever pulled in
 * between is refused by what this machine has seen; whoever pulls both at once saw it never: it is recorded now, so that every
 * command and every app on this machine refuses from here on.
 * @param range for git log, such as `HEAD`, or `ORIG_HEAD..HEAD`
 * @param most commits that are looked into
 */
export function takenBack(place: Place, manifest: Manifest, range: string, context: Context, most = FEW_PAST): LookBack {
  const past = pastOf(place, range, manifest, most);
  const found: TakenBack[] = [];
  const isBelow = isBelowOwn(place, manifest);
  for (const one of past?.newer ?? []) {
    const lost = lostSince(one, manifest);
    // A bundle stands below the project that it is of, and is older as soon as anything is decided: it matters where access was lost.
    if (lost.length === 0 || (isBelow && !lost.some((what) => what.includes(OF_ACCESS)))) continue;
    // A line that parted from here is told of, and is no word on which of the two is right.
    if (!lost.includes(PARTED)) record(one, context);
    const [what, which] = lost.includes(PARTED)
      ? ["an envseal.json of another line was put here", "the other one"]
      : ["an older envseal.json was put back", "a newer one"];
    const commit = one.commit.slice(0, 10);
    const revert = "find out who put this one here (git log -p -- envseal.json), and revert that commit";
    found.push({
      message: `${what}: its own history has ${which}, in commit ${commit} (${lost.join("; ")})`,
      // To merge again is too late, and a merge cannot be reverted to what it left out.
      fix: `${revert}; where a merge left the other one out, an admin takes it over: envseal resolve --with ${commit}`,
    });
  }
  // The newest says all that those before it do.
  return { known: past !== null, lost: found.slice(0, 1), leftOut: leftOut(past, most) };
}

/** True where a manifest of the same project stands in a folder above. */
function isBelowOwn({ root }: Place, { project }: Manifest): boolean {
  const above = findManifestPath(dirname(root));
  return above !== null && !existsSync(join(root, ".git")) && manifestIn(readFileSync(above))?.project === project;
}

/** What was not looked at is said: whoever wants it unseen can put as much as they like in front of it. */
function leftOut(past: PastOf | null, most: number): string | null {
  if (past === null) return null;
  const { cutAt, unread } = past;
  if (unread > 0)
    return `history was not looked at whole for an older envseal.json that was put back: ${count(unread, "version")} of one, the largest, were left out, since together they are too large`;
  if (cutAt === null) return null;
  const more = most < MANY_PAST ? `; envseal doctor looks into ${MANY_PAST}` : "";
  return `an older envseal.json that was put back was looked for in the last ${cutAt} commits that changed it, and not in those before${more}`;
}

/** Between an environment and what was lost of it. */
const OF_ACCESS = ": ";
const PARTED = "its authority has a revision that the one here lacks";

/** Nothing where it is of another root, or not signed by who may: that is what other checks are for. */
function lostSince({ manifest: past }: Past, manifest: Manifest): string[] {
  try {
    verifySince(manifest, past);
    const seen = nowSeen(past, null);
    const verdict = trust(manifest, { pins: [], seen });
    if (verdict === "parted") return [PARTED];
    const head = headOf(manifest);
    const lost = Object.keys(head.environments).flatMap((environment) => {
      const [now, before] = [manifest, past].map(({ environments }) => ownMember(environments, environment)?.statement);
      if (now === undefined || before === undefined) return [];
      // Of one that an admin ended since, or that was removed and made again, nothing is lost.
      if (verdict !== "older" && environmentProblem(head, scopeOf(manifest, environment), before) !== null) return [];
      const why = outdated(manifest, environment, now, verdict, seen);
      return why === null ? [] : [`${environment}${OF_ACCESS}${why}`];
    });
    return verdict === "older" ? [`revision ${headOf(past).revision} of the authority`, ...lost] : lost;
  } catch (error) {
    if (isEnvsealError(error)) return [];
    throw error;
  }
}

/** Only where it goes on from what this machine has seen, every signature of it. */
function record({ manifest }: Past, { env }: Context): void {
  try {
    const seen = readSeen(env, manifest.project);
    if (seen === null) return;
    trust(manifest, { pins: [], seen });
    followSeen(env, manifest);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
  }
}
