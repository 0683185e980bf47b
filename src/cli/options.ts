import type { OptionSpec } from "../context.ts";

/** What every command takes. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: "env", short: "e", value: "NAME", summary: "the environment" },
  { name: "file", short: "f", value: "PATH", summary: "the vault, or the plaintext file it mirrors" },
  { name: "cwd", value: "DIR", summary: "run as if started there" },
  { name: "json", summary: "data as JSON, and errors too" },
  { name: "quiet", short: "q", summary: "say nothing but data, warnings and errors" },
  { name: "yes", short: "y", summary: "answer every question with yes" },
];

export const ALLOW_OLDER: OptionSpec = { name: "allow-older", summary: "seal under a key that this machine knows to be superseded" };

export const RECURSIVE: OptionSpec = {
  name: "recursive",
  short: "r",
  summary: "every vault the manifest lists (with -e: of that environment), from whichever folder",
};

export const ALL: OptionSpec = { name: "all", summary: "every environment" };

/** Of commands that sign: an unlocked session is for reading alone. */
export const PASSPHRASE_FILE: OptionSpec = {
  name: "passphrase-file",
  value: "PATH",
  summary: "read your passphrase from a file instead of asking, where it is needed to sign",
};
