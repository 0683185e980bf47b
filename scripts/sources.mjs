// Modules of src/ for scripts that need more than what is published: bundled into one file in node_modules/.cache.
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");

/** @param {readonly string[]} modules such as `core/open` @returns what all of them export */
export async function sources(modules) {
  const folder = join(root, "node_modules/.cache/envseal-sources");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${process.pid}.mjs`);
  await build({
    stdin: { contents: modules.map((name) => `export * from "./${name}.ts";`).join("\n"), resolveDir: join(root, "src") },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    external: ["../features/*"],
    alias: { "#crypto": join(root, "src/crypto/node.ts") },
    outfile,
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}
