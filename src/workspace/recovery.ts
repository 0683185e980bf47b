import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { writeSecret } from "../custody/identity-write.ts";
import { identityToWords } from "../custody/recovery.ts";
import { ioError } from "../project/read.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { showAndCheck } from "../ui/recovery-words.ts";

export interface RecoveryIdentity {
  secret: Uint8Array;
  /** True where its words were typed back; a file proves nothing. */
  confirmed: boolean;
}

/** A recovery identity whose words are safe before anything depends on it: shown once, or in a new file (--recovery-file). */
export async function makeRecoveryIdentity(context: Context): Promise<RecoveryIdentity> {
  const secret = randomBytes(32);
  const words = identityToWords(secret);
  const path = textFlag(context, "recovery-file");
  if (path === undefined) {
    await showAndCheck(words);
    return { secret, confirmed: true };
  }
  try {
    writeSecret(resolve(context.cwd, path), `${words.join(" ")}\n`);
  } catch (error) {
    throw ioError(error, `cannot write the recovery words to ${path}`);
  }
  return { secret, confirmed: false };
}
