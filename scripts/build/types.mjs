// The declarations of the entries, for `import` and for `require`, and those of the compiler's that they need.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ENTRIES = {
  index: {
    values: ["config", "EnvsealError", "load", "vaultFiles"],
    types: ["ErrorCode", "ConfigOptions", "ConfigResult", "EnvsealError", "LoadOptions", "VaultFile", "VaultName"],
  },
  next: { values: ["register", "withEnvseal"], types: [] },
  vite: { values: ["envseal"], types: ["EnvsealPlugin"] },
};

/** @param {string} from the compiler's output @param {string} to */
export function writeEntries(from, to) {
  for (const file of reached(from, [...Object.keys(ENTRIES), "edge"])) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    copyFileSync(join(from, file), join(to, file));
  }
  for (const [entry, { values, types }] of Object.entries(ENTRIES)) {
    // By require: an import of a CommonJS file is searched for its exports first, which costs more than loading it.
    writeFileSync(
      join(to, `${entry}.mjs`),
      `import { createRequire } from "node:module";\nexport const { ${values.join(", ")} } = createRequire(import.meta.url)("./${entry}.cjs");\n`,
    );
    writeFileSync(join(to, `${entry}.d.mts`), `export * from "./${entry}.js";\n`);
    const esm = `"./${entry}.js", { with: { "resolution-mode": "import" } }`;
    const declared = [
      ...values.map((name) => `export declare const ${name}: typeof import(${esm}).${name};`),
      ...types.map((name) => `export type ${name} = import(${esm}).${name};`),
    ];
    writeFileSync(join(to, `${entry}.d.cts`), `${declared.join("\n")}\n`);
  }
  writeFileSync(join(to, "config.d.cts"), "export {};\n");
}

/** The declaration files that these entries refer to, and what those do. */
function reached(folder, entries) {
  const files = new Set(entries.map((entry) => `${entry}.d.ts`));
  for (const file of files) {
    for (const [, path] of readFileSync(join(folder, file), "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g))
      files.add(relative(folder, join(folder, dirname(file), path)).replace(/(\.d)?\.[jt]s$/, ".d.ts"));
  }
  return files;
}
