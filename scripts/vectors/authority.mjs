import { createHash } from "node:crypto";
import { accessOf, productionStatement } from "./entries.mjs";
import { b64u, hex, join, lp } from "./notation.mjs";
import { WHO } from "./people.mjs";
import { recipientOf } from "./product.mjs";
import { AUTHORITY, adminsOf, by, digestText, first, head, joined, left, right, who } from "./root.mjs";
import { described, following, inOrder, pinOf, seedOf, signed, signerOf } from "./statement.mjs";
import { API, PROJECT } from "./world.mjs";

const fingerprintOf = (recipient, signer = "") =>
  createHash("sha256")
    .update(join("envseal/v1 fingerprint", lp(recipient), lp(signer)))
    .digest("hex")
    .slice(0, 20)
    .replace(/.{4}(?!$)/g, "$&-");

function persons() {
  const one = (name, identity) => {
    const [recipient, signer] = [recipientOf(identity), signerOf(identity)];
    return { name, identity: hex(identity), seed: hex(seedOf(identity)), recipient, signer, fingerprint: fingerprintOf(recipient, signer) };
  };
  const unclamped = Buffer.from(WHO.alice);
  unclamped[0] ^= 7;
  unclamped[31] ^= 128;
  const alone = { name: "dora", recipient: recipientOf(WHO.dora), fingerprint: fingerprintOf(recipientOf(WHO.dora)) };
  const people = ["alice", "bob", "carol", "ci", "paper"].map((name) => one(name, WHO[name]));
  return [...people, one("alice, with the bits that X25519 ignores", unclamped), alone];
}

