import type { AccessEntry } from "../../src/core/authority/access-entry.ts";
import { authorityOf } from "../../src/core/authority/authority-of.ts";
import type { EnvironmentStatement } from "../../src/core/authority/environment-statement.ts";
import type { Environment, Manifest, Settings } from "../../src/core/authority/manifest.ts";
import { fenced, retagged, withFloor, withoutAccess } from "../../src/core/keys/fence.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import {
  type Grant,
  withEntry,
  withGrant,
  withRecipient,
  withSettings,
  withStatement,
  withVault,
  withWrapped,
} from "../../src/core/keys/manifest-edits.ts";
import { type Reason, rotated } from "../../src/core/keys/rotate.ts";
import { type Person, person } from "./authority.ts";
import { ADMIN, idOf, keyOf, manifestOf, recipient, wrappedFor } from "./manifests.ts";

export { ADMIN, idOf, keyOf, manifestOf, recipient, wrappedFor };
export const AT = "2026-02-01T00:00:00Z";

/** An opened environment, in steps that an admin takes (or whoever `by` says): each gives a new one. */
export class Ring {
  readonly keyring: Keyring;
  readonly dataKey: Uint8Array;
  readonly signer: Person;

  constructor(manifest: Manifest, dataKey: Uint8Array, environment = "default", signer = ADMIN) {
    this.dataKey = dataKey;
    this.signer = signer;
    this.keyring = new Keyring(manifest, environment, dataKey);
  }

  /** A project with one environment, one vault and an admin who has no access. */
  static start(seed = 1, environment = "default"): Ring {
    const vault = environment === "default" ? ".env.vault" : `.env.${environment}.vault`;
    return new Ring(manifestOf({ environments: { [environment]: { key: seed, vaults: { [vault]: seed } } } }), keyOf(seed), environment);
  }

  get manifest(): Manifest {
    return this.keyring.manifest;
  }

  get environment(): string {
    return this.keyring.environment;
  }

  get entry(): Environment {
    return this.manifest.environments[this.environment] as Environment;
  }

  get statement(): EnvironmentStatement {
    return this.keyring.statement;
  }

  get active(): string {
    return this.statement.active;
  }

  get lowest(): number {
    return authorityOf(this.manifest).head.environments[this.environment]?.lowest as number;
  }

  /** The same, with somebody else signing from here on. */
  by(signer: Person): Ring {
    return new Ring(this.manifest, this.dataKey, this.environment, signer);
  }

  with(manifest: Manifest): Ring {
    return new Ring(manifest, this.dataKey, this.environment, this.signer);
  }

  join(name: string, seed: number): Ring {
    const { signer } = person(name, seed, this.manifest.project);
    return this.with(withRecipient(this.manifest, name, { recipient: recipient(seed), signer, added: "2026-01-01" }));
  }

  /** Signed by an admin, and to be wrapped by any holder of the key. */
  admit(name: string, seed: number, grant: Partial<Grant> = {}): Ring {
    const { manifest } = this.join(name, seed);
    return this.with(withGrant(manifest, this.environment, name, { recipient: recipient(seed), kind: "person", ...grant }, this.signer));
  }

  grant(name: string, seed: number): Ring {
    return this.admit(name, seed).wrap(name, seed);
  }

  wrap(name: string, seed: number): Ring {
    return this.with(withWrapped(this.manifest, this.keyring.tagger, name, wrappedFor(seed)));
  }

  /** Without an entry, and with nothing else changed: what a revocation does first. */
  without(...names: string[]): Ring {
    return this.with(withoutAccess(this.manifest, this.environment, names));
  }

  /** What any holder of the key may change. */
  set(settings: Partial<Settings>): Ring {
    return this.with(withSettings(this.manifest, this.keyring.tagger, settings));
  }

  /** The next statement, with these members. */
  state(members: Partial<EnvironmentStatement>): Ring {
    return this.with(withStatement(this.manifest, this.environment, members, this.signer));
  }

  /** Settings and listings under the active key, as they are before a floor is raised. */
  retag(): Ring {
    return this.with(retagged(this.manifest, this.keyring));
  }

  list(path: string, seed: number): Ring {
    return this.with(withVault(this.manifest, this.keyring.tagger, path, idOf(seed)));
  }

  /** Changes parts of the environment's entry without anybody's key. */
  forged(parts: {
    statement?: Partial<EnvironmentStatement>;
    access?: Record<string, AccessEntry>;
    settings?: Partial<Settings>;
  }): Manifest {
    const { statement, access, settings } = this.entry;
    return withEntry(this.manifest, this.environment, {
      statement: { ...statement, ...parts.statement },
      access: parts.access ?? access,
      settings: { ...settings, ...parts.settings },
    });
  }

  rotate(seed: number, { reason = "scheduled" as Reason | "fence", keep = Object.keys(this.entry.access), at = AT } = {}): Ring {
    const wrapped = new Map(keep.map((name) => [name, wrappedFor(seed)] as const));
    const dataKey = keyOf(seed);
    const rotation = { dataKey, nonce: new Uint8Array(12).fill(seed), reason, at, wrapped };
    const next = rotated(this.manifest, this.keyring, rotation, this.signer);
    return new Ring(next.manifest, dataKey, this.environment, this.signer);
  }

  /** The floor at the active key, and nothing from before it counts. */
  fence(): Ring {
    return this.with(fenced(this.manifest, [this.keyring], this.signer));
  }

  /** The floor at the active key, as a rotator raises it. */
  raise(): Ring {
    return this.with(withFloor(this.manifest, this.keyring, this.signer));
  }

  apply(change: (manifest: Manifest, keyring: Keyring, signer: Person) => Manifest): Ring {
    return this.with(change(this.manifest, this.keyring, this.signer));
  }
}
