// Writes docs/project/security-tests.md from the table of attacks, where the last run of the tests (coverage/results.json) has carried
// out every one of them, the tools of others included. Usage: npx vitest run test/attack test/e2e test/guard, then this.
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const { outputFiles } = await build({
  entryPoints: [join(root, "test/attack/table/text.ts")],
  bundle: true,
  format: "esm",
  platform: "node",
  write: false,
});
const { SECTIONS, rowsOf, securityTests, testsOf } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
);

const { testResults } = JSON.parse(readFileSync(join(root, "coverage/results.json"), "utf8"));
const results = new Map(
  testResults.map(({ name, assertionResults }) => [relative(join(root, "test"), name).split(sep).join("/"), assertionResults]),
);

/** vitest quotes what a row puts into a title, and cuts it where it is long. */
const bare = (title) => title.replace(/\\?['"]/g, "");
const fits = (title, wanted) => {
  const [start, end = ""] = wanted.split("%s");
  if (wanted.includes("%s")) return title.startsWith(start) && title.endsWith(end);
  const cut = title.indexOf("…");
  return title.startsWith(`${wanted}: `) || title === `keeps ${wanted}` || (cut > 20 && wanted.startsWith(title.slice(0, cut)));
};

/** How every test of this title ended; a row of a table-driven test may be named by its own words. */
function statesOf(file, title) {
  const all = results.get(file) ?? [];
  const exact = all.filter((test) => bare(test.title) === bare(title));
  const found = exact.length > 0 ? exact : all.filter((test) => fits(bare(test.title), bare(title)));
  return found.map(({ status }) => status);
}

const wrong = rowsOf(SECTIONS).flatMap((row) =>
  testsOf(row).flatMap((test) => {
    const [file, title] = test.split(/#(.*)/s);
    const states = statesOf(file, title);
    if (states.length > 0 && states.every((state) => state === "passed")) return [];
    return [`${row.id}: ${file}: ${title}: ${states.length === 0 ? "no such test in this run" : states.join(", ")}`];
  }),
);
if (wrong.length > 0) {
  console.error(`not written: these were not carried out\n${wrong.join("\n")}`);
  process.exit(1);
}
writeFileSync(join(root, "docs/project/security-tests.md"), securityTests());
console.log(
  `docs/project/security-tests.md: ${rowsOf(SECTIONS).length} attacks, ${new Set(rowsOf(SECTIONS).flatMap(testsOf)).size} tests, all passed`,
);
