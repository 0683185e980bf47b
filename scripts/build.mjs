// tsc into a folder of its own, and from there what is published: the loader as one CommonJS file (15 ESM files cost a
// quarter of the boot budget), the CLI as a few (build/cli.mjs), the edge entry as one file that leaves the
// cryptography to the runtime's conditions.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { build } from "esbuild";
import { buildCli } from "./build/cli.mjs";
import { writeEntries } from "./build/types.mjs";
import { wordlistApartToo, writeWordlist } from "./build/wordlist.mjs";

const require = createRequire(import.meta.url);
const manifest = require("../package.json");
const MAPS = process.env.SOURCE_MAPS === "1";
const COMPILED = "dist/compiled";
const compiled = (name) => `${COMPILED}/${name}.js`;
const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const external = (names) => names.flatMap((name) => [name, `${name}/*`]);

/** Maps are made in any case, and kept where SOURCE_MAPS=1 asks for them. */
const COMPACT = { minify: true, legalComments: "none", sourcemap: "external" };
/** Bundles of CommonJS know where they are by another name. */
const CJS = { format: "cjs", define: { "import.meta.url": "__filename" } };
const NODE = { bundle: true, platform: "node", target: "node20", alias: { "#crypto": resolve(compiled("crypto/node")) }, ...COMPACT };

const clean = () => rmSync("dist", { recursive: true, force: true });
clean();
// Half a build would be tested and packed as if it were whole.
process.on("exit", (code) => code !== 0 && clean());
execFileSync(process.execPath, [resolve("node_modules/typescript-native/bin/tsc"), "-p", "."], { stdio: "inherit" });

// Node shows the whole line that threw, above an app's error: of one that holds the bundle, that is screens full of code.
await build({ ...NODE, entryPoints: [compiled("index")], outfile: "dist/index.cjs", ...CJS, lineLimit: 120 });

writeWordlist("dist/bin");
await buildCli({
  entry: compiled("cli"),
  outdir: "dist/bin",
  crypto: NODE.alias["#crypto"],
  // The estimator of passphrases is bundled: as packages it would weigh 4 MB. What is ESM only cannot be required by every
  // node that we support.
  external: (id) => packages.some((name) => (id === name || id.startsWith(`${name}/`)) && !/^@(noble|scure)\//.test(name)),
  version: manifest.version,
  maps: MAPS,
});

// What git's hooks start, as one file, and the small one that starts it: a commit waits for them.
for (const [name, outfile] of [
  ["hook-main", "dist/bin/hook-main.cjs"],
  ["hook-start", "dist/bin/hook.cjs"],
])
  await build({
    ...NODE,
    entryPoints: [compiled(name)],
    outfile,
    ...CJS,
    external: external(packages),
    plugins: [wordlistApartToo],
  });

// The framework entries use the loader's bundle, so that there is one of it in a process.
await build({
  ...NODE,
  entryPoints: [compiled("next"), compiled("vite")],
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  ...CJS,
  plugins: [
    {
      name: "loader",
      setup: ({ onResolve }) => onResolve({ filter: /^\.\/index\.js$/ }, () => ({ path: "./index.cjs", external: true })),
    },
  ],
});

// noble and the choice of `#crypto` stay outside: an app's bundler shakes the one and makes the other.
for (const name of ["edge", "crypto/node", "crypto/portable"])
  await build({
    ...COMPACT,
    entryPoints: [compiled(name)],
    outfile: `dist/${name}.js`,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    external: ["#crypto", "node:*", ...external(packages.filter((name) => /^@(noble|scure)\//.test(name)))],
  });

// What stops an app at boot is read by people: the message and the hint, without our own stack.
writeFileSync(
  "dist/config.cjs",
  `const { config, EnvsealError } = require("./index.cjs");
try {
  config();
} catch (error) {
  if (error instanceof EnvsealError) {
    for (const name of ["code", "hint", "name"]) Object.defineProperty(error, name, { enumerable: false });
    error.stack = \`envseal: \${error.message} [\${error.code}]\\n  hint: \${error.hint}\`;
  }
  throw error;
}
`,
);
writeEntries(COMPILED, "dist");
writeFileSync("dist/schema.json", JSON.stringify(require("../schema/envseal.schema.json")));
rmSync(COMPILED, { recursive: true });
if (!MAPS) for (const name of readdirSync("dist", { recursive: true })) if (name.endsWith(".map")) rmSync(`dist/${name}`);
