import { type Authority, type AuthorityStatement, ownMember } from "../authority/authority.ts";
import { onlySignature } from "../authority/statement.ts";
import { joinEnvironments } from "./environments-join.ts";
import { joinRecords, mergeLists, mergeValue, type Settle, type Three } from "./three-way.ts";

export type UnsignedAuthority = Omit<AuthorityStatement, "signatures">;

export interface JoinedAuthority {
  /** What an admin of both sides has to sign; null where one side's head already leads to the other's. */
  next: UnsignedAuthority | null;
  /** Statements of one side whose signer is no admin on the other any more: somebody has to accept each. */
  doubtful: { revision: number; signer: string }[];
}

/**
 * Two branches' authorities as one: what both have, with what either side added and without what either removed. Of two
 * revisions below which nothing counts, the higher one holds. Whether the result has an admin is for the caller to ask.
 */
export function joinAuthorities(ours: Authority, theirs: Authority, settle: Settle): JoinedAuthority {
  if (ours.contains(theirs.headDigest) || theirs.contains(ours.headDigest)) return { next: null, doubtful: [] };
  const grounds = commonGround(ours, theirs);
  const of = <T>(pick: (statement: AuthorityStatement) => Record<string, T> = () => ({})): Three<Record<string, T>> => ({
    // What any of them had and a side lacks was removed by that side.
    base: Object.assign({}, ...grounds.map(pick)) as Record<string, T>,
    ours: pick(ours.head),
    theirs: pick(theirs.head),
  });
  const admins = joinRecords(
    of(({ admins }) => admins),
    (name, admin) => mergeValue(admin, `the admin ${name}`, settle),
  );
  const states = joinEnvironments(
    of(({ environments }) => environments),
    of(({ gone = {} }) => gone),
    settle,
  );
  const rotators = joinRecords(
    of(({ rotators }) => rotators),
    (name, rotator) => joinRotator(name, rotator, settle),
  );
  for (const [name, rotator] of Object.entries(rotators)) {
    const environments = rotator.environments.filter((environment) => ownMember(states.environments, environment) !== undefined);
    if (environments.length === 0 || ownMember(admins, name) !== undefined) delete rotators[name];
    else rotators[name] = { ...rotator, environments };
  }
  const groups = joinRecords(
    of(({ groups = {} }) => groups),
    (_, members) => mergeLists(members).sort(),
  );
  const filled = Object.entries(groups).filter(([, members]) => members.length > 0);
  const next: UnsignedAuthority = {
    revision: Math.max(ours.head.revision, theirs.head.revision) + 1,
    previous: [ours.headDigest, theirs.headDigest].sort(),
    admins,
    ...(filled.length > 0 && { groups: Object.fromEntries(filled) }),
    rotators,
    ...states,
  };
  return { next, doubtful: [...signedByRemoved(ours, theirs), ...signedByRemoved(theirs, ours)] };
}

/** The newest statements that both lists contain: none of them leads to another. */
function commonGround(ours: Authority, theirs: Authority): AuthorityStatement[] {
  const common = ours.digests.filter((digest) => theirs.contains(digest));
  const covered = new Set(common.flatMap((digest) => [...ours.withAncestors(digest)].slice(1)));
  return common.filter((digest) => !covered.has(digest)).map((digest) => ours.statement(digest));
}

function joinRotator(
  name: string,
  rotator: Three<AuthorityStatement["rotators"][string]>,
  settle: Settle,
): AuthorityStatement["rotators"][string] {
  const { base, ours, theirs } = rotator;
  const same = ours !== undefined && theirs !== undefined && ours.signer === theirs.signer;
  if (!same) return mergeValue(rotator, `the rotator ${name}`, settle) as AuthorityStatement["rotators"][string];
  const environments = mergeLists({ base: base?.environments, ours: ours.environments, theirs: theirs.environments });
  return { signer: ours.signer, environments: environments.sort() };
}

/** What one side signed since the branches parted, by somebody whom the other side made no admin any more. */
function signedByRemoved(side: Authority, other: Authority): JoinedAuthority["doubtful"] {
  return side.digests.flatMap((digest) => {
    if (other.contains(digest)) return [];
    const { revision, signatures } = side.statement(digest);
    const signer = onlySignature({ signatures })?.name as string;
    return ownMember(other.head.admins, signer) === undefined ? [{ revision, signer }] : [];
  });
}
