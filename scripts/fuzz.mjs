// Fuzzes every parser, with both implementations of the cryptography side by side (docs/explanation/decisions/fuzzing.md).
//   node scripts/fuzz.mjs [--count 1000000] [--seed N] [--every 10] [NAME…]
//   node scripts/fuzz.mjs --list   names the targets
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { values, positionals } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    seed: { type: "string", default: "20261121" },
    every: { type: "string", default: "10" },
    list: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const options = { count: Number(values.count), seed: Number(values.seed), every: Number(values.every) };
const root = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "envseal-fuzz-"));
process.env.ENVSEAL_FUZZ_FOLDER = folder;
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");

async function engine(name) {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(root, "test/fuzz/engine.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    alias: { "#crypto": join(root, `src/crypto/${name}.ts`) },
    define: { "import.meta.dirname": JSON.stringify(join(root, "test/support")) },
  });
  return import(pathToFileURL(outfile).href);
}

try {
  const [{ targets, fuzz }, portable] = [await engine("node"), await engine("portable")];
  const unknown = positionals.find((name) => !targets.some((target) => target.name === name));
  if (unknown !== undefined) throw new Error(`no target is called ${unknown}`);
  for (const [index, target] of targets.entries()) {
    if (values.list) process.stdout.write(`${target.name}\n`);
    if (values.list || (positionals.length > 0 && !positionals.includes(target.name))) continue;
    const started = process.cpuUsage();
    const report = fuzz(target, portable.targets[index], options);
    const { user, system } = process.cpuUsage(started);
    process.stdout.write(`${JSON.stringify({ ...report, cpu: Math.round((user + system) / 1e4) / 100 })}\n`);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n${error.cause?.stack ?? error.stack}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
