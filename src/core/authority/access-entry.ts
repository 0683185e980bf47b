import { keyIdOfTag } from "../commitment.ts";
import { type AuthorityStatement, ownMember } from "./authority.ts";
import { rightfulSigner } from "./rights.ts";
import { type Scope, type Signatures, type StatementSigner, signStatement } from "./statement.ts";
import { Verdicts } from "./verdicts.ts";

/** What an entry is for. Signed: lists of people and machines rest on it. */
export const ACCESS_KINDS = ["person", "deploy", "recovery"] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];

/** FORMAT.md section 3, Access: that an admin lets a recipient open an environment, and the data key wrapped for it. */
export interface AccessEntry {
  recipient: string;
  /** The signing key that was compared together with the recipient; missing for whoever is known by an age recipient alone. */
  signer?: string;
  kind: AccessKind;
  /** The revision of the environment's statement when this was signed. */
  since: number;
  /** The last day of access, UTC. */
  until?: string;
  /** True where the entry was granted by name, not only through a group. */
  direct: boolean;
  groups?: string[];
  signatures: Signatures;
  /** The active data key as an age file to `recipient`; missing while the entry waits for somebody who holds the key. */
  wrapped?: string;
  /** Says that a holder of the data key made `wrapped`; missing while the entry waits. */
  tag?: string;
}

/** What an admin signs: everything but `signatures`, `wrapped` and `tag`, and the entry's name as a member. */
export function signedPart(
  name: string,
  { wrapped: _wrapped, tag: _tag, ...signed }: AccessEntry,
): { name: string; signatures: Signatures } {
  return { name, ...signed };
}

export function signAccess(scope: Scope, name: string, entry: AccessEntry, signer: StatementSigner): AccessEntry {
  const { signatures } = signStatement("access", scope, signedPart(name, entry), signer);
  return { ...entry, signatures };
}

/** True where the entry says that it holds this key: whether a holder of the key says so takes the key to tell. */
export function isTagged({ tag }: AccessEntry, keyId: string): boolean {
  return tag !== undefined && keyIdOfTag(tag) === keyId;
}

/** Why an entry does not count. */
export type AccessProblem = "unsigned" | "replaced" | "ahead";

/**
 * Null for an entry that counts: signed by an admin of the head, not below the environment's `lowest`, and not from after
 * the environment's statement.
 * @param revision of the environment's statement
 */
export function accessProblem(
  head: AuthorityStatement,
  scope: Scope,
  revision: number,
  name: string,
  entry: AccessEntry,
): AccessProblem | null {
  return isSigned(head, scope, name, entry) ? ageProblem(head, scope, revision, entry) : "unsigned";
}

/** True for an entry that counts. What costs nothing is asked first: anybody can write entries. */
export function accessCounts(head: AuthorityStatement, scope: Scope, revision: number, name: string, entry: AccessEntry): boolean {
  return ageProblem(head, scope, revision, entry) === null && isSigned(head, scope, name, entry);
}

function ageProblem(
  head: AuthorityStatement,
  { environment }: Scope,
  revision: number,
  { since }: AccessEntry,
): "replaced" | "ahead" | null {
  const lowest = ownMember(head.environments, environment)?.lowest;
  if (lowest === undefined || since < lowest) return "replaced";
  return since > revision ? "ahead" : null;
}

const signed = new Verdicts<boolean>();

function isSigned(head: AuthorityStatement, scope: Scope, name: string, entry: AccessEntry): boolean {
  return signed.of(entry, head, scope, name, () => rightfulSigner(head, "access", scope, signedPart(name, entry)) !== null);
}
