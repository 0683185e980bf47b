import { describe, expect, it } from "vitest";
import { Authority, type AuthorityStatement } from "../../src/core/authority.ts";
import { type SeenAuthority, standingOf, stillHolds } from "../../src/core/authority-seen.ts";
import type { EnvironmentStatement } from "../../src/core/environment-statement.ts";
import { signStatement } from "../../src/core/statement.ts";
import { adminsOf, first, following, PROJECT, person, signedBy } from "../support/authority.ts";

const [ada, bob] = [person("ada", 1), person("bob", 2)];
const scope = { project: PROJECT, environment: "default" };
const root = signedBy(ada, first(ada, bob));
const fenced = signedBy(ada, following([root], { environments: { default: { lowest: 4 } } }));
const bobLeft = signedBy(ada, following([fenced], { admins: adminsOf(ada) }));
const bobsBranch = signedBy(bob, following([fenced], { admins: adminsOf(bob) }));

const listed = (...statements: AuthorityStatement[]) => new Authority(PROJECT, statements);
const seen = (...statements: AuthorityStatement[]): SeenAuthority => {
  const { head, headDigest, digests } = listed(...statements);
  return { head, headDigest, digests };
};
const statement = (revision: number, signer: typeof ada): EnvironmentStatement =>
  signStatement("environment", scope, { revision, active: "a", floor: "a", keys: {} }, signer);

describe("what a machine saw", () => {
  it("is current, older or parted", () => {
    const last = seen(root, fenced, bobLeft);
    expect(standingOf(listed(root, fenced, bobLeft), last)).toBe("current");
    expect(standingOf(listed(root, fenced, bobLeft), seen(root, fenced))).toBe("current");
    expect(standingOf(listed(root, fenced), last)).toBe("older");
    expect(standingOf(listed(root, fenced, bobsBranch), last)).toBe("parted");
  });

  it("lets an older checkout be read while nothing of it was replaced, and its signer has the right", () => {
    expect(stillHolds(seen(root), scope, statement(1, bob))).toBe(true);
    expect(stillHolds(seen(root, fenced), scope, statement(3, ada))).toBe(false);
    expect(stillHolds(seen(root, fenced), scope, statement(4, bob))).toBe(true);
    expect(stillHolds(seen(root, fenced, bobLeft), scope, statement(4, bob))).toBe(false);
    expect(stillHolds(seen(root, fenced, bobLeft), scope, statement(4, ada))).toBe(true);
    const gone = signedBy(ada, following([root], { environments: {}, gone: { default: { revision: 9 } } }));
    expect(stillHolds(seen(root, gone), scope, statement(9, ada))).toBe(false);
  });
});
