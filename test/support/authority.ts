import { recipientOf } from "../../src/age/keys.ts";
import type { AuthorityStatement } from "../../src/core/authority/authority.ts";
import { digestOf, type StatementSigner, signedBytes, signerOf, signingSeed, signStatement } from "../../src/core/authority/statement.ts";
import { b64u } from "../../src/core/bytes.ts";

export const PROJECT = b64u(Uint8Array.from({ length: 12 }, (_, index) => index));

/** Somebody with an identity: what the authority lists of them, and what they sign with. */
export interface Person extends StatementSigner {
  recipient: string;
  signer: string;
}

export function person(name: string, seedByte: number, project = PROJECT): Person {
  const identity = new Uint8Array(32).fill(seedByte);
  const seed = signingSeed(identity, project);
  return { name, seed, recipient: recipientOf(identity), signer: signerOf(seed) };
}

export const adminsOf = (...people: Person[]): AuthorityStatement["admins"] =>
  Object.fromEntries(people.map(({ name, recipient, signer }) => [name, { recipient, signer }]));

export type Unsigned = Omit<AuthorityStatement, "signatures">;

/** A first statement. */
export const first = (...admins: Person[]): Unsigned => ({
  revision: 1,
  previous: [],
  admins: adminsOf(...admins),
  rotators: {},
  environments: { default: { lowest: 1 } },
});

export const authorityDigest = (statement: object, project = PROJECT): string =>
  digestOf(signedBytes("authority", { project, environment: "" }, statement));

export const signedBy = (signer: StatementSigner, statement: Unsigned, project = PROJECT): AuthorityStatement =>
  signStatement("authority", { project, environment: "" }, statement, signer);

/** What follows one or two statements, with a change. */
export function following(previous: readonly AuthorityStatement[], change: Partial<Unsigned> = {}): Unsigned {
  const { signatures: _, ...last } = previous[0] as AuthorityStatement;
  return {
    ...last,
    revision: Math.max(...previous.map(({ revision }) => revision)) + 1,
    previous: previous.map((statement) => authorityDigest(statement)).sort(),
    ...change,
  };
}

/** The list as a manifest holds it. */
export const inOrder = (statements: readonly AuthorityStatement[]): AuthorityStatement[] =>
  [...statements].sort((a, b) => a.revision - b.revision || (authorityDigest(a) < authorityDigest(b) ? -1 : 1));
