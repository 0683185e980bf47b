import { plaintextWith } from "../project/plaintext.ts";

/** Whose word a variable is. */
const WHOSE = {
  ENVSEAL: "only who starts a program switches loading off",
  ENVSEAL_ALLOW_OLDER: "only who starts a program allows older checkouts",
  ENVSEAL_LOADED: "a load sets that, no file",
  ENVSEAL_LOCAL: "only who starts a program asks for the files of this machine",
};

/**
 * Next, Bun and `node --env-file` set what a plaintext file says before anything of ours runs, and whoever commits one could decide
 * with it which values an app gets. A file's word does not count, and that is said.
 * @param folders where the program runs, and where its vaults are
 */
export function isOperatorsWord(name: keyof typeof WHOSE, folders: Iterable<string>, warn: (message: string) => void): boolean {
  const claimed = plaintextWith(name, new Set(folders));
  if (claimed === undefined) return true;
  warn(`${claimed} sets ${name}, or is too large to tell, and ${WHOSE[name]}: it does not count`);
  return false;
}
