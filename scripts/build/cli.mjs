// The CLI: what most commands need as one file, and what the others need as a few more, read when such a command is called.
// node compiles all of a file that it reads, and all of the CLI takes it as long as half a command.
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { rolldown } from "rolldown";
import { dictionaries } from "./dictionary.mjs";

/** What this many commands (of forty) reach is read by each. */
const BY_MOST = 12;
/** Bytes under which what a few commands share goes to the next of its kind: a file costs as much to find as these to compile. */
const SMALL = 30_000;

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
    plugins: [dictionaries(outdir), { name: "short exports", generateBundle: (_options, files) => Object.values(files).forEach(shorten) }],
  });
  await bundle.write({
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
        { name: "shared", minShareCount: 2, test: apart, entriesAware: true, entriesAwareMergeThreshold: SMALL, priority: 1 },
      ],
    },
  });
  writeFileSync(`${outdir}/package.json`, '{ "type": "commonjs" }\n');
  chmodSync(`${outdir}/cli.js`, 0o755);
  loadEach(outdir);
}

/**
 * Modules that need each other in no circle may come into chunks that do, and one runs before what it needs is there: then
 * commands end as they start. Each chunk is loaded once, before any other.
 */
function loadEach(outdir) {
  const chunks = readdirSync(outdir).filter((name) => name.endsWith(".js") && name !== "cli.js");
  const paths = JSON.stringify(chunks.map((name) => resolve(outdir, name)));
  const program = `for (const path of ${paths}) { for (const id in require.cache) delete require.cache[id]; require(path); }`;
  execFileSync(process.execPath, ["-e", program], { stdio: ["ignore", "inherit", "inherit"] });
}

const EXPORT = /Object\.defineProperty\(exports,("\w+"),\{enumerable:!0,get:function\(\)\{return ([\w$]+)\}\}\)/g;

/** Each of 440 exports is defined at full length, a twelfth of the CLI: by a function of the file's own they weigh a sixth. */
function shorten(file) {
  if (file.type !== "chunk" || file.isEntry) return;
  const code = file.code.replace(EXPORT, "__export($1,()=>$2)");
  if (code !== file.code)
    file.code = code.replace(/^("use strict";)?/, "$1var __export=(n,get)=>Object.defineProperty(exports,n,{enumerable:!0,get});");
}
