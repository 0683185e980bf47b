import { largest } from "../append.ts";
import { type AuthorityStatement, ownMember } from "./authority.ts";

import { rightfulSigner } from "./rights.ts";
import { digestOf, type Scope, type Signatures, signedBytes } from "./statement.ts";
import { Verdicts } from "./verdicts.ts";

/** FORMAT.md section 3, Environment statement: which keys there are, which one seals, and which are too old. */
export interface EnvironmentStatement {
  /** Grows with every statement; gaps are normal. */
  revision: number;
  active: string;
  floor: string;
  keys: Record<string, KeyEntry>;
  postQuantum?: true;
  signatures: Signatures;
}

/** Why a key was made without anybody's access being in doubt. */
const HARMLESS: readonly RotationReason[] = ["created", "scheduled", "merge"];

export function environmentDigest(scope: Scope, statement: EnvironmentStatement): string {
  return digestOf(signedBytes("environment", scope, statement));
}

/** Why an environment's statement does not count. */
export type EnvironmentProblem = "not listed" | "unsigned" | "replaced" | "too high" | "beyond";

/** How far a rotator may be ahead of what an admin said last: three a day, for a thousand years. */
const ROTATORS_REACH = 1 << 20;

/** With the highest revision or version there is, nobody could sign a next one. Every new version takes a revision. */
function usesUpNumbers({ revision, keys }: EnvironmentStatement, lowest: number): boolean {
  return revision - lowest > ROTATORS_REACH || Object.values(keys).some(({ version }) => version > revision);
}

/**
 * True where a rotator's statement says of keys what no rotation makes, as far as it shows by itself: a link to a key that is not older,
 * or one that no admin can have destroyed. Whoever destroyed it raised `lowest` to a statement in which a later key was active.
 */
function goesBeyond({ keys, active, floor }: EnvironmentStatement, lowest: number): boolean {
  const all = Object.values(keys);
  const version = (keyId: string) => ownMember(keys, keyId)?.version ?? 0;
  if (version(floor) > version(active)) return true;
  const newest = largest(all.map(({ revision }) => (revision <= lowest ? revision : 0)));
  return all.some((key) => {
    if (Object.keys(key.links).some((below) => version(below) >= key.version)) return true;
    return key.state === "destroyed" && key.revision >= newest;
  });
}

/** Null for a statement that counts: the head names its environment, gives its signer the right, and nothing newer is required. */
export function environmentProblem(head: AuthorityStatement, scope: Scope, statement: EnvironmentStatement): EnvironmentProblem | null {
  return problems.of(statement, head, scope, "", () => problemOf(head, scope, statement));
}

const problems = new Verdicts<EnvironmentProblem | null>();

function problemOf(head: AuthorityStatement, scope: Scope, statement: EnvironmentStatement): EnvironmentProblem | null {
  const listed = ownMember(head.environments, scope.environment);
  if (listed === undefined) return "not listed";
  const signer = rightfulSigner(head, "environment", scope, statement);
  if (signer === null) return "unsigned";
  if (signer.role === "rotator" && usesUpNumbers(statement, listed.lowest)) return "too high";
  if (signer.role === "rotator" && goesBeyond(statement, listed.lowest)) return "beyond";
  return statement.revision < listed.lowest ? "replaced" : null;
}

/** The newest key that was made because somebody lost access or a key was in doubt: nothing older may count. */
export function cutOf({ keys }: Pick<EnvironmentStatement, "keys">): { keyId: string; revision: number } | undefined {
  let cut: { keyId: string; revision: number } | undefined;
  for (const [keyId, { reason, revision }] of Object.entries(keys)) {
    if (!HARMLESS.includes(reason) && (cut === undefined || revision > cut.revision)) cut = { keyId, revision };
  }
  return cut;
}

export const KEY_STATES = ["pre-active", "active", "suspended", "deactivated", "compromised", "destroyed"] as const;

export type KeyState = (typeof KEY_STATES)[number];

export const ROTATION_REASONS = ["created", "scheduled", "offboarding", "suspected", "compromised", "merge", "fence"] as const;

export type RotationReason = (typeof ROTATION_REASONS)[number];

export interface KeyEntry {
  version: number;
  /** The revision of the environment's statement that made it active. */
  revision: number;
  state: KeyState;
  created: string;
  commitment: string;
  reason: RotationReason;
  /** Earlier keys, each sealed under this one: keyId → `aead:…`. */
  links: Record<string, string>;
  history: { state: KeyState; at: string; reason?: string }[];
}
