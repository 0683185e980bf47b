import { recipientOf } from "../../src/age/keys.ts";
import { b64u } from "../../src/core/bytes.ts";
import { withAccess, withRecipient } from "../../src/core/changes.ts";
import { Keyring } from "../../src/core/keyring.ts";
import type { Environment, Manifest } from "../../src/core/manifest.ts";
import { changed, fenced, type Reason, rotated } from "../../src/core/rotate.ts";
import { MemoryProject } from "./vaults.ts";

export const AT = "2026-02-01T00:00:00Z";
export const keyOf = (seed: number) => new Uint8Array(32).fill(seed);
export const recipient = (seed: number) => recipientOf(keyOf(seed));
/** Stands for an age file: what is in it does not matter where nobody opens it. */
export const wrappedFor = (seed: number) => new Uint8Array(20).fill(seed);

/** An opened environment, in steps: each gives a new one. */
export class Ring {
  readonly keyring: Keyring;
  readonly dataKey: Uint8Array;

  constructor(manifest: Manifest, dataKey: Uint8Array, environment = "default") {
    this.dataKey = dataKey;
    this.keyring = new Keyring(manifest, environment, dataKey);
  }

  static start(seed = 1, environment = "default"): Ring {
    const { manifest, dataKey } = new MemoryProject({ seed, environment });
    return new Ring(manifest, dataKey, environment);
  }

  get manifest(): Manifest {
    return this.keyring.manifest;
  }

  get entry(): Environment {
    return this.keyring.entry;
  }

  get active(): string {
    return this.entry.active;
  }

  private with(manifest: Manifest): Ring {
    return new Ring(manifest, this.dataKey, this.keyring.environment);
  }

  join(name: string, seed: number): Ring {
    return this.with(withRecipient(this.manifest, name, recipient(seed), "2026-01-01"));
  }

  grant(name: string, seed: number): Ring {
    const { manifest, keyring } = this.join(name, seed);
    return this.with(withAccess(manifest, keyring.signer, name, wrappedFor(seed)));
  }

  set(members: Partial<Environment>): Ring {
    return this.with(changed(this.manifest, this.keyring, members));
  }

  /** Changes the environment's entry without its key. */
  forged(members: Partial<Environment>): Manifest {
    const { environment } = this.keyring;
    return { ...this.manifest, environments: { ...this.manifest.environments, [environment]: { ...this.entry, ...members } } };
  }

  rotate(seed: number, { reason = "scheduled" as Reason, keep = Object.keys(this.entry.access), at = AT } = {}): Ring {
    const wrapped = new Map(keep.map((name) => [name, wrappedFor(seed)] as const));
    const dataKey = keyOf(seed);
    const next = rotated(this.manifest, this.keyring, { dataKey, nonce: new Uint8Array(12).fill(seed), reason, at, wrapped });
    return new Ring(next.manifest, dataKey, this.keyring.environment);
  }

  fence(): Ring {
    return this.with(fenced(this.manifest, this.keyring));
  }

  apply(change: (manifest: Manifest, keyring: Keyring) => Manifest): Ring {
    return this.with(change(this.manifest, this.keyring));
  }
}

export const idOf = (seed: number) => b64u(new Uint8Array(12).fill(seed));
