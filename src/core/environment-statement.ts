import { type AuthorityStatement, ownMember } from "./authority.ts";
import type { KeyEntry, RotationReason } from "./manifest.ts";
import { rightfulSigner } from "./rights.ts";
import { digestOf, type Scope, type Signatures, signedBytes } from "./statement.ts";

/** FORMAT.md section 3, Environment statement: which keys there are, which one seals, and which are too old. */
export interface EnvironmentStatement {
  /** Grows with every statement; gaps are normal. */
  revision: number;
  active: string;
  floor: string;
  keys: Record<string, StatedKey>;
  postQuantum?: true;
  signatures: Signatures;
}

/** A key version, and the revision of the statement that made it active. */
export type StatedKey = KeyEntry & { revision: number };

/** Why a key was made without anybody's access being in doubt. */
const HARMLESS: readonly RotationReason[] = ["created", "scheduled", "merge"];

export function environmentDigest(scope: Scope, statement: EnvironmentStatement): string {
  return digestOf(signedBytes("environment", scope, statement));
}

/** Why an environment's statement does not count. */
export type EnvironmentProblem = "not listed" | "unsigned" | "replaced";

/** Null for a statement that counts: the head names its environment, gives its signer the right, and nothing newer is required. */
export function environmentProblem(head: AuthorityStatement, scope: Scope, statement: EnvironmentStatement): EnvironmentProblem | null {
  const listed = ownMember(head.environments, scope.environment);
  if (listed === undefined) return "not listed";
  if (rightfulSigner(head, "environment", scope, statement) === null) return "unsigned";
  return statement.revision < listed.lowest ? "replaced" : null;
}

/** The newest key that was made because somebody lost access or a key was in doubt: nothing older may count. */
export function cutOf({ keys }: EnvironmentStatement): { keyId: string; revision: number } | undefined {
  let cut: { keyId: string; revision: number } | undefined;
  for (const [keyId, { reason, revision }] of Object.entries(keys)) {
    if (!HARMLESS.includes(reason) && (cut === undefined || revision > cut.revision)) cut = { keyId, revision };
  }
  return cut;
}
