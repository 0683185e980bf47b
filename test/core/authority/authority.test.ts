import { describe, expect, it } from "vitest";
import { Authority, type AuthorityStatement, pinOfDigest } from "../../../src/core/authority/authority.ts";
import { adminsOf, authorityDigest, first, following, inOrder, PROJECT, person, signedBy, type Unsigned } from "../../support/authority.ts";
import { errorOf } from "../../support/folders.ts";

const [ada, bob, eve] = [person("ada", 1), person("bob", 2), person("eve", 3)];
const root = signedBy(ada, first(ada));
const second = signedBy(ada, following([root], { admins: adminsOf(ada, bob) }));
const withoutAda = signedBy(bob, following([second], { admins: adminsOf(bob) }));

const authority = (...statements: AuthorityStatement[]) => new Authority(PROJECT, statements);
/** What the reader says of a list that it trusts from the given statement on. */
const verdict = (statements: AuthorityStatement[], trusted: AuthorityStatement = root) =>
  errorOf(() => authority(...statements).verifyFrom(authorityDigest(trusted)))?.message ?? "accepted";
const step = (change: Partial<Unsigned>, signer = ada) => verdict([root, signedBy(signer, following([root], change))]);

describe("an authority", () => {
  it("has the last statement as its head, and every listed one before it", () => {
    const list = authority(root, second, withoutAda);
    expect(list.head).toEqual(withoutAda);
    expect(list.digests).toEqual([root, second, withoutAda].map((one) => authorityDigest(one)));
    list.verifyWhole();
    for (const trusted of [root, second, withoutAda]) list.verifyFrom(authorityDigest(trusted));
  });

  it("finds the statement of a pin", () => {
    const list = authority(root, second);
    expect(list.findPin(pinOfDigest(list.headDigest))).toBe(list.headDigest);
    expect(list.findPin(new Uint8Array(16))).toBeUndefined();
  });

  it("joins two branches by an admin of both", () => {
    const left = signedBy(ada, following([second], { rotators: { night: { signer: eve.signer, environments: ["default"] } } }));
    const right = signedBy(bob, following([second], { environments: { default: { lowest: 4 } } }));
    const joined = signedBy(bob, following([left, right], { environments: { default: { lowest: 4 } } }));
    const list = inOrder([root, second, left, right, joined]);
    expect(verdict(list)).toBe("accepted");
    authority(...list).verifyWhole();
  });
});

describe("the form of an authority", () => {
  const other = signedBy(ada, following([root], { admins: adminsOf(ada, eve) }));
  const lone = signedBy(eve, first(eve));
  it.each<[string, AuthorityStatement[], string]>([
    ["nothing", [], "no statement"],
    ["one statement twice", [root, root], "lists a statement twice"],
    ["another order", [second, root], "exactly one first statement"],
    [
      "equal revisions in another order",
      inOrder([root, second, other]).toSpliced(1, 2, ...inOrder([second, other]).reverse()),
      "not sorted",
    ],
    ["two heads", inOrder([root, second, other]), "two heads"],
    ["two first statements", inOrder([root, lone]), "exactly one first statement"],
    ["a statement whose earlier one is missing", [root, withoutAda], "not listed"],
    ["a revision that is skipped", [root, signedBy(ada, following([root], { revision: 3 }))], "does not follow"],
    ["a first revision that is not 1", [signedBy(ada, { ...first(ada), revision: 2 })], "does not follow"],
  ])("refuses %s", (_, statements, message) => {
    expect(errorOf(() => authority(...statements))).toMatchObject({
      code: "MALFORMED_MANIFEST",
      message: expect.stringContaining(message),
    });
  });
});

describe("a step of an authority", () => {
  it("is not signed by a stranger, nor under an admin's name by a stranger", () => {
    expect(step({ admins: adminsOf(ada, eve) }, eve)).toContain("signed by eve, who was no admin");
    expect(step({ admins: adminsOf(ada, eve) }, { ...eve, name: "ada" })).toContain("not signed by ada");
  });

  it("is not signed by an admin whom it adds, or who was removed before", () => {
    expect(verdict([root, second, withoutAda, signedBy(ada, following([withoutAda], { admins: adminsOf(ada, bob) }))])).toContain(
      "who was no admin",
    );
  });

  it("joins no branch of which its signer is no admin", () => {
    const left = signedBy(ada, following([second], { admins: adminsOf(ada) }));
    const right = signedBy(bob, following([second], { admins: adminsOf(bob) }));
    for (const signer of [ada, bob]) {
      const joined = signedBy(signer, following([left, right], { admins: adminsOf(ada, bob) }));
      expect(verdict(inOrder([root, second, left, right, joined]))).toContain("who was no admin");
    }
  });

  it("verifies a side branch that the trusted statement does not contain", () => {
    const side = signedBy({ ...eve, name: "ada" }, following([root], { admins: adminsOf(ada, bob, eve) }));
    const joined = signedBy(ada, following([second, side], { admins: adminsOf(ada, bob, eve) }));
    expect(verdict(inOrder([root, second, side, joined]), second)).toContain("not signed by ada");
  });

  it("has exactly one signature, over its own project and over everything in it", () => {
    const next = signedBy(ada, following([root], { admins: adminsOf(ada, bob) }));
    expect(verdict([root, { ...next, signatures: {} }])).toContain("exactly one signature");
    expect(verdict([root, { ...next, signatures: { ...next.signatures, bob: next.signatures.ada as string } }])).toContain("exactly one");
    expect(verdict([root, { ...next, admins: adminsOf(ada, eve) }])).toContain("not signed by ada");
    const elsewhere = person("ada", 1, "AAAAAAAAAAAAAAAA");
    expect(verdict([root, signedBy(elsewhere, following([root]), "AAAAAAAAAAAAAAAA")])).toContain("not signed by ada");
  });

  it("takes nothing back", () => {
    const high = signedBy(ada, following([root], { environments: { default: { lowest: 5 } } }));
    const gone = { environments: {}, gone: { default: { revision: 7 } } };
    const removed = signedBy(ada, following([high], gone));
    const next = (from: AuthorityStatement[], change: Partial<Unsigned>) =>
      verdict([...from, signedBy(ada, following([from.at(-1) as AuthorityStatement], change))]);
    expect(next([root, high], { environments: { default: { lowest: 4 } } })).toContain("lowers what counts of default");
    expect(next([root, high], { environments: {} })).toContain("drops default");
    expect(next([root, high], { environments: {}, gone: { default: { revision: 4 } } })).toContain("lowers what counts of default");
    expect(next([root, high], gone)).toBe("accepted");
    expect(next([root, high, removed], { environments: { default: { lowest: 7 } }, gone: {} })).toContain("brings back default");
    expect(next([root, high, removed], { environments: {}, gone: { default: { revision: 6 } } })).toContain("brings back default");
    expect(next([root, high, removed], { environments: {}, gone: {} })).toContain("brings back default");
    expect(next([root, high, removed], { environments: { default: { lowest: 8 } }, gone: {} })).toBe("accepted");
  });
});

describe("the whole authority", () => {
  it("starts with a statement that one of its own admins signed", () => {
    for (const forged of [signedBy(eve, first(ada)), signedBy({ ...eve, name: "ada" }, first(ada)), { ...root, signatures: {} }])
      expect(errorOf(() => authority(forged).verifyWhole())).toMatchObject({ code: "FORGED_MANIFEST" });
  });
});
