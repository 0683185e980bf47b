import { aeadOpen, equal } from "#crypto";
import { EnvsealError } from "../../errors.ts";
import type { EnvironmentStatement, KeyEntry } from "../authority/environment-statement.ts";
import { unb64u } from "../bytes.ts";
import { commitmentOf, deriveLinkKey, linkAad } from "../commitment.ts";

const NONCE = 12;

/** The data keys of one environment: the active one, and those that links lead to from it. Links are opened when they are needed. */
export class KeyChain {
  private readonly project: Uint8Array;
  private readonly environment: string;
  private readonly statement: EnvironmentStatement;
  private readonly opened: Map<string, Uint8Array>;
  /** From which key to which: what leads to one key by several links is opened by each that is asked for. */
  private readonly links = new Set<string>();

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

  /**
   * True where links that open lead from one key to another; a key that cannot be opened leads nowhere. What a statement lists of
   * links is its signer's word, and may be of no key at all.
   * @throws FORGED_MANIFEST
   */
  leads(from: string, to: string): boolean {
    return this.follow(from) !== null && this.follow(to, from) !== null;
  }

  /** The ids of all keys there are links to, the active one first. @throws FORGED_MANIFEST */
  ids(): string[] {
    this.follow(undefined);
    return [...this.opened.keys()];
  }

  /** Opens links from a key down that is open, nearest first, until `target`. */
  private follow(target: string | undefined, from = this.statement.active): Uint8Array | null {
    const queue = new Set([from]);
    // A set is walked through what is added meanwhile, too.
    for (const keyId of queue) {
      const dataKey = this.opened.get(keyId) as Uint8Array;
      if (keyId === target) return dataKey;
      for (const [previous, sealed] of Object.entries(this.keyEntry(keyId).links)) {
        if (queue.has(previous)) continue;
        if (!this.links.has(`${keyId} ${previous}`)) this.opened.set(previous, this.openLink(dataKey, keyId, previous, sealed));
        this.links.add(`${keyId} ${previous}`);
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
