// The parts of a night's run: each has its own result and can be repeated by itself.
import { readdirSync, statSync } from "node:fs";
import { PARTS as MUTATED } from "../mutation/parts.mjs";

/** What each of them has takes so long at full counts that it is a part. */
const BY_ENTRY = ["crash", "property"];
/** What runs inside the test's own process, where coverage can be seen. */
const INSIDE = ["core", "crypto", "custody", "git", "guard", "history", "import", "vectors"];
const NODES = [22, 24, 26];

const tests = (...paths) => [process.execPath, "node_modules/vitest/vitest.mjs", "run", ...paths];
const script = (name, ...args) => [process.execPath, `scripts/${name}.mjs`, ...args];
const isTest = (name) => name.endsWith(".test.ts");
const here = (path) => new URL(`../../test/${path}`, import.meta.url);
const isFolder = (path) => statSync(here(path)).isDirectory();
const hasTests = (folder) => readdirSync(here(folder), { recursive: true }).some(isTest);
const tops = readdirSync(here(""));

function testParts() {
  const folders = tops.filter((name) => isFolder(name) && hasTests(name));
  const whole = folders.filter((name) => !INSIDE.includes(name) && !BY_ENTRY.includes(name));
  const entries = BY_ENTRY.flatMap((folder) => readdirSync(here(folder)).map((name) => `${folder}/${name}`)).filter(
    (path) => isTest(path) || (isFolder(path) && hasTests(path)),
  );
  const top = tops.filter(isTest);
  return [
    ["inside", "what runs in the test's process, with coverage", tests("--coverage", ...INSIDE.map((name) => `test/${name}/`))],
    ...whole.map((name) => [name, `test/${name}`, tests(`test/${name}/`)]),
    ...entries.map((path) => [path.replace(".test.ts", ""), `test/${path}`, tests(`test/${path}`)]),
    ["top", "layers, documents, builds", tests(...top.map((name) => `test/${name}`))],
  ].map(([name, what, command]) => ({ name, what, command, env: { NIGHTLY: "1" }, reads: "tests" }));
}

/** @param {readonly string[]} targets of scripts/fuzz.mjs */
export const parts = (targets) => [
  ...testParts(),
  {
    name: "portable",
    what: "format, primitives, properties and vectors with the portable cryptography",
    command: tests("test/core/", "test/crypto/", "test/property/", "test/vectors/"),
    env: { NIGHTLY: "1", ENVSEAL_TEST_CRYPTO: "portable" },
    reads: "tests",
  },
  ...targets.map((target) => ({
    name: `fuzz ${target}`,
    what: "10^6 executions",
    command: script("fuzz", target),
    env: {},
    reads: "fuzz",
  })),
  ...NODES.map((major) => ({
    name: `node ${major}`,
    what: `every test, sampled, under Node ${major}`,
    command: script("test-nodes", String(major)),
    env: {},
    reads: "tests",
  })),
  ...Object.keys(MUTATED).map((name) => ({
    name: `mutation ${name}`,
    what: "docs/project/mutation.md",
    command: script("mutation", name),
    env: {},
  })),
];
