import { createCipheriv, randomBytes, scryptSync } from "node:crypto";
import type { Identity, Recipient, Stanza } from "age-encryption";
import { chachaOpen, decodeBase64, encodeBase64 } from "#crypto";
import { concat, utf8 } from "../core/bytes.ts";
import { EnvsealError } from "../errors.ts";

/** age files under a passphrase (age.md, "The scrypt recipient type"), armored: what plain `age -d` opens. */

/** 2^18: what the age program itself uses, and the most that is opened here: a second, and 256 MiB. */
const WORK_FACTOR = 18;
const SALT = 16;
/** The key is made for one file key alone. */
const NONCE = new Uint8Array(12);
const ANY_SCRYPT = /^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} \d{1,9}\n/;
const SCRYPT = /^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} ([1-9]|1[0-8])\n/;

/** As the package would make it, but by node's own scrypt, which takes a third of the time. */
function wrappingKey(passphrase: string, salt: Uint8Array, workFactor: number): Buffer {
  const salted = concat(utf8("age-encryption.org/v1/scrypt"), salt);
  return scryptSync(passphrase, salted, 32, { N: 2 ** workFactor, r: 8, p: 1, maxmem: 2 ** (workFactor + 10) + (1 << 20) });
}

function recipientOf(passphrase: string, stanza: typeof Stanza): Recipient {
  return {
    wrapFileKey(fileKey) {
      const salt = randomBytes(SALT);
      const cipher = createCipheriv("chacha20-poly1305", wrappingKey(passphrase, salt, WORK_FACTOR), NONCE, { authTagLength: 16 });
      const body = concat(cipher.update(fileKey), cipher.final(), cipher.getAuthTag());
      return [new stanza(["scrypt", encodeBase64(salt, false), String(WORK_FACTOR)], body)];
    },
  };
}

function identityOf(passphrase: string): Identity {
  return {
    unwrapFileKey([stanza, ...others]) {
      const [type, salt = "", workFactor] = stanza?.args ?? [];
      const salted = decodeBase64(salt, false);
      if (type !== "scrypt" || others.length > 0 || salted?.length !== SALT || stanza?.body.length !== 32)
        throw new Error("the passphrase's stanza is malformed, or stands beside others");
      return chachaOpen(wrappingKey(passphrase, salted, Number(workFactor)), NONCE, stanza.body);
    },
  };
}

export async function sealWithPassphrase(text: string, passphrase: string): Promise<string> {
  const { armor, Encrypter, Stanza } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipientOf(passphrase, Stanza));
  return armor.encode(await encrypter.encrypt(text));
}

/** @throws BACKUP where it is no age file under a passphrase or was damaged, WRONG_PASSPHRASE */
export async function openWithPassphrase(file: string, passphrase: string): Promise<string> {
  const { armor, Decrypter } = await import("age-encryption");
  const damaged = (cause: unknown) =>
    new EnvsealError("BACKUP", "this is no backup of envseal, or it was damaged", { hint: "take another copy of it", cause });
  let bytes: Uint8Array;
  try {
    bytes = armor.decode(file);
  } catch (error) {
    throw damaged(error);
  }
  const head = Buffer.from(bytes.subarray(0, 100)).toString("latin1");
  if (!ANY_SCRYPT.test(head)) throw damaged(undefined);
  if (!SCRYPT.test(head))
    throw new EnvsealError("BACKUP", `this file asks for more work than 2^${WORK_FACTOR} rounds of scrypt, and no backup of envseal does`, {
      hint: "take another copy of it; one that was encrypted again by hand: age -d, then age -p, which takes 2^18",
    });
  const decrypter = new Decrypter();
  decrypter.addIdentity(identityOf(passphrase));
  try {
    return await decrypter.decrypt(bytes, "text");
  } catch (error) {
    if (!/no identity matched/.test(String((error as Error).message))) throw damaged(error);
    throw new EnvsealError("WRONG_PASSPHRASE", "this is not the passphrase of the backup", {
      hint: "type it again, the words in their order",
    });
  }
}
