// tsc for everything, then two bundles of its output: the loader as one CommonJS file (15 ESM files cost a quarter of the
// boot budget), and the CLI as one file and a chunk for each command (60 ESM files cost half of what a command may).
import { execFileSync } from "node:child_process";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const manifest = require("../package.json");
/** Names stay, so that a stack still tells something; comments and white space are in the sources. */
const COMPACT = { minifyWhitespace: true, minifySyntax: true, legalComments: "none" };
rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, [require.resolve("typescript/bin/tsc"), "-p", "."], { stdio: "inherit" });

await build({
  entryPoints: ["dist/index.js"],
  outfile: "dist/index.cjs",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  conditions: ["node"],
  legalComments: "none",
});

await build({
  entryPoints: ["dist/cli.js"],
  outdir: "dist/bin",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["node"],
  // The estimator of passphrases is bundled, in a chunk of its own: as packages its dictionaries would weigh 4 MB.
  external: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).flatMap((name) => [name, `${name}/*`]),
  // Its node build is CommonJS, which a bundle of ES modules cannot hold.
  alias: { yaml: require.resolve("yaml").replace(/dist[\\/]index\.js$/, "browser/dist/index.js") },
  define: { ENVSEAL_VERSION: JSON.stringify(manifest.version) },
  chunkNames: "[name]-[hash]",
  ...COMPACT,
});

// What git's hooks start, as one file, and the small one that starts it: a commit waits for them.
for (const [name, outfile] of [
  ["hook-main", "dist/bin/hook-main.cjs"],
  ["hook-start", "dist/bin/hook.cjs"],
])
  await build({
    entryPoints: [`dist/${name}.js`],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    conditions: ["node"],
    external: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
      .filter((name) => name !== "dotenv")
      .flatMap((name) => [name, `${name}/*`]),
    ...COMPACT,
  });

// The framework entries use the loader's bundle, so that there is one of it in a process.
await build({
  entryPoints: ["dist/next.js", "dist/vite.js"],
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  conditions: ["node"],
  plugins: [
    {
      name: "loader",
      setup: ({ onResolve }) => onResolve({ filter: /^\.\/index\.js$/ }, () => ({ path: "./index.cjs", external: true })),
    },
  ],
  legalComments: "none",
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
// By require: an import of a CommonJS file is searched for its exports first, which costs more than loading it.
const ENTRIES = {
  index: {
    values: ["config", "EnvsealError", "load", "vaultFiles"],
    types: ["ErrorCode", "ConfigOptions", "ConfigResult", "EnvsealError", "LoadOptions", "VaultFile", "VaultName"],
  },
  next: { values: ["register", "withEnvseal"], types: [] },
  vite: { values: ["envseal"], types: ["EnvsealPlugin"] },
};
for (const [entry, { values, types }] of Object.entries(ENTRIES)) {
  writeFileSync(
    `dist/${entry}.mjs`,
    `import { createRequire } from "node:module";\nexport const { ${values.join(", ")} } = createRequire(import.meta.url)("./${entry}.cjs");\n`,
  );
  writeFileSync(`dist/${entry}.d.mts`, `export * from "./${entry}.js";\n`);
  const esm = `"./${entry}.js", { with: { "resolution-mode": "import" } }`;
  const declared = [
    ...values.map((name) => `export declare const ${name}: typeof import(${esm}).${name};`),
    ...types.map((name) => `export type ${name} = import(${esm}).${name};`),
  ];
  writeFileSync(`dist/${entry}.d.cts`, `${declared.join("\n")}\n`);
}
for (const entry of ["next", "vite"]) rmSync(`dist/${entry}.js`);
writeFileSync("dist/config.d.cts", "export {};\n");
chmodSync("dist/bin/cli.js", 0o755);
