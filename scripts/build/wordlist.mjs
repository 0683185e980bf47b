// The words of BIP-39, once for all bundles of the program, compressed, and read when they are asked for: a hook that finds
// nothing like words never does.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compressed, decoder } from "./dictionary.mjs";

const { wordlist } = createRequire(import.meta.url)("@scure/bip39/wordlists/english.js");
const FILE = "./wordlist.cjs";
const MODULE = /^@scure\/bip39\/wordlists\/english\.js$/;

/** @param {string} outdir of the bundles */
export function writeWordlist(outdir) {
  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, "wordlist.br"), compressed(wordlist));
  writeFileSync(
    join(outdir, FILE),
    `let words, word = "";
const read = () => require("node:zlib").brotliDecompressSync(require("node:fs").readFileSync(__dirname + "/wordlist.br")).toString();
Object.defineProperty(exports, "wordlist", { enumerable: true, get: () => (words ??= Object.freeze(${decoder("read()")})) });
`,
  );
}

/** For rolldown. */
export const wordlistApart = { name: "wordlist", resolveId: (id) => (MODULE.test(id) ? { id: FILE, external: true } : null) };

/** For esbuild. */
export const wordlistApartToo = {
  name: "wordlist",
  setup: ({ onResolve }) => onResolve({ filter: MODULE }, () => ({ path: FILE, external: true })),
};
