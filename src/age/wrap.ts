import { EnvsealError } from "../errors.ts";
import { parseRecipient } from "./keys.ts";

/**
 * Wraps a data key as an ordinary age v1 file to exactly one X25519 recipient.
 * The age-encryption package is loaded late, as everywhere: its import alone costs as much as two boots.
 * @throws USAGE for post-quantum and malformed recipients
 */
export async function wrapKey(dataKey: Uint8Array, recipient: string): Promise<Uint8Array> {
  assertRecipient(recipient);
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(dataKey);
}

/** @throws USAGE */
export function assertRecipient(recipient: string): void {
  if (recipient.startsWith("age1pq1")) {
    throw new EnvsealError("USAGE", "post-quantum recipients are reserved and not accepted in format 1", {
      hint: "mixing them with classic recipients would protect no better than the classic ones; use an age1… X25519 recipient",
    });
  }
  if (parseRecipient(recipient) === null) {
    throw new EnvsealError("USAGE", "this is no age X25519 recipient (age1… and 58 more characters)", {
      hint: "age-keygen -y prints the recipient of an identity",
    });
  }
}
