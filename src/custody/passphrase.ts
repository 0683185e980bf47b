import { pbkdf2, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { aeadOpen, aeadSeal } from "#crypto";
import { recipientOf } from "../age/keys.ts";
import type { Custody } from "../core/authority/manifest.ts";
import { b64u, concat, lp, unb64u, utf8 } from "../core/bytes.ts";
import { EnvsealError } from "../errors.ts";

/** Custody `passphrase` (FORMAT.md section 5): identity and pin, sealed in the manifest under a key derived from a passphrase. */
export type PassphraseCustody = Extract<Custody, { kind: "passphrase" }>;

/** Whose identity is sealed: bound into it, so that an entry cannot be moved to another name or project. */
export interface Owner {
  project: string;
  name: string;
  recipient: string;
}

export const KDFS = ["scrypt", "pbkdf2-sha256"] as const;
export type Kdf = (typeof KDFS)[number];

/** What a passphrase keeps: an identity, and the pin of the project's authority when it was sealed. */
export interface Held {
  identity: Uint8Array;
  pin: Uint8Array;
}

const NONCE = 12;
const IDENTITY = 32;

/** 12 BIP-39 words: 128 bits. */
export function newPassphrase(): string {
  return entropyToMnemonic(randomBytes(16), wordlist);
}

export async function sealIdentity({ identity, pin }: Held, passphrase: string, owner: Owner, kdf: Kdf, hint?: string): Promise<Custody> {
  const costs = kdf === "scrypt" ? { kdf, n: 2 ** 17, r: 8, p: 1 } : { kdf, iterations: 600_000 };
  const salt = randomBytes(16);
  const nonce = randomBytes(NONCE);
  const key = await deriveKey({ ...costs, salt: b64u(salt) }, passphrase);
  const sealed = concat(nonce, aeadSeal(key, nonce, concat(identity, pin), aadOf(owner)));
  return { kind: "passphrase", ...costs, salt: b64u(salt), sealed: `aead:${b64u(sealed)}`, ...(hint !== undefined && { hint }) };
}

/**
 * The identity and its pin. The proof is that the identity yields the recipient. Whether the passphrase is wrong or the entry was changed cannot be
 * told apart without decrypting what does not authenticate.
 * @throws WRONG_PASSPHRASE
 */
export async function openIdentity(custody: PassphraseCustody, passphrase: string, owner: Owner): Promise<Held> {
  const key = await deriveKey(custody, passphrase);
  const sealed = unb64u(custody.sealed.slice("aead:".length)) as Uint8Array;
  const nonce = sealed.subarray(0, NONCE);
  const opened = aeadOpen(key, nonce, sealed.subarray(NONCE), aadOf(owner));
  const held = opened === null ? null : { identity: opened.slice(0, IDENTITY), pin: opened.slice(IDENTITY) };
  if (held !== null && recipientOf(held.identity) === owner.recipient) return held;
  const hint = custody.hint === undefined ? "" : `your hint: ${custody.hint}; `;
  throw new EnvsealError("WRONG_PASSPHRASE", `this is not the passphrase of ${owner.name}, or the entry in envseal.json was changed`, {
    hint: `${hint}type it again; git log -p envseal.json tells who changed the entry; recovery words, where the project has them, open everything too: envseal unlock --recovery`,
  });
}

type Costs = { kdf: "scrypt"; n: number; r: number; p: number; salt: string } | { kdf: "pbkdf2-sha256"; iterations: number; salt: string };

/** NFKC and trimmed, so that keyboards and pasted line ends make no difference. The manifest's reader has bounded the costs. */
function deriveKey(costs: Costs, passphrase: string): Promise<Uint8Array> {
  const text = utf8(passphrase.normalize("NFKC").trim());
  const salt = unb64u(costs.salt) as Uint8Array;
  if (costs.kdf === "pbkdf2-sha256") return promisify(pbkdf2)(text, salt, costs.iterations, 32, "sha256");
  const { n, r, p } = costs;
  const derive: (text: Uint8Array, salt: Uint8Array, length: number, options: object) => Promise<Buffer> = promisify(scrypt);
  return derive(text, salt, 32, { N: n, r, p, maxmem: 128 * n * r + (1 << 20) });
}

function aadOf({ project, name, recipient }: Owner): Uint8Array {
  return concat(utf8("envseal/v1 custody"), lp(unb64u(project) as Uint8Array), lp(name), lp(recipient));
}
