import { describe, expect, it } from "vitest";
import { type AccessEntry, accessProblem, signAccess } from "../../../src/core/authority/access-entry.ts";
import type { AuthorityStatement } from "../../../src/core/authority/authority.ts";
import type { KeyEntry, RotationReason } from "../../../src/core/authority/environment-statement.ts";
import {
  cutOf,
  type EnvironmentStatement,
  environmentDigest,
  environmentProblem,
} from "../../../src/core/authority/environment-statement.ts";
import { rightfulSigner, roleOf } from "../../../src/core/authority/rights.ts";
import { type StatementSigner, signStatement } from "../../../src/core/authority/statement.ts";
import { adminsOf, first, PROJECT, person, signedBy } from "../../support/authority.ts";

const [ada, bob, night] = [person("ada", 1), person("bob", 2), person("night", 3)];
const scope = { project: PROJECT, environment: "production" };
const head: AuthorityStatement = signedBy(ada, {
  ...first(ada),
  rotators: { night: { signer: night.signer, environments: ["production"] } },
  environments: { default: { lowest: 1 }, production: { lowest: 3 } },
});

const keys = (...made: [reason: RotationReason, revision: number][]) =>
  Object.fromEntries(
    made.map(([reason, revision]) => [
      `key-${revision}`,
      { version: revision, reason, revision, links: {} } as Partial<KeyEntry> as KeyEntry,
    ]),
  );
const statement = (signer: StatementSigner, change: Partial<EnvironmentStatement> = {}): EnvironmentStatement =>
  signStatement("environment", scope, { revision: 4, active: "key-1", floor: "key-1", keys: keys(["created", 1]), ...change }, signer);
const entry: AccessEntry = { recipient: bob.recipient, kind: "person", since: 3, direct: true, signatures: {} };
const access = (signer: StatementSigner, change: Partial<AccessEntry> = {}, name = "bob") =>
  accessProblem(head, scope, 4, name, signAccess(scope, name, { ...entry, ...change }, signer));

describe("roles", () => {
  it("come from the head alone", () => {
    expect(["ada", "night", "bob", "toString", "__proto__"].map((name) => roleOf(head, name, "production"))).toEqual([
      "admin",
      "rotator",
      "member",
      "member",
      "member",
    ]);
    expect(roleOf(head, "night", "default")).toBe("member");
  });
});

describe("an environment's statement", () => {
  it("is signed by an admin, or by a rotator of this environment", () => {
    expect(environmentProblem(head, scope, statement(ada))).toBeNull();
    expect(environmentProblem(head, scope, statement(night))).toBeNull();
    expect(rightfulSigner(head, "environment", scope, statement(night))).toEqual({ name: "night", role: "rotator" });
    expect(environmentProblem(head, scope, statement(bob))).toBe("unsigned");
    expect(environmentProblem(head, scope, statement({ ...bob, name: "ada" }))).toBe("unsigned");
    expect(environmentProblem(head, scope, { ...statement(ada), signatures: {} })).toBe("unsigned");
  });

  it("counts for its own environment and project", () => {
    const other = { ...scope, environment: "default" };
    expect(environmentProblem(head, other, statement(ada))).toBe("unsigned");
    expect(environmentProblem(head, other, signStatement("environment", other, statement(ada), night))).toBe("unsigned");
    expect(environmentProblem(head, { ...scope, environment: "preview" }, statement(ada))).toBe("not listed");
    const elsewhere = { ...scope, project: "AAAAAAAAAAAAAAAA" };
    expect(environmentProblem(head, scope, signStatement("environment", elsewhere, statement(ada), ada))).toBe("unsigned");
  });

  it("is not below what the head lets count, and no signature of another kind", () => {
    expect(environmentProblem(head, scope, statement(ada, { revision: 2 }))).toBe("replaced");
    expect(environmentProblem(head, scope, statement(ada, { revision: 3 }))).toBeNull();
    expect(environmentProblem(head, scope, signStatement("access", scope, statement(ada), ada))).toBe("unsigned");
  });

  it("is a rotator's only where its keys are such as a rotation makes", () => {
    const made = keys(["created", 1], ["scheduled", 2], ["scheduled", 4]);
    const [one, two, four] = ["key-1", "key-2", "key-4"].map((keyId) => made[keyId] as KeyEntry) as [KeyEntry, KeyEntry, KeyEntry];
    const whose = (change: Partial<EnvironmentStatement>) =>
      [night, ada].map((signer) => environmentProblem(head, scope, statement(signer, { active: "key-4", keys: made, ...change })));
    const destroyed = { ...two, state: "destroyed" as const };
    expect(whose({})).toEqual([null, null]);
    expect(whose({ keys: { ...made, "key-1": { ...one, links: { "key-2": "" } } } })).toEqual(["beyond", null]);
    expect(whose({ keys: { ...made, "key-2": { ...two, links: { "key-1": "" } } } })).toEqual([null, null]);
    expect(whose({ active: "key-2", floor: "key-4" })).toEqual(["beyond", null]);
    // Nothing up to `lowest`, which is 3, was in force after it.
    expect(whose({ keys: { ...made, "key-2": destroyed } })).toEqual(["beyond", null]);
    expect(whose({ keys: { ...made, "key-2": destroyed, "key-4": { ...four, revision: 3 } } })).toEqual([null, null]);
  });

  it("covers every member", () => {
    for (const change of [
      { revision: 5 },
      { active: "key-2" },
      { floor: "key-2" },
      { keys: keys(["scheduled", 1]) },
      { postQuantum: true as const },
    ])
      expect(environmentProblem(head, scope, { ...statement(ada), ...change })).toBe("unsigned");
  });
});

