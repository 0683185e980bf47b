import { ACCESS_WORDS, FOLLOWING_WORDS, GLUE_WORDS, HEADING_WORDS, PLAIN, SPELT, TELLING_WORDS } from "./plain-words.ts";

/** What a comment stands near. */
export interface Around {
  /** Words of names that are published anyway (`wordsOfNames`): they count as plain. */
  words: ReadonlySet<string>;
  /** The variables that the comment may be about. */
  near: readonly string[];
  /** True for a comment after a value, which is no heading. */
  inline?: boolean;
}

const MOST_CHARACTERS = 400;
/** Under these names stands what a person may have chosen: a word. */
export const CHOSEN = /PASS|PWD|PIN(_|$)|PHRASE|SECRET|LOGIN|USER|CREDENTIAL/i;
const DECORATION = /^([#=*~_-])\1*$/;
/** A hump at most: `PostHog`, `openAI`. Capitals in other places carry something. */
const ONE_HUMP = /^[A-Z]?[a-z]+([A-Z][a-z]+|[A-Z]+)?$/;
const URL_PARTS = new Set(["com", "org", "net", "io", "dev", "app", "sh", "co", "www", "en", "html"]);

/** The words of variables' names, in small letters. */
export function wordsOfNames(names: Iterable<string>): Set<string> {
  return new Set(
    [...names].flatMap((name) => [name, ...name.split(/[^A-Za-z\d]+/)]).flatMap((word) => (/[a-z]/i.test(word) ? word.toLowerCase() : [])),
  );
}

/**
 * True where a comment is plainly prose, which may be published: a sentence, or a heading, of words that are common or stand in
 * a name. A digit, a quote, `:`, `=`, `/` or any other mark makes it none, but for the address of a page made of such words.
 * Near a password it says of nothing what that is. Whoever is not sure says no.
 */
export function isProse(comment: string, { words, near, inline = false }: Around): boolean {
  const text = comment.trim().replace(/^#+/, "").trim();
  if (text === "") return true;
  if (text.length > MOST_CHARACTERS) return false;
  if (DECORATION.test(text)) return !inline;
  const bare = text.replace(/^([#=*~-])\1+\s+/, "").replace(/\s+([#=*~-])\1+$/, "");
  const tokens = bare.split(/[ \t]+/);
  const chosen = near.some((name) => CHOSEN.test(name));
  const known = chosen ? wordsOfNames(near) : words;
  const read = tokens.map((token) => wordsOfToken(token, known));
  if (read.includes(null)) return false;
  const said = read.flatMap((each) => each ?? []);
  if (said.length === 0 || !isQuiet(said, chosen)) return false;
  if (said.some((word) => GLUE_WORDS.has(word)) && said.length > 2) return true;
  return !inline && said.every((word) => known.has(word) || HEADING_WORDS.has(word));
}

/** The plain words of one token; null where it is anything else. */
function wordsOfToken(token: string, known: ReadonlySet<string>): string[] | null {
  const inner = token.replace(/^\(/, "").replace(/(\)?[.,;!?]{0,3}|[.,;!?]\))$/, "");
  const url = /^https?:\/\/([A-Za-z][A-Za-z./#_-]*)$/.exec(inner)?.[1];
  if (url !== undefined) {
    const parts = url.split(/[./#_-]+/).filter((part) => part !== "");
    return parts.every((part) => URL_PARTS.has(part) || isPlain(part, known)) ? [] : null;
  }
  const words = inner.split("-");
  return words.every((word) => isPlain(word, known)) ? words.map((word) => word.toLowerCase()) : null;
}

function isPlain(word: string, known: ReadonlySet<string>): boolean {
  if (SPELT.has(word)) return true;
  const bare = word.replace(/['’]s$|(?<=s)['’]$/, "").replaceAll("’", "'");
  const small = bare.toLowerCase();
  const isEven = bare === small || bare === bare.toUpperCase() || bare === small.replace(/^./, (first) => first.toUpperCase());
  if (known.has(small)) return isEven || ONE_HUMP.test(bare);
  return isEven && PLAIN.has(small);
}

/** Of a login it may be said where it is from, and not what it is. */
function isQuiet(said: readonly string[], chosen: boolean): boolean {
  const about = said.some((word) => ACCESS_WORDS.has(word));
  if ((about || chosen) && said.some((word) => TELLING_WORDS.has(word))) return false;
  return said.every((word, at) => {
    const next = said[at + 1];
    return !ACCESS_WORDS.has(word) || next === undefined || FOLLOWING_WORDS.has(next) || ACCESS_WORDS.has(next);
  });
}