/** Everything that makes a list good or bad, one thing at a time. */
function lists() {
  const start = by("alice", {
    revision: 1,
    previous: [],
    admins: adminsOf("alice", "paper"),
    rotators: { ci: { signer: signerOf(WHO.ci), environments: ["default"] } },
    environments: { default: { lowest: 2 } },
  });
  const next = (change, signer = "alice", previous = [start]) => by(signer, following(previous, change));
  const step = (change, signer) => [start, next(change, signer)];
  const withBob = next({ admins: adminsOf("alice", "paper", "bob") });
  const withoutAlice = next({ admins: adminsOf("paper", "bob") }, "bob", [withBob]);
  const other = next({ environments: { default: { lowest: 3 } } }, "paper");
  const gone = next({ environments: {}, rotators: {}, gone: { default: { revision: 4 } } });
  const back = (lowest) => next({ environments: { default: { lowest } }, gone: undefined }, "alice", [gone]);
  const spoiled = (statement, signature = { alice: start.signatures.alice }) => ({ ...statement, signatures: signature });
  const foreign = signed("authority", "", following([start], {}), who("alice"), API);
  const list = (about, authority, outcome = "good", trusted = null) => ({ about, authority: authority.map(clean), trusted, outcome });
  const pin = (statement) => b64u(pinOf(statement));
  const malformed = (about, authority) => list(about, authority, "malformed");
  const forged = (about, authority, trusted) => list(about, authority, "forged", trusted);
  return [
    list("one statement", [start]),
    list("an admin more, who then leaves one out", [start, withBob, withoutAlice]),
    list("the same, from a pin in the middle", [start, withBob, withoutAlice], "good", pin(withBob)),
    list("two branches that meet", [...AUTHORITY]),
    list("two branches that meet, from a pin on one of them", [...AUTHORITY], "good", pin(right)),
    list("an environment that comes back above what it was", [start, gone, back(5)]),
    list("a pin of the head, before which nothing is checked", [start, spoiled(withBob)], "good", pin(withBob)),
    list(
      "a first statement with a wrong signature, before the pin",
      [spoiled(start, { paper: start.signatures.alice }), withBob],
      "good",
      pin(start),
    ),
    malformed("no statement", []),
    malformed("one statement twice", [start, start]),
    malformed("another order", [withBob, start]),
    malformed("equal revisions sorted wrongly", [start, ...inOrder([withBob, other]).reverse()]),
    malformed("two heads", inOrder([start, withBob, other])),
    malformed("two first statements", inOrder([start, by("alice", { ...start, admins: adminsOf("alice") })])),
    malformed("an earlier statement that is missing", [start, withoutAlice]),
    malformed("a revision that is skipped", step({ revision: 3 })),
    malformed("a first revision that is not 1", [by("alice", { ...start, revision: 2 })]),
    malformed("three previous statements", step({ previous: [digestText(start), digestText(first), digestText(head)].sort() })),
    malformed("one previous statement twice", step({ previous: [digestText(start), digestText(start)] })),
    malformed("previous statements that are not sorted", [
      ...inOrder([start, withBob, other]),
      by("alice", { ...following([withBob, other]), previous: [withBob, other].map(digestText).sort().reverse() }),
    ]),
    malformed("no signature", [start, spoiled(withBob, {})]),
    malformed("two signatures", [start, spoiled(withBob, { ...withBob.signatures, paper: withBob.signatures.alice })]),
    malformed("no admin", step({ admins: {} })),
    malformed(
      "a signing key under two names",
      step({ admins: { ...adminsOf("alice"), paper: { ...adminsOf("paper").paper, signer: signerOf(WHO.alice) } } }),
    ),
    malformed(
      "a name that is admin and rotator",
      step({
        admins: { ...adminsOf("alice", "ci") },
        rotators: { ci: { signer: signerOf(WHO.bob), environments: ["default"] } },
      }),
    ),
    malformed(
      "a rotator of an environment that is not there",
      step({ environments: { other: { lowest: 1 } }, gone: { default: { revision: 2 } } }),
    ),
    malformed("a rotator of nothing", step({ rotators: { ci: { signer: signerOf(WHO.ci), environments: [] } } })),
    malformed("an environment that is there and gone", step({ gone: { default: { revision: 2 } } })),
    malformed("nothing under gone", step({ gone: {} })),
    malformed("an environment that became what never was", step({ gone: { old: { revision: 1, became: "never" } } })),
    malformed("an environment that extends itself", step({ environments: { default: { lowest: 2, extends: "default" } } })),
    malformed("an environment called all", step({ environments: { default: { lowest: 2 }, all: { lowest: 1 } } })),
    malformed("a group whose people are not sorted", step({ groups: { web: ["bob", "alice"] } })),
    malformed(
      "a signer of small order",
      step({ admins: { ...adminsOf("alice"), bob: { recipient: recipientOf(WHO.bob), signer: `ed25519:${b64u(Buffer.alloc(32))}` } } }),
    ),
    forged("signed by a stranger", step({ admins: adminsOf("alice", "bob") }, "bob")),
    forged("signed under an admin's name by a stranger", [
      start,
      spoiled(following([start]), { alice: by("bob", following([start])).signatures.bob }),
    ]),
    forged("signed by a rotator", step({}, "ci")),
    forged("signed by an admin who was left out", [
      start,
      withBob,
      withoutAlice,
      next({ admins: adminsOf("alice", "bob") }, "alice", [withoutAlice]),
    ]),
    forged("two branches joined by an admin of one", [
      ...inOrder([start, withBob, other]),
      next({ environments: { default: { lowest: 3 } } }, "bob", [withBob, other]),
    ]),
    forged("a first statement that none of its admins signed", [by("bob", start)]),
    forged("a lowest that is lowered", step({ environments: { default: { lowest: 1 } } })),
    forged("a lowest that one of two branches raised, lowered", [
      ...inOrder([start, withBob, other]),
      next({ environments: { default: { lowest: 2 } } }, "paper", [withBob, other]),
    ]),
    forged("an environment that is dropped", step({ environments: {}, rotators: {} })),
    forged("an environment that comes back as it was", [start, gone, back(4)]),
    forged("an environment that was gone and is forgotten", [start, gone, next({ gone: undefined }, "alice", [gone])]),
    forged("an environment whose last revision is lowered", [start, gone, next({ gone: { default: { revision: 3 } } }, "alice", [gone])]),
    forged("signed for another project", [start, foreign]),
    forged("signed as a statement of another kind", [start, signed("environment", "", following([start]), who("alice"))]),
    forged("a wrong signature above the pin", [start, spoiled(withBob), withoutAlice], pin(start)),
    list("a pin that the list does not have", [start, withBob], "another", pin(head)),
  ];
}

