import { type AccessEntry, signedPart } from "./access-entry.ts";
import { ownMember } from "./authority.ts";
import { authorityOf, entryOf, headOf, scopeOf } from "./authority-of.ts";
import type { Manifest } from "./manifest.ts";
import { rightfulSigner, roleOf } from "./rights.ts";
import { onlySignature, type Signatures, type StatementKind, signatureHolds, signedBytes } from "./statement.ts";

/** What an admin does about it. */
export const SIGN_AGAIN =
  "where two branches met, of which one took the right away: an admin looks at what the other did, and signs it again: envseal resolve --with COMMIT, the last commit of that branch (HEAD^2 where HEAD is the merge; else git log --merges --format='%h %p' names the two that each merge joined)";

/** Keys of one name that are tried, the newest first: whoever made the list decides how many there are. */
const MOST_SIGNERS = 4;

/**
 * Who signed the environment's statement with a right that an earlier statement of the authority gave and the head does not: two
 * branches met, of which one took the right away. Null where nobody ever had it. The authority must be verified by then.
 */
export function formerSigner(manifest: Manifest, environment: string): string | null {
  const statement = entryOf(manifest, environment)?.statement;
  if (statement === undefined || statement.revision < lowestOf(manifest, environment)) return null;
  return former(manifest, environment, "environment", statement);
}

/** The same for somebody's access entry. */
export function formerGranter(manifest: Manifest, environment: string, name: string, entry: AccessEntry): string | null {
  return entry.since < lowestOf(manifest, environment) ? null : former(manifest, environment, "access", signedPart(name, entry));
}

/** From below it, somebody put an older one back: no merge of an honest branch looks like that. */
function lowestOf(manifest: Manifest, environment: string): number {
  return ownMember(headOf(manifest).environments, environment)?.lowest ?? Number.POSITIVE_INFINITY;
}

function former(
  manifest: Manifest,
  environment: string,
  kind: Exclude<StatementKind, "authority">,
  statement: { signatures: Signatures },
): string | null {
  const signature = onlySignature(statement);
  const scope = scopeOf(manifest, environment);
  if (signature === null || rightfulSigner(headOf(manifest), kind, scope, statement) !== null) return null;
  const { name } = signature;
  const signers = new Set<string>();
  for (const earlier of authorityOf(manifest).statements.reverse()) {
    const role = roleOf(earlier, name, environment);
    if (role === "member" || (role === "rotator" && kind === "access")) continue;
    signers.add((role === "admin" ? earlier.admins : earlier.rotators)[name]?.signer as string);
    if (signers.size === MOST_SIGNERS) break;
  }
  const signed = signedBytes(kind, scope, statement);
  return [...signers].some((signer) => signatureHolds(signer, signed, signature.signature)) ? name : null;
}
