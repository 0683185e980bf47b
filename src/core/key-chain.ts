import { aeadOpen, equal } from "#crypto";
import { EnvsealError } from "../errors.ts";
import { unb64u } from "./bytes.ts";
import { commitmentOf, deriveLinkKey, linkAad } from "./commitment.ts";
import type { EnvironmentStatement } from "./environment-statement.ts";
import type { KeyEntry } from "./manifest.ts";

const NONCE = 12;

/** The data keys of one environment: the active one, and those that links lead to from it. Links are opened when they are needed. */
export class KeyChain {
  private readonly project: Uint8Array;
  private readonly environment: string;
  private readonly statement: EnvironmentStatement;
  private readonly opened: Map<string, Uint8Array>;

  /** @param active 32 bytes, the key that the statement commits to as the active one */
  constructor(project: Uint8Array, environment: string, statement: EnvironmentStatement, active: Uint8Array) {
    this.project = project;
    this.environment = environment;
    this.statement = statement;
    this.opened = new Map([[statement.active, active]]);
  }

  /** A data key, 32 bytes, or null where no link leads to it. @throws FORGED_MANIFEST where a link on the way is not genuine */
  open(keyId: string): Uint8Array | null {
    return this.follow(keyId);
  }

  /** The ids of all keys there are links to, the active one first. @throws FORGED_MANIFEST */
  ids(): string[] {
    this.follow(undefined);
    return [...this.opened.keys()];
  }

  /** Opens links from the active key down, nearest first, until `target`. */
  private follow(target: string | undefined): Uint8Array | null {
    const queue = new Set([this.statement.active]);
    // A set is walked through what is added meanwhile, too.
    for (const keyId of queue) {
      const dataKey = this.opened.get(keyId) as Uint8Array;
      if (keyId === target) return dataKey;
      for (const [previous, sealed] of Object.entries(this.keyEntry(keyId).links)) {
        if (queue.has(previous)) continue;
        if (!this.opened.has(previous)) this.opened.set(previous, this.openLink(dataKey, keyId, previous, sealed));
        queue.add(previous);
      }
    }
    return null;
  }

  private openLink(dataKey: Uint8Array, keyId: string, previous: string, sealed: string): Uint8Array {
    const bytes = unb64u(sealed.slice("aead:".length)) as Uint8Array;
    const linkKey = deriveLinkKey(dataKey, this.project, this.environment);
    const opened = aeadOpen(linkKey, bytes.subarray(0, NONCE), bytes.subarray(NONCE), linkAad(this.environment, keyId, previous));
    if (opened === null || !equal(commitmentOf(opened), recorded(this.keyEntry(previous)))) {
      throw new EnvsealError("FORGED_MANIFEST", `the link from key ${keyId} to ${previous} of ${this.environment} is not genuine`, {
        hint: "take envseal.json from git again",
      });
    }
    return opened;
  }

  private keyEntry(keyId: string): KeyEntry {
    return this.statement.keys[keyId] as KeyEntry;
  }
}

/** The commitment of a key entry, 32 bytes. */
export function recorded(key: KeyEntry): Uint8Array {
  return unb64u(key.commitment.slice("hkdf:".length)) as Uint8Array;
}
