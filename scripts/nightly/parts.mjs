// The parts of a night's run: each has its own result and can be repeated by itself.
import { readdirSync } from "node:fs";
import { PARTS as MUTATED } from "../mutation/parts.mjs";

/** Their files take so long at full counts that each is a part. */
const BY_FILE = ["crash", "property"];
/** What runs inside the test's own process, where coverage can be seen. */
const INSIDE = ["core", "crypto", "custody", "git", "guard", "history", "import", "vectors"];
const NODES = [22, 24, 26];

const tests = (...paths) => [process.execPath, "node_modules/vitest/vitest.mjs", "run", ...paths];
const script = (name, ...args) => [process.execPath, `scripts/${name}.mjs`, ...args];
const isTest = (name) => name.endsWith(".test.ts");
const tops = readdirSync(new URL("../../test", import.meta.url), { withFileTypes: true });
const contents = (folder) => readdirSync(new URL(`../../test/${folder}`, import.meta.url), { recursive: true });
const hasTests = (folder) => contents(folder).some(isTest);

function testParts() {
  const folders = tops.filter((entry) => entry.isDirectory() && hasTests(entry.name)).map(({ name }) => name);
  const whole = folders.filter((name) => !INSIDE.includes(name) && !BY_FILE.includes(name));
  const files = BY_FILE.flatMap((folder) => contents(folder).map((name) => `${folder}/${name}`)).filter(isTest);
  const top = tops.map(({ name }) => name).filter(isTest);
  return [
    ["inside", "what runs in the test's process, with coverage", tests("--coverage", ...INSIDE.map((name) => `test/${name}/`))],
    ...whole.map((name) => [name, `test/${name}`, tests(`test/${name}/`)]),
    ...files.map((name) => [name.replace(".test.ts", ""), `test/${name}`, tests(`test/${name}`)]),
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
    what: "docs/MUTATION.md",
    command: script("mutation", name),
    env: {},
  })),
];