const clean = (statement) => JSON.parse(JSON.stringify(statement));

/** Which statements count for production under the head of the vectors' manifest. */
function environments() {
  const members = productionStatement(() => ({}));
  for (const key of Object.values(members.keys)) key.revision = 1;
  const made = (signer, change = {}, environment = "production", kind = "environment") =>
    signed(kind, environment, { ...members, ...change }, who(signer));
  return [
    { about: "by a rotator of it", outcome: "good", statement: made("ci") },
    { about: "by an admin", outcome: "good", statement: made("alice") },
    { about: "of the lowest revision", outcome: "good", statement: made("paper", { revision: 3 }) },
    { about: "by somebody without a role", outcome: "unsigned", statement: made("bob") },
    { about: "of the rotator's own environment, put at another", environment: "staging", outcome: "unsigned", statement: made("ci") },
    { about: "by a rotator of another environment", environment: "staging", outcome: "unsigned", statement: made("ci", {}, "staging") },
    { about: "of another kind", outcome: "unsigned", statement: made("alice", {}, "production", "access") },
    { about: "changed after it was signed", outcome: "unsigned", statement: { ...made("alice"), revision: 6 } },
    { about: "below the lowest revision", outcome: "replaced", statement: made("alice", { revision: 2 }) },
    { about: "of an environment that is gone", environment: "preview", outcome: "not listed", statement: made("alice", {}, "preview") },
  ].map(({ environment = "production", ...rest }) => ({ environment, ...rest }));
}

/** Which entries count for production, whose statement has revision 5, under the same head. */
function entries() {
  const made = (about, outcome, signer, change = {}, after = {}) => {
    const { name, ...entry } = signed("access", "production", { name: "bob", ...accessOf("bob", 3), ...change }, who(signer));
    return { about, outcome, name: "bob", entry: { ...entry, ...after } };
  };
  return [
    made("by an admin", "good", "alice"),
    made("of the statement's own revision", "good", "paper", { since: 5 }),
    made("by a rotator", "unsigned", "ci"),
    made("by its own recipient", "unsigned", "bob"),
    made("signed for another name", "unsigned", "alice", { name: "carol" }),
    made("with another recipient", "unsigned", "alice", {}, { recipient: recipientOf(WHO.carol) }),
    made("with another kind", "unsigned", "alice", {}, { kind: "deploy" }),
    made("from below the lowest revision", "replaced", "alice", { since: 2 }),
    made("from after the statement", "ahead", "alice", { since: 6 }),
  ];
}

export function authority() {
  const about = ["a first statement", "one branch", "the other branch", "where they meet", "the head"];
  return {
    about:
      "Section 6, authority: signing keys and fingerprints; the statements of the authority in manifest.json; lists that are good, malformed (from " +
      "themselves), forged (from `trusted`, or from their first statement where that is null) or another than the pin; statements and access entries of " +
      "environments, and whether they count under the head in manifest.json. Bytes in hex, pins in base64url.",
    project: b64u(PROJECT),
    people: persons(),
    statements: [first, left, right, joined, head].map((one, index) => ({
      ...described(about[index], "authority", "", one),
      pin: hex(pinOf(one)),
    })),
    lists: lists(),
    environments: environments(),
    entries: entries(),
  };
}
