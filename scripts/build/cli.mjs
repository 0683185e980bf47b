// The CLI: what most commands need as one file, and what the others need as a few more, read when such a command is called.
// node compiles all of a file that it reads, and all of the CLI takes it as long as half a command.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { rolldown } from "rolldown";
import { dictionaries } from "./dictionary.mjs";
import { wordlistApart } from "./wordlist.mjs";

/** What this many commands (of forty) reach is read by each. */
const BY_MOST = 12;
/**
 * Bytes under which what a few commands share goes to the next of its kind: a file costs as much to find as these to compile.
 * Merged too far, such files come to need each other in a circle; where that is depends on every import there is.
 */
const SMALL = [30_000, 25_000, 20_000, 15_000, 0];

/**
 * Writes cli.js and its chunks, as CommonJS, which node starts sooner than modules.
 * @param {{ entry: string, outdir: string, crypto: string, external: (id: string) => boolean, version: string, maps: boolean }} where
 */
export async function buildCli({ entry, outdir, crypto, external, version, maps }) {
  const main = resolve(entry);
  // Chunks that would need the program itself would run it a second time where it was started by another name.
  const apart = (id) => id !== main;
  const bundle = await rolldown({
    input: { cli: main },
    platform: "node",
    external,
    resolve: { alias: { "#crypto": crypto }, mainFields: ["module", "main"] },
    transform: { target: "node20", define: { ENVSEAL_VERSION: JSON.stringify(version) } },
    preserveEntrySignatures: false,
    plugins: [
      dictionaries(outdir),
      wordlistApart,
      { name: "short exports", generateBundle: (_options, files) => Object.values(files).forEach(shorten) },
    ],
  });
  mkdirSync(outdir, { recursive: true });
  writeFileSync(`${outdir}/package.json`, '{ "type": "commonjs" }\n');
  for (const small of SMALL) {
    const { output } = await bundle.write(options(outdir, apart, small, maps));
    if (loadsEach(outdir)) break;
    if (small === 0) throw new Error("chunks of the CLI need each other in a circle");
    for (const { fileName } of output) rmSync(resolve(outdir, fileName));
  }
  chmodSync(`${outdir}/cli.js`, 0o755);
}

function options(outdir, apart, small, maps) {
  return {
    dir: outdir,
    format: "cjs",
    strict: true,
    minify: true,
    comments: { legal: false, annotation: false },
    sourcemap: maps && "hidden",
    entryFileNames: "[name].js",
    chunkFileNames: ({ name }) => (name.includes("~") ? "shared-[hash].js" : "[name]-[hash].js"),
    codeSplitting: {
      groups: [
        { name: "common", tags: ["$initial"], test: apart, priority: 3 },
        { name: "common", minShareCount: BY_MOST, test: apart, priority: 2 },
        { name: "shared", minShareCount: 2, test: apart, entriesAware: true, entriesAwareMergeThreshold: small, priority: 1 },
      ],
    },
  };
}

/**
 * Modules that need each other in no circle may come into chunks that do, and one runs before what it needs is there: then
 * commands end as they start. Each chunk is loaded once, before any other.
 */
function loadsEach(outdir) {
  const chunks = readdirSync(outdir).filter((name) => name.endsWith(".js") && name !== "cli.js");
  const paths = JSON.stringify(chunks.map((name) => resolve(outdir, name)));
  const program = `for (const path of ${paths}) { for (const id in require.cache) delete require.cache[id]; require(path); }`;
  return spawnSync(process.execPath, ["-e", program]).status === 0;
}

const EXPORT = /Object\.defineProperty\(exports,("\w+"),\{enumerable:!0,get:function\(\)\{return ([\w$]+)\}\}\)/g;

/** Each of 440 exports is defined at full length, a twelfth of the CLI: in one object they weigh a tenth of that. */
function shorten(file) {
  if (file.type !== "chunk" || file.isEntry) return;
  const code = file.code
    .replace(EXPORT, "__export({$1:()=>$2})")
    .replace(/__export\({"\w+":[^}]*}\)(?:,__export\({"\w+":[^}]*}\))*/g, (row) =>
      row.replaceAll("}),__export({", ",").replaceAll('"', ""),
    );
  if (code === file.code) return;
  const define = "for(const n in all)Object.defineProperty(exports,n,{enumerable:!0,get:all[n]})";
  file.code = code.replace(/^("use strict";)?/, `$1var __export=all=>{${define}};`);
}
