import { printableLines } from "./printable.ts";

/**
 * The one error class. `code` is stable and documented (docs/guide/troubleshooting.md), `message` says what is wrong and
 * where, `hint` what to do next. Neither ever holds a value, a key or a line of a file; what they quote (paths, names) is
 * the repository's, and reaches terminals and logs by many ways.
 */
export class EnvsealError extends Error {
  /** Always `"EnvsealError"`: how an error of a second copy of the package is recognised. */
  override readonly name = "EnvsealError";
  /** Which error it is. */
  readonly code: ErrorCode;
  /** What to do next, in one line. */
  readonly hint: string | undefined;

  /** @internal */
  constructor(code: ErrorCode, message: string, details: { hint?: string; cause?: unknown } = {}) {
    super(printableLines(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint === undefined ? undefined : printableLines(details.hint);
  }
}

/** Exit codes: 1 a finding, 2 usage, 3 no key or a wrong one, 4 integrity, 5 git or the environment, 70 a bug. */
const EXIT_CODES = {
  FINDING: 1,

  USAGE: 2,
  NEEDS_TERMINAL: 2,
  NEEDS_CONFIRMATION: 2,
  AMBIGUOUS_ENVIRONMENT: 2,
  UNKNOWN_ENVIRONMENT: 2,
  BAD_NAME: 2,
  BAD_VALUE: 2,
  NOT_SET: 2,
  MALFORMED_DOTENV: 2,
  DIVERGED: 2,
  NOT_INITIALISED: 2,
  WEAK_PASSPHRASE: 2,
  NO_PLAINTEXT: 2,
  WRONG_FORMAT: 2,

  NO_KEY: 3,
  NO_PIN: 3,
  NO_ACCESS: 3,
  WRONG_KEY: 3,
  WRONG_PASSPHRASE: 3,
  MALFORMED_KEY: 3,
  KEY_FILE_MODE: 3,
  KEY_UNKNOWN: 3,
  KEY_DESTROYED: 3,
  NEEDS_ADMIN: 3,
  UNCONFIRMED_PIN: 3,

  NO_VAULT: 4,
  NO_MANIFEST: 4,
  MALFORMED_VAULT: 4,
  CONFLICT_MARKERS: 4,
  FOREIGN_VAULT: 4,
  UNLISTED_VAULT: 4,
  MOVED_VALUE: 4,
  TAMPERED: 4,
  MALFORMED_MANIFEST: 4,
  UNSUPPORTED_FORMAT: 4,
  FORGED_MANIFEST: 4,
  FORGED_ACCESS: 4,
  PIN_MISMATCH: 4,
  OLDER_CHECKOUT: 4,
  PARTED: 4,
  BELOW_FLOOR: 4,
  MISSING_REQUIRED: 4,
  BACKUP: 4,

  GIT: 5,
  IO: 5,
  LOCKED: 5,
  EDITOR: 5,
  SPAWN: 5,
  TIMEOUT: 5,
  CUSTODY: 5,

  BUG: 70,
} as const;

/** The stable codes, such as `NO_KEY` or `TAMPERED`; docs/guide/troubleshooting.md has an entry for each. */
export type ErrorCode = keyof typeof EXIT_CODES;

/** The process exit code of a failure; anything that is no EnvsealError is a bug (70). */
export function exitCodeOf(error: unknown): number {
  return isEnvsealError(error) ? EXIT_CODES[error.code] : EXIT_CODES.BUG;
}

/** Recognises errors of a second copy of this module too (the loader is bundled), so it asks for the code, not the class. */
export function isEnvsealError(error: unknown): error is EnvsealError {
  return error instanceof Error && error.name === "EnvsealError" && "code" in error && String(error.code) in EXIT_CODES;
}
