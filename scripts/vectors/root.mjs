// The authority of the vectors' manifest: a first statement, two branches, where they meet, and one more.
import { WHO } from "./people.mjs";
import { adminOf, digestText, following, inOrder, pinOf, signed, signerOf } from "./statement.mjs";

export const who = (name) => [name, WHO[name]];
export const adminsOf = (...names) => Object.fromEntries(names.map((name) => [name, adminOf(WHO[name])]));
export const by = (name, statement) => signed("authority", "", statement, who(name));

const lowest = (environments) => Object.fromEntries(Object.entries(environments).map(([name, number]) => [name, { lowest: number }]));
const ci = { signer: signerOf(WHO.ci), environments: ["production"] };

export const first = by("alice", {
  revision: 1,
  previous: [],
  admins: adminsOf("alice", "paper"),
  rotators: {},
  environments: lowest({ preview: 1, production: 1, staging: 1 }),
});
export const left = by("alice", following([first], { rotators: { ci } }));
const gone = { preview: { revision: 3, became: "staging" } };
export const right = by("paper", following([first], { environments: lowest({ production: 1, staging: 2 }), gone }));
export const joined = by("alice", following([left, right], { environments: lowest({ production: 1, staging: 2 }), gone }));
export const head = by("paper", following([joined], { environments: lowest({ production: 3, staging: 2 }) }));

export const AUTHORITY = inOrder([first, left, right, joined, head]);
export const PIN = pinOf(head);
export const FIRST_PIN = pinOf(first);
export { digestText };
