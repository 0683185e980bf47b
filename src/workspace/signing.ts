import type { Context } from "../context.ts";
import { adminsToAsk } from "../core/authority/admins.ts";
import type { AuthorityStatement } from "../core/authority/authority.ts";
import { authorityOf, headOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { roleOf } from "../core/authority/rights.ts";
import { type StatementSigner, signerOf, signingSeed } from "../core/authority/statement.ts";
import { trust } from "../core/authority/trust.ts";
import { readIdentityFile } from "../custody/identity-file.ts";
import { givenPin, injectedKey, personalKey } from "../custody/key.ts";
import { readCustodyRecord } from "../custody/record.ts";
import { EnvsealError } from "../errors.ts";
import { readSeen } from "../project/pins.ts";
import { askCustody } from "./identity.ts";
import { refuseOlder, refuseUnconfirmed } from "./keyring.ts";
import { lookBack } from "./look-back.ts";
import { openProject, type Project } from "./project.ts";
import { reachedRevisions } from "./reached.ts";
import { noteSeen } from "./refuse-behind.ts";

/** Somebody who signs statements here, and with what right. */
export interface Hand extends StatementSigner {
  role: "admin" | "rotator";
}

/** What was asked for, for whoever has to ask an admin. */
export interface Asked {
  /** Such as `to grant access`. */
  what: string;
  /** The command line to send them. */
  line: string;
}

/** @throws NEEDS_ADMIN, and what finding the identity and trusting the manifest throw */
export async function adminHand(project: Project, asked: Asked, context: Context): Promise<StatementSigner> {
  const hand = await handOf(project, context);
  if (hand?.role === "admin") return hand;
  throw needsAdmin(project.manifest, asked);
}

/** Whoever may replace the keys of all these environments. @throws NEEDS_ADMIN, and the like */
export async function rotatorHand(project: Project, environments: readonly string[], asked: Asked, context: Context): Promise<Hand> {
  const hand = await handOf(project, context);
  const head = headOf(project.manifest);
  if (hand !== null && environments.every((environment) => roleOf(head, hand.name, environment) !== "member")) return hand;
  throw needsAdmin(project.manifest, asked);
}

/** An admin or a rotator of some environment; null for a member. */
export async function handOf(project: Project, context: Context): Promise<Hand | null> {
  const { manifest } = project;
  const identity = await identityToSign(project, context);
  // What is not opened is signed again too: what was taken back of it is asked for here.
  lookBack(project, context);
  requireTrusted(project, context);
  noteSeen(manifest, context);
  const hand = knownHand(headOf(manifest), identity, manifest.project);
  // How far a rotator may go is bounded.
  return hand?.role === "admin" ? { ...hand, reached: reachedRevisions(project, context) } : hand;
}

export function knownHand(head: AuthorityStatement, identity: Uint8Array, project: string): Hand | null {
  const seed = signingSeed(identity, project);
  const own = signerOf(seed);
  const admin = Object.keys(head.admins).find((name) => head.admins[name]?.signer === own);
  if (admin !== undefined) return { name: admin, seed, role: "admin" };
  const rotator = Object.keys(head.rotators).find((name) => head.rotators[name]?.signer === own);
  return rotator === undefined ? null : { name: rotator, seed, role: "rotator" };
}

export function needsAdmin(manifest: Manifest, { what, line }: Asked): EnvsealError {
  const names = adminsToAsk(manifest).join(", ");
  return new EnvsealError("NEEDS_ADMIN", `it takes an admin ${what}; the admins of this project are: ${names}`, {
    hint: `ask one of them to run: ${line}`,
  });
}

/**
 * The identity to sign with: it is asked of its custody, also where `unlock` keeps it open for reading. A key that was injected is
 * its own custody.
 * @throws NO_KEY, NO_ACCESS with a read-only key, and what custody throws
 */
export async function identityToSign(project: Project, context: Context): Promise<Uint8Array> {
  const id = project.manifest.project;
  const injected = injectedKey(context.env, context.environment ?? null);
  if (injected?.type === "read-only") {
    throw new EnvsealError("NO_ACCESS", "a read-only key opens one vault and nothing else", {
      hint: "use a personal identity, or a deploy key that may do this",
    });
  }
  const held = injected?.identity ?? context.identity ?? readIdentityFile(context.env, id);
  if (held !== null) return held;
  const record = readCustodyRecord(context.env, id);
  if (record !== null) return askCustody(project, record, context);
  // What unlock keeps from recovery words is for reading alone.
  const { source } = personalKey(context.env, id);
  throw new EnvsealError("NO_KEY", `${source} is for reading, and signs nothing`, {
    hint: "with the recovery words: envseal recovery use",
  });
}

/** The project as it is now, under the lock: what a pull brought while somebody was asked is not signed unseen. */
export function openToSign(context: Context): Project {
  const project = openProject(context);
  requireTrusted(project, context);
  noteSeen(project.manifest, context);
  return project;
}

/** @throws UNCONFIRMED_PIN, OLDER_CHECKOUT, PIN_MISMATCH, FORGED_MANIFEST */
export function requireTrusted({ manifest }: Project, context: Context): void {
  const injected = injectedKey(context.env, context.environment ?? null);
  const given = givenPin(context.env);
  const pins = injected?.type === "identity" ? injected.pins : given === null ? [] : [given];
  const seen = injected === null ? readSeen(context.env, manifest.project) : null;
  const verdict = trust(manifest, { pins, seen });
  refuseUnconfirmed(manifest, verdict);
  refuseOlder(`the authority (revision ${authorityOf(manifest).head.revision})`, verdict, context);
}
