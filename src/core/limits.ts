import { utf8 } from "./bytes.ts";

/** FORMAT.md section 9: every size is bounded before use. */
export const MAX_VAULT_BYTES = 16 * 1024 * 1024;
export const MAX_LINE_BYTES = 2 * 1024 * 1024;
/** Rows of a vault, and lines of a plaintext: what an empty one is parsed into takes a hundred times its text. 16 MiB of values have fewer. */
export const MAX_ROWS = 1 << 18;
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
/** A manifest and its keys, in base64 of age. */
export const MAX_BACKUP_BYTES = 24 * 1024 * 1024;
/** Members and list items of one JSON text: what it is parsed into takes far more memory than the text. */
export const MAX_JSON_VALUES = 1 << 19;
/** True where the UTF-8 form of a text is longer than `bytes`. Mostly its length says so. */
export function isLongerThan(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length > bytes / 3 && utf8(text).length > bytes);
}

/** Of one manifest. Each environment takes an X25519 for each entry that is tried, and each vault a look at its file. */
export const MAX_ENVIRONMENTS = 256;
export const MAX_VAULTS = 4096;
/** Requests and claims of one manifest. */
export const MAX_RECIPIENTS = 4096;
/** Entries of one environment, and of all together. Who may write the file can add them, and each takes an Ed25519 to tell that nobody signed it. */
export const MAX_ACCESS = 1024;
export const MAX_ACCESS_IN_ALL = 4096;
/** Statements of the authority: each takes an Ed25519 where nothing of the project is known. `status` warns before. */
export const MAX_STATEMENTS = 2048;
/** Admins and rotators of one statement, together. */
export const MAX_SIGNERS = 512;
/** Environments that one statement says were removed. */
export const MAX_GONE = 1024;
/** Key versions of one environment. */
export const MAX_KEYS = 4096;

export const MAX_VERSION = 0xffffffff;
