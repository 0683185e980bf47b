import { EnvsealError } from "../errors.ts";

/**
 * Opens an armored age file with identities as text, `AGE-SECRET-KEY-1…` or post-quantum `AGE-SECRET-KEY-PQ-1…`.
 * @returns the payload, or null where it is for none of them
 * @throws TAMPERED
 */
export async function openArmored(text: string, identities: readonly string[]): Promise<Uint8Array | null> {
  const { armor, Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    const file = armor.decode(text.trim());
    if (stanzasOf(file) > MOST_STANZAS) throw new Error("it is for more recipients than one");
    return await decrypter.decrypt(file);
  } catch (error) {
    if (/no identity matched/.test(String((error as Error).message))) return null;
    throw new EnvsealError("TAMPERED", "an age file in it is damaged", { hint: "take the file from git again", cause: error });
  }
}

/** SOPS wraps its key for each recipient by itself; each stanza costs a thousandth of a second for each identity. */
const MOST_STANZAS = 4;

function stanzasOf(file: Uint8Array): number {
  const text = Buffer.from(file).toString("latin1");
  return text.slice(0, Math.max(text.indexOf("\n---"), 0)).split("\n-> ").length - 1;
}

/** True for the text of an identity that openArmored takes. */
export async function isIdentity(text: string): Promise<boolean> {
  if (!/^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{1,80}$/.test(text)) return false;
  const { identityToRecipient } = await import("age-encryption");
  try {
    await identityToRecipient(text);
    return true;
  } catch {
    return false;
  }
}
