import { recipientOf } from "../../age/keys.ts";
import { ownMember } from "../../core/authority/authority.ts";
import type { Custody, Manifest, Recipient } from "../../core/authority/manifest.ts";
import { type StatementSigner, signerOf, signingSeed } from "../../core/authority/statement.ts";
import { now } from "../../system/clock.ts";

/** What an identity is to a project: whom keys are wrapped for, and who signs. */
export interface ProjectPerson extends StatementSigner {
  recipient: string;
  signer: string;
}

export function personOf(identity: Uint8Array, project: string, name: string): ProjectPerson {
  const seed = signingSeed(identity, project);
  return { name, seed, recipient: recipientOf(identity), signer: signerOf(seed) };
}

/** The entry among the recipients that says who somebody is: the one that is there, or a new one. */
export function requestOf(manifest: Manifest, name: string, identity: Uint8Array, custody?: Custody): Recipient {
  const { recipient, signer } = personOf(identity, manifest.project, name);
  const known = ownMember(manifest.recipients, name);
  const added = known?.recipient === recipient ? known.added : now().slice(0, 10);
  return { recipient, signer, added, ...(custody !== undefined && { custody }) };
}
