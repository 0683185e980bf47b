// tsc into a folder of its own, and from there what is published: the loader as one CommonJS file (15 ESM files cost a
// quarter of the boot budget), the CLI as a few (build/cli.mjs), the edge entry as one file that leaves the
// cryptography to the runtime's conditions.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  entry: compiled("bin/cli"),
  outdir: "dist/bin",
  crypto: NODE.alias["#crypto"],
  // The program is whole in itself: git's hooks and drivers start a copy of it where no package is, and the action one that was
  // never installed. What remains are the editor of managers' files and the keychain, of which a copy uses neither.
  external: (id) => id === "yaml" || id === "@napi-rs/keyring",
  version: manifest.version,
  maps: MAPS,
});

// What git's hooks start, as one file, and the small one that starts it, and no other: a commit waits for them.
const hook = (name, outfile, define) =>
  build({
    ...NODE,
    entryPoints: [compiled(name)],
    outfile,
    ...CJS,
    define: { ...CJS.define, ...define },
    external: external(packages),
    plugins: [wordlistApartToo],
  });
await hook("bin/hook-main", "dist/bin/hook-main.cjs", { ENVSEAL_VERSION: JSON.stringify(manifest.version) });
const digest = createHash("sha256").update(readFileSync("dist/bin/hook-main.cjs")).digest("hex");
await hook("bin/hook-start", "dist/bin/hook.cjs", { HOOK_MAIN_SHA256: JSON.stringify(digest) });

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

// Small, since a preload reaches every program; the loader's bundle is loaded where an app is.
await build({
  ...NODE,
  entryPoints: [compiled("preload")],
  outfile: "dist/config.cjs",
  ...CJS,
  external: ["./index.cjs"],
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

writeEntries(COMPILED, "dist");
writeFileSync("dist/schema.json", JSON.stringify(require("../schema/envseal.schema.json")));
rmSync(COMPILED, { recursive: true });
if (!MAPS) for (const name of readdirSync("dist", { recursive: true })) if (name.endsWith(".map")) rmSync(`dist/${name}`);
