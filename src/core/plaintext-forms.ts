import { classifyFile, ENCRYPTED, saysTemplate } from "./names.ts";

/** Texts about such a file. */
const ABOUT = /\.(md|mdx|adoc|rst)$/;

/** Other programs' own files of variables: direnv's, Flask's and Wrangler's. */
export const FURTHER_STEMS = [".envrc", ".flaskenv", ".dev.vars"];

/** What people and programs put behind the name of a file that they copy. */
export const COPY_WORDS = ["bak", "backup", "copy", "local", "old", "orig", "prev", "save", "saved", "tmp"];

/**
 * As POSIX writes regular expressions, since hooks/run has the same two (a test compares them): of small letters, names of further files
 * with whatever follows, and `prod.env`, `.envs` and `.env2` with what makes a copy of it. `jest.env.js` and `.environment` are none.
 */
export const PLAINTEXT_FORMS = {
  further: `^(${FURTHER_STEMS.map((stem) => stem.replaceAll(".", "\\.")).join("|")})([^a-z0-9_-].*|[-_][^.]*)?$`,
  copies: `^(.+\\.env|\\.envs|\\.env[0-9]+)([._-](${COPY_WORDS.join("|")}|[0-9]+))*([^a-z0-9._-].*)?$`,
};

const FORMS = Object.values(PLAINTEXT_FORMS).map((form) => new RegExp(form, "s"));

/** True for a name that holds variables in clear, for the loader and for guards; what some system makes of a name is guards' own. */
export function saysPlaintext(name: string): boolean {
  const small = name.toLowerCase();
  const kind = classifyFile(small)?.kind;
  if (kind === "plaintext" || kind === "personal" || small === ".env.keys") return true;
  if (kind === "misspelt") return !small.endsWith(".vault");
  if (/^\.env[^a-z0-9._-]/.test(small)) return true;
  if ((saysTemplate(small) && !small.endsWith(".local")) || ENCRYPTED.test(small) || ABOUT.test(small)) return false;
  return FORMS.some((form) => form.test(small));
}
