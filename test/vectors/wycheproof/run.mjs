// The built package's two implementations against Wycheproof: node test/vectors/wycheproof/run.mjs
import { check } from "./check.mjs";

for (const name of ["node", "portable"]) {
  const { counts, failed } = check(await import(`../../../dist/crypto/${name}.js`));
  process.stdout.write(`${JSON.stringify({ node: process.version, implementation: name, counts, failed })}\n`);
  if (failed.length > 0) process.exitCode = 1;
}
