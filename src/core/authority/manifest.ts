import type { AccessEntry } from "./access-entry.ts";
import type { AuthorityStatement } from "./authority.ts";
import type { EnvironmentStatement } from "./environment-statement.ts";

/** FORMAT.md section 3. Dates are `YYYY-MM-DD`, instants RFC 3339 in UTC; strings with a prefix are what it says. */
export interface Manifest {
  envseal: 1;
  project: string;
  /** Sorted by revision, then digest; the last is in force. `authorityOf` gives it with its rules. */
  authority: AuthorityStatement[];
  /** Requests for access, and how identities are held: claims that nobody signed. */
  recipients: Record<string, Recipient>;
  environments: Record<string, Environment>;
  vaults: Record<string, VaultEntry>;
  backup?: { verified: string };
}

export interface Recipient {
  recipient: string;
  /** `ed25519:` and 32 bytes; missing for somebody who is known by an age recipient alone. */
  signer?: string;
  added: string;
  custody?: Custody;
}

export type Custody =
  | { kind: "file" | "keychain" | "command" | "deploy" }
  | { kind: "recovery"; confirmed?: string }
  | { kind: "passphrase"; kdf: "scrypt"; n: number; r: number; p: number; salt: string; sealed: string; hint?: string }
  | { kind: "passphrase"; kdf: "pbkdf2-sha256"; iterations: number; salt: string; sealed: string; hint?: string }
  | { kind: "kms"; provider: string; key: string; sealed: string };

export interface Environment {
  statement: EnvironmentStatement;
  access: Record<string, AccessEntry>;
  settings: Settings;
}

/** What whoever holds the data key decides. */
export interface Settings {
  /** Grows with every change. */
  revision: number;
  public: string[];
  required: string[];
  allow: Allowance[];
  inherits?: string[];
  expand?: Record<string, string[]>;
  cryptoperiodDays: number;
  owner?: string;
  purpose?: string;
  tag: string;
}

export interface Allowance {
  rule: string;
  path?: string;
  name?: string;
  reason: string;
  expires?: string;
}

export interface VaultEntry {
  environment: string;
  id: string;
  below?: Record<string, string>;
  tag: string;
}

/** The paths of an environment's vaults, as they are listed. */
export function vaultPathsOf({ vaults }: Manifest, environment: string): string[] {
  return Object.keys(vaults).filter((path) => vaults[path]?.environment === environment);
}

/** Name → the environments that have an access entry of it: one pass, since a manifest has as many of both as somebody likes. */
export function accessByName({ environments }: Manifest): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [environment, { access }] of Object.entries(environments)) {
    for (const name of Object.keys(access)) {
      const known = found.get(name);
      if (known === undefined) found.set(name, [environment]);
      else known.push(environment);
    }
  }
  return found;
}
