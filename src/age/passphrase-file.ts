import { EnvsealError } from "../errors.ts";

/** age files under a passphrase (age.md, "The scrypt recipient type"), armored: what plain `age -d` opens. */

/** 2^18: what the age program itself uses. */
const WORK_FACTOR = 18;

export async function sealWithPassphrase(text: string, passphrase: string): Promise<string> {
  const { armor, Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(WORK_FACTOR);
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
  if (!/^age-encryption\.org\/v1\n-> scrypt \S+ (\d|1\d|20)\n/.test(Buffer.from(bytes.subarray(0, 100)).toString("latin1")))
    throw damaged(undefined);
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(bytes, "text");
  } catch (error) {
    if (!/no identity matched/.test(String((error as Error).message))) throw damaged(error);
    throw new EnvsealError("WRONG_PASSPHRASE", "this is not the passphrase of the backup", {
      hint: "type it again, the words in their order",
    });
  }
}
