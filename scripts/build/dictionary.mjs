// What the estimator of passphrases knows, compressed in files of its own and read when it is asked for: in a bundle the
// lists would be a third of the package.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const require = createRequire(import.meta.url);

/** Ranks up to this are kept as they are, and from there on within this factor. */
const EXACT = 1024;
const FACTOR = 4;

/** A word's rank is a guess of how soon it is tried. Kept so roughly, the list is a third smaller. */
function inSteps(words) {
  const sorted = words.slice(0, EXACT);
  for (let from = EXACT; from < words.length; from *= FACTOR) sorted.push(...words.slice(from, FACTOR * from).sort());
  return sorted;
}

/** A word as what it shares with the one before (a letter: A for nothing) and the rest: an eighth less, compressed. */
function byDifference(words) {
  return words.map((word, index) => {
    const before = words[index - 1] ?? "";
    let shared = 0;
    while (shared < 25 && shared < word.length && word[shared] === before[shared]) shared++;
    return String.fromCharCode(65 + shared) + word.slice(shared);
  });
}

/** Words, a line each, for `decoder`. */
export const compressed = (words) => brotli(byDifference(words).join("\n"));

/** The program that makes words of such a text again. @param {string} text the program that gives it; it has a variable `word` */
export const decoder = (text) => `${text}.split("\\n").map((row) => (word = word.slice(0, row.charCodeAt(0) - 65) + row.slice(1)))`;

function brotli(text) {
  const bytes = Buffer.from(text);
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
}

const LIST = /language-common[\\/]dist[\\/]\w+\.json\.mjs$/;

/** A bundler's plugin. @param {string} outdir where the bundle is, and the lists beside it */
export function dictionaries(outdir) {
  return {
    name: "dictionaries",
    load(path) {
      if (!LIST.test(path)) return null;
      const name = `${basename(path, ".json.mjs")}.br`;
      const known = require(path.replace(/mjs$/, "cjs"));
      const asLines = Array.isArray(known) && known.every((word) => !word.includes("\n"));
      mkdirSync(outdir, { recursive: true });
      writeFileSync(join(outdir, name), asLines ? compressed(inSteps(known)) : brotli(JSON.stringify(known)));
      const read = `brotliDecompressSync(readFileSync(new URL(${JSON.stringify(name)}, import.meta.url))).toString()`;
      return `import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
let word = "";
export default ${asLines ? decoder(read) : `JSON.parse(${read})`};`;
    },
  };
}
