import { ed25519Public, ed25519Sign, ed25519Verify, hkdf, sha256 } from "#crypto";
import { b64u, concat, lp, unb64u, utf8 } from "../bytes.ts";
import { canonicalJson, type Json } from "../json.ts";

/** FORMAT.md section 3, Statements: what is signed, by whom, and what a signature covers. */

/** What kind of statement a signature is for: one signature never counts for another kind. */
export type StatementKind = "authority" | "environment" | "access";

/** Where a statement holds. */
export interface Scope {
  /** The project id, base64url. */
  project: string;
  /** The environment's name; empty for the authority, which speaks for the whole project. */
  environment: string;
}

/** Who signs: a name the authority knows and the key behind it. */
export interface StatementSigner {
  name: string;
  /** 32 bytes. */
  seed: Uint8Array;
  /** By environment, the revision that an admin's next statement goes above: what was thrown away since counts no more then. */
  reached?: Readonly<Record<string, number>>;
}

/** Exactly one: the name of the signer and `ed25519:` with 64 bytes. */
export type Signatures = Record<string, string>;

const SIGNER = "ed25519:";

/**
 * The seed of a person's or machine's signing key in one project: 32 bytes. The identity is clamped first (RFC 7748
 * section 5), so that every spelling of one X25519 secret signs alike.
 * @param identity the 32 secret bytes of an age X25519 identity
 */
export function signingSeed(identity: Uint8Array, project: string): Uint8Array {
  const clamped = Uint8Array.from(identity);
  clamped[0] = (clamped[0] as number) & 248;
  clamped[31] = ((clamped[31] as number) & 127) | 64;
  return hkdf(clamped, unb64u(project) as Uint8Array, utf8("envseal/v1 signing"), 32);
}

/** The signer that a manifest lists for a seed: `ed25519:` and the 32 bytes of the public key. */
export function signerOf(seed: Uint8Array): string {
  return SIGNER + b64u(ed25519Public(seed));
}

/** The bytes a signature covers: LP(label) ‖ LP(project) ‖ LP(environment) ‖ LP(RFC 8785 of everything but `signatures`). */
export function signedBytes(kind: StatementKind, { project, environment }: Scope, statement: object): Uint8Array {
  const { signatures: _, ...members } = statement as { signatures?: unknown };
  const content = canonicalJson(members as Json);
  return concat(lp(`envseal/v1 sign ${kind}`), lp(unb64u(project) as Uint8Array), lp(environment), lp(content));
}

/** `sha256:` and the 32 bytes of SHA-256 over what is signed; the signature is not part of it. */
export function digestOf(signed: Uint8Array): string {
  return `sha256:${b64u(sha256(signed))}`;
}

/** The statement with its one signature, in place of any it had. */
export function signStatement<T extends object>(
  kind: StatementKind,
  scope: Scope,
  statement: T,
  { name, seed }: StatementSigner,
): T & { signatures: Signatures } {
  const signature = ed25519Sign(seed, signedBytes(kind, scope, statement));
  return { ...statement, signatures: { [name]: SIGNER + b64u(signature) } };
}

/** By the digest of key, signature and what is signed: one run looks at the same statements in several manifests. */
const verdicts = new Map<string, boolean>();
const MOST_VERDICTS = 1 << 14;

/** True if `signature` (`ed25519:…`) is the signer's over these bytes. One is verified once in a run. */
export function signatureHolds(signer: string, signed: Uint8Array, signature: string): boolean {
  const [key, bytes] = [signer, signature].map((text) => (text.startsWith(SIGNER) ? unb64u(text.slice(SIGNER.length)) : null));
  if (key == null || bytes == null) return false;
  const name = digestOf(concat(lp(key), lp(bytes), signed));
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  const holds = ed25519Verify(key, signed, bytes);
  if (verdicts.size >= MOST_VERDICTS) verdicts.clear();
  verdicts.set(name, holds);
  return holds;
}

/** Name and signature of a statement's one signature, or null where it has none or several. */
export function onlySignature({ signatures }: { signatures: Signatures }): { name: string; signature: string } | null {
  const [entry, ...more] = Object.entries(signatures);
  return entry === undefined || more.length > 0 ? null : { name: entry[0], signature: entry[1] };
}
