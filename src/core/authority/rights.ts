import { type AuthorityStatement, ownMember } from "./authority.ts";
import { onlySignature, type Scope, type Signatures, type StatementKind, signatureHolds, signedBytes } from "./statement.ts";

/** What a signature under the authority's head may be for. */
export type Role = "admin" | "rotator" | "member";

/** The role of a name in one environment. A name the authority does not list is a member, at most. */
export function roleOf(head: AuthorityStatement, name: string, environment: string): Role {
  if (ownMember(head.admins, name) !== undefined) return "admin";
  return ownMember(head.rotators, name)?.environments.includes(environment) ? "rotator" : "member";
}

/**
 * Who signed a statement, if the head gives that name the right to: admins sign everything, rotators the statements of
 * their environments. Null where the signature is missing, wrong or not theirs to give; a right that the head took away
 * takes the signature's worth with it.
 */
export function rightfulSigner(
  head: AuthorityStatement,
  kind: Exclude<StatementKind, "authority">,
  scope: Scope,
  statement: { signatures: Signatures },
): { name: string; role: Exclude<Role, "member"> } | null {
  const signature = onlySignature(statement);
  if (signature === null) return null;
  const { name } = signature;
  const role = roleOf(head, name, scope.environment);
  if (role === "member" || (role === "rotator" && kind !== "environment")) return null;
  const signer = (role === "admin" ? head.admins : head.rotators)[name]?.signer as string;
  return signatureHolds(signer, signedBytes(kind, scope, statement), signature.signature) ? { name, role } : null;
}