describe("a digest", () => {
  it("is of what is signed, for one project and environment, whoever signed", () => {
    const digest = environmentDigest(scope, statement(ada));
    expect(digest).toMatch(/^sha256:[\w-]{43}$/);
    expect(environmentDigest(scope, statement(night))).toBe(digest);
    expect(environmentDigest(scope, statement(ada, { revision: 5 }))).not.toBe(digest);
    expect(environmentDigest({ ...scope, environment: "default" }, statement(ada))).not.toBe(digest);
    expect(environmentDigest({ ...scope, project: "AAAAAAAAAAAAAAAA" }, statement(ada))).not.toBe(digest);
  });
});

describe("the cut", () => {
  it("is the newest key made because somebody left or a key was in doubt", () => {
    const cut = (...made: [RotationReason, number][]) => cutOf(statement(ada, { keys: keys(...made) }));
    expect(cut(["created", 1], ["scheduled", 2], ["merge", 3])).toBeUndefined();
    for (const reason of ["offboarding", "suspected", "compromised", "fence"] as const)
      expect(cut(["created", 1], [reason, 2], ["scheduled", 3])).toEqual({ keyId: "key-2", revision: 2 });
    expect(cut(["compromised", 7], ["offboarding", 5])).toEqual({ keyId: "key-7", revision: 7 });
  });
});

describe("an access entry", () => {
  it("is signed by an admin", () => {
    expect(access(ada)).toBeNull();
    for (const signer of [bob, night, { ...bob, name: "ada" }]) expect(access(signer)).toBe("unsigned");
  });

  it("counts from the environment's lowest revision to its newest", () => {
    expect([2, 3, 4, 5].map((since) => access(ada, { since }))).toEqual(["replaced", null, null, "ahead"]);
  });

  it("covers its name and everything but what a holder of the data key adds", () => {
    const signed = signAccess(scope, "bob", entry, ada);
    const problem = (change: Partial<AccessEntry>, name = "bob") => accessProblem(head, scope, 4, name, { ...signed, ...change });
    expect(problem({ wrapped: "age:AAAA", tag: "hmac:" })).toBeNull();
    expect(problem({}, "eve")).toBe("unsigned");
    for (const change of [
      { recipient: night.recipient },
      { kind: "deploy" as const },
      { since: 4 },
      { direct: false },
      { groups: ["backend"] },
      { until: "2027-01-01" },
    ])
      expect(problem(change), JSON.stringify(change)).toBe("unsigned");
  });

  it("is an admin's no more, once the head says so", () => {
    const signed = signAccess(scope, "bob", entry, ada);
    expect(accessProblem({ ...head, admins: adminsOf(bob) }, scope, 4, "bob", signed)).toBe("unsigned");
  });
});
