import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Authority, type AuthorityStatement, pinOfDigest } from "../../src/core/authority/authority.ts";
import { joinAuthorities, type UnsignedAuthority } from "../../src/core/merging/authority-join.ts";
import { runs } from "../support/arbitraries.ts";
import { adminsOf, authorityDigest, first, following, inOrder, type Person, PROJECT, person, signedBy } from "../support/authority.ts";

const founders = [person("ada", 1), person("bob", 2), person("cleo", 3)] as const;
/** Everybody who signs nothing rightly: a member, a rotator, and names of admins with a key of their own. */
const forger = person("mallory", 9);

/** One honest act on the statement at `from` (and, in a join, on the one at `with`). */
const act = fc.record({
  from: fc.nat(),
  with: fc.option(fc.nat(), { nil: undefined }),
  admins: fc.subarray([0, 1, 2], { minLength: 1 }),
  raise: fc.nat(2),
  rotates: fc.boolean(),
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** A tree of statements as honest admins make them, with joins where one is an admin of both sides. */
function history(acts: readonly Act[]): AuthorityStatement[] {
  const made = [signedBy(founders[0], first(...founders))];
  for (const { from, with: other, admins, raise, rotates } of acts) {
    const left = made[from % made.length] as AuthorityStatement;
    const right = other === undefined ? left : (made[other % made.length] as AuthorityStatement);
    const sides = left === right ? [left] : [left, right];
    const signer = founders.find(({ name }) => sides.every((side) => Object.hasOwn(side.admins, name)));
    if (signer === undefined) continue;
    const lowest = Math.max(...sides.map((side) => side.environments.default?.lowest as number)) + raise;
    const next = signedBy(
      signer,
      following(sides, {
        admins: adminsOf(...admins.map((index) => founders[index] as Person)),
        rotators: rotates ? { mallory: { signer: forger.signer, environments: ["default"] } } : {},
        environments: { default: { lowest } },
      }),
    );
    if (!made.some((one) => authorityDigest(one) === authorityDigest(next))) made.push(next);
  }
  return made;
}

/** The list that a manifest with this head holds. */
function listOf(made: readonly AuthorityStatement[], head: AuthorityStatement): AuthorityStatement[] {
  const byDigest = new Map(made.map((one) => [authorityDigest(one), one]));
  const digests = new Set([authorityDigest(head)]);
  for (const digest of digests) for (const previous of (byDigest.get(digest) as AuthorityStatement).previous) digests.add(previous);
  return inOrder([...digests].map((digest) => byDigest.get(digest) as AuthorityStatement));
}

/** What somebody without an admin's key can do to a list: a change of one statement, whose signature is kept, taken from elsewhere, or their own. */
const forgery = fc.record({
  at: fc.nat(),
  change: fc.constantFrom<(statement: AuthorityStatement) => Partial<AuthorityStatement>>(
    ({ admins }) => ({ admins: { ...admins, ...adminsOf(forger) } }),
    () => ({ admins: adminsOf(forger) }),
    () => ({ environments: { default: { lowest: 1 } } }),
    () => ({ environments: {}, gone: { default: { revision: 99 } } }),
    ({ environments }) => ({ environments: { ...environments, evil: { lowest: 1 } } }),
    () => ({ rotators: { mallory: { signer: forger.signer, environments: ["default"] } } }),
    ({ revision }) => ({ revision: revision + 1 }),
    () => ({ previous: [] }),
    () => ({}),
  ),
  signature: fc.constantFrom("kept", "own", "borrowed", "another's"),
  name: fc.constantFrom(...founders.map(({ name }) => name), "mallory"),
  appended: fc.boolean(),
  donor: fc.nat(),
});

function forged(
  made: readonly AuthorityStatement[],
  list: readonly AuthorityStatement[],
  how: typeof forgery extends fc.Arbitrary<infer T> ? T : never,
) {
  const at = how.appended ? list.length - 1 : how.at % list.length;
  const target = list[at] as AuthorityStatement;
  const base = how.appended ? { ...target, ...following([target]) } : target;
  const changed = { ...base, ...how.change(base) };
  const donor = made[how.donor % made.length] as AuthorityStatement;
  const taken = Object.values(donor.signatures)[0] as string;
  const statement: AuthorityStatement = {
    kept: changed,
    own: signedBy({ ...forger, name: how.name }, changed),
    borrowed: { ...changed, signatures: donor.signatures },
    "another's": { ...changed, signatures: { [how.name]: taken } },
  }[how.signature];
  return how.appended ? [...list, statement] : [...list.slice(0, at), statement, ...list.slice(at + 1)];
}

/** The head's digest where a reader with this pin accepts the list, else undefined. */
function accepted(list: readonly AuthorityStatement[], pin: Uint8Array): string | undefined {
  try {
    const authority = new Authority(PROJECT, list);
    const trusted = authority.findPin(pin);
    if (trusted === undefined) return undefined;
    authority.verifyFrom(trusted);
    return authority.headDigest;
  } catch {
    return undefined;
  }
}

const acts = fc.array(act, { minLength: 1, maxLength: 7 });

describe("an authority", () => {
  it("is accepted with every pin that leads to its head, and with no other", () => {
    fc.assert(
      fc.property(acts, fc.nat(), fc.nat(), (steps, headAt, pinAt) => {
        const made = history(steps);
        const head = made[headAt % made.length] as AuthorityStatement;
        const list = listOf(made, head);
        new Authority(PROJECT, list).verifyWhole();
        const pinned = made[pinAt % made.length] as AuthorityStatement;
        const expected = list.includes(pinned) ? authorityDigest(head) : undefined;
        expect(accepted(list, pinOfDigest(authorityDigest(pinned)))).toBe(expected);
      }),
      runs(60),
    );
  });

  it("has a head that an admin made, whatever somebody else writes", () => {
    fc.assert(
      fc.property(
        acts,
        fc.nat(),
        fc.nat(),
        fc.array(forgery, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (steps, headAt, pinAt, forgeries, sorted) => {
          const made = history(steps);
          const honest = new Set(made.map((one) => authorityDigest(one)));
          const pinned = made[pinAt % made.length] as AuthorityStatement;
          let list = listOf(made, made[headAt % made.length] as AuthorityStatement);
          for (const how of forgeries) list = forged(made, list, how);
          const head = accepted(sorted ? inOrder(list) : list, pinOfDigest(authorityDigest(pinned)));
          // Without a signature a statement has the same digest: what counts is what it says.
          if (head !== undefined) expect(honest.has(head)).toBe(true);
        },
      ),
      runs(150),
    );
  });

  it("is accepted again when any two branches are joined, whichever side joins them", () => {
    fc.assert(
      fc.property(acts, fc.nat(), fc.nat(), (steps, left, right) => {
        const made = history(steps);
        const [ours, theirs] = [left, right].map((at) => listOf(made, made[at % made.length] as AuthorityStatement));
        const [one, other] = [new Authority(PROJECT, ours ?? []), new Authority(PROJECT, theirs ?? [])];
        const { next } = joinAuthorities(one, other, () => "ours");
        expect(joinAuthorities(other, one, () => "theirs").next).toEqual(next);
        const signer = founders.find(({ name }) => [one.head, other.head].every(({ admins }) => Object.hasOwn(admins, name)));
        if (next === null || signer === undefined) return;
        const all = new Map([...one.statements, ...other.statements].map((statement) => [authorityDigest(statement), statement]));
        const joined = new Authority(PROJECT, inOrder([...all.values(), signedBy(signer, next as UnsignedAuthority)]));
        joined.verifyWhole();
        for (const digest of all.keys()) joined.verifyFrom(digest);
      }),
      runs(60),
    );
  });
});
