import { describe, expect, it } from "vitest";
import { Authority, type AuthorityStatement } from "../../../src/core/authority/authority.ts";
import { joinAuthorities } from "../../../src/core/merging/authority-join.ts";
import { adminsOf, authorityDigest, first, following, inOrder, PROJECT, person, signedBy, type Unsigned } from "../../support/authority.ts";

const [ada, bob, cleo, night] = [person("ada", 1), person("bob", 2), person("cleo", 3), person("night", 4)];
const rotator = (...environments: string[]) => ({ signer: night.signer, environments });
const root = signedBy(ada, {
  ...first(ada, bob),
  rotators: { night: rotator("default") },
  environments: { default: { lowest: 2 }, staging: { lowest: 1 } },
});
const step = (change: Partial<Unsigned>, signer = ada, from = [root]) => signedBy(signer, following(from, change));
const listed = (...statements: AuthorityStatement[]) => new Authority(PROJECT, inOrder([root, ...statements]));

/** Both ways give the same, and what an admin of both sides signs is accepted. */
function joined(left: Partial<Unsigned>, right: Partial<Unsigned>, signer = ada) {
  const [ours, theirs] = [step(left), step(right, bob)];
  const settled: string[] = [];
  const settle = (side: "ours" | "theirs") => (what: string) => {
    settled.push(what);
    return side;
  };
  const { next, doubtful } = joinAuthorities(listed(ours), listed(theirs), settle("ours"));
  expect(joinAuthorities(listed(theirs), listed(ours), settle("theirs")).next).toEqual(next);
  listed(ours, theirs, signedBy(signer, next as Unsigned)).verifyWhole();
  return { next: next as Unsigned, doubtful, settled: [...new Set(settled)] };
}

describe("two authorities", () => {
  it("need no join where one leads to the other", () => {
    const later = step({ admins: adminsOf(ada) });
    const settle = () => expect.fail("nothing to settle");
    for (const [ours, theirs] of [
      [listed(later), listed()] as const,
      [listed(), listed(later)] as const,
      [listed(later), listed(later)] as const,
    ])
      expect(joinAuthorities(ours, theirs, settle)).toEqual({ next: null, doubtful: [] });
  });

  it("keep what either side added", () => {
    const { next, settled } = joined(
      { admins: adminsOf(ada, bob, cleo), groups: { backend: ["ada"] } },
      { environments: { ...root.environments, preview: { lowest: 1 } }, rotators: { night: rotator("default", "preview") } },
    );
    expect(Object.keys(next.admins)).toEqual(["ada", "bob", "cleo"]);
    expect(next.environments).toEqual({ ...root.environments, preview: { lowest: 1 } });
    expect(next.rotators).toEqual({ night: rotator("default", "preview") });
    expect(next.groups).toEqual({ backend: ["ada"] });
    expect(settled).toEqual([]);
  });

  it("lose what either side removed, and the rotations of an environment with it", () => {
    const { next, settled } = joined(
      { rotators: {}, environments: { default: { lowest: 2 } }, gone: { staging: { revision: 4, became: "default" } } },
      { environments: { default: { lowest: 2 }, staging: { lowest: 6 } }, rotators: { night: rotator("default", "staging") } },
    );
    expect(next.rotators).toEqual({});
    expect(next.environments).toEqual({ default: { lowest: 2 } });
    expect(next.gone).toEqual({ staging: { revision: 6, became: "default" } });
    expect(settled).toEqual([]);
  });

  it("let nothing count that one side replaced", () => {
    const { next } = joined(
      { environments: { ...root.environments, default: { lowest: 9 } } },
      { environments: { ...root.environments, default: { lowest: 5 } } },
    );
    expect(next.environments.default).toEqual({ lowest: 9 });
  });

  it("ask where both changed one thing", () => {
    const key = (from: typeof ada) => ({ ...adminsOf(ada, bob), cleo: { recipient: from.recipient, signer: from.signer } });
    expect(joined({ admins: key(cleo) }, { admins: key(night), rotators: {} }).settled).toEqual(["the admin cleo"]);
  });

  it("say what somebody signed whom the other side removed", () => {
    const { next, doubtful } = joined({ admins: adminsOf(ada) }, { admins: adminsOf(ada, bob, cleo) });
    expect(Object.keys(next.admins)).toEqual(["ada", "cleo"]);
    expect(doubtful).toEqual([{ revision: 2, signer: "bob" }]);
  });

  it("let an environment come back that was gone before they parted", () => {
    const gone = step({ environments: { default: { lowest: 2 } }, gone: { staging: { revision: 4 } } });
    const back = step({ environments: { default: { lowest: 2 }, staging: { lowest: 5 } } }, ada, [gone]);
    const { gone: _, ...without } = back;
    const ours = signedBy(ada, without);
    const theirs = step({ admins: adminsOf(ada) }, ada, [gone]);
    const { next } = joinAuthorities(listed(gone, ours), listed(gone, theirs), () => expect.fail("nothing to settle"));
    expect(next?.environments).toEqual({ default: { lowest: 2 }, staging: { lowest: 5 } });
    listed(gone, ours, theirs, signedBy(ada, next as Unsigned)).verifyWhole();
  });

  it("remove by the newest of what both have, after an earlier join", () => {
    const [left, right] = [step({ admins: adminsOf(ada, bob, cleo) }), step({ rotators: {} }, bob)];
    const middle = step({ admins: adminsOf(ada, bob, cleo), rotators: {} }, ada, [left, right]);
    const ours = step({ admins: adminsOf(ada, bob), rotators: {} }, ada, [middle]);
    const theirs = step({ rotators: { night: rotator("default") } }, bob, [middle]);
    const { next } = joinAuthorities(listed(left, right, middle, ours), listed(left, right, middle, theirs), () =>
      expect.fail("nothing to settle"),
    );
    expect(Object.keys(next?.admins ?? {})).toEqual(["ada", "bob"]);
    expect(next?.rotators).toEqual({ night: rotator("default") });
    expect(next?.previous).toEqual([authorityDigest(ours), authorityDigest(theirs)].sort());
  });
});
