import { scryptSync } from "node:crypto";
import { aead, b64u, hex, join, lp, named } from "./notation.mjs";
import { recipientOf } from "./product.mjs";
import { PROJECT } from "./world.mjs";

const PASSPHRASE = "  cafe\u0301 staple harbour\u3000twelve  ";
export const WHO = Object.fromEntries(["alice", "bob", "carol", "ci", "dora", "paper"].map((name) => [name, named(`identity ${name}`)]));

/**
 * The recipients of the manifest, and how the custody of one of them was made.
 * @param pin of the authority in force
 * @param signerOf identity → signer
 */
export function people(pin, signerOf) {
  const normal = PASSPHRASE.normalize("NFKC").trim();
  const salt = named("salt").subarray(0, 16);
  const kek = scryptSync(normal, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 });
  const custodyAad = join("envseal/v1 custody", lp(PROJECT), lp("alice"), lp(recipientOf(WHO.alice)));
  const custodyNonce = named("custody nonce").subarray(0, 12);
  const sealed = `aead:${b64u(aead(kek, custodyNonce, join(WHO.alice, pin), custodyAad))}`;
  const custody = {
    alice: { kind: "passphrase", kdf: "scrypt", n: 2 ** 17, r: 8, p: 1, salt: b64u(salt), sealed, hint: "the usual one, with a drink" },
    bob: { kind: "file" },
    ci: { kind: "deploy" },
    paper: { kind: "recovery", confirmed: "2026-01-02" },
  };
  const recipients = Object.fromEntries(
    Object.keys(WHO).map((name) => [
      name,
      {
        recipient: recipientOf(WHO[name]),
        // Of dora nothing but an age recipient is known.
        ...(name !== "dora" && { signer: signerOf(WHO[name]) }),
        added: "2026-01-01",
        ...(custody[name] && { custody: custody[name] }),
      },
    ]),
  );
  return {
    recipients,
    custody: {
      name: "alice",
      passphrase: PASSPHRASE,
      normalised: normal,
      kek: hex(kek),
      aad: hex(custodyAad),
      identity: hex(WHO.alice),
      pin: hex(pin),
      sealed,
    },
  };
}
