// A test runner for Stryker: vitest's own runner and assertions in Stryker's own process. Stryker's vitest runner starts
// vitest anew for each mutant, which costs twenty times what our tests take.
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { INSTRUMENTER_CONSTANTS } from "@stryker-mutator/api/core";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import { DryRunStatus, determineHitLimitReached, TestStatus, toMutantRunResult } from "@stryker-mutator/api/test-runner";
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import * as vitest from "@vitest/runner";
import { getFullName, getTests } from "@vitest/runner/utils";
import { createServer } from "vite";
import { PARTS } from "./parts.mjs";
import { LEFT_OUT, SLOW, testsOf } from "./tests.mjs";

const CONFIG = {
  setupFiles: [],
  passWithNoTests: true,
  allowOnly: true,
  sequence: { shuffle: false, concurrent: false, seed: 1, hooks: "stack", setupFiles: "list" },
  maxConcurrency: 1,
  testTimeout: 600_000,
  hookTimeout: 600_000,
  retry: 0,
  tags: [],
};

class QuickRunner {
  /** What the changed code and a test runner tell each other. */
  #globals;
  #server;
  #files;

  constructor() {
    globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    this.#globals = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE];
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    process.env.ENVSEAL_MUTATION = "1";
    globalThis[Symbol.for("envseal mutation")] = { ...vitest, expect: makeExpect(), vi: { waitUntil } };
    const root = process.cwd();
    this.#files = testsOf(process.env.ENVSEAL_MUTATION_PART)
      .flatMap((folder) => filesIn(join(root, folder)))
      .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
    this.#server = await createServer({
      root,
      configFile: false,
      logLevel: "silent",
      appType: "custom",
      server: { middlewareMode: true, hmr: false, ws: false, watch: null },
      optimizeDeps: { noDiscovery: true },
      resolve: {
        alias: [
          { find: /^vitest$/, replacement: resolve(import.meta.dirname, "vitest.mjs") },
          { find: "#crypto", replacement: join(root, "src/crypto/node.ts") },
        ],
      },
    });
  }

  async dryRun() {
    this.#globals.activeMutant = undefined;
    // What a module runs as it is loaded is static; what a test file runs outside its tests belongs to all of them.
    for (const path of sourcesOf(process.env.ENVSEAL_MUTATION_PART)) await this.#module.import(path);
    const tests = await this.#run(this.#files, undefined, false);
    const mutantCoverage = this.#globals.mutantCoverage ?? { static: {}, perTest: {} };
    for (const file of this.#files) share(mutantCoverage.perTest, `${file}#`, tests);
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  async mutantRun({ testFilter, activeMutant, mutantActivation, hitLimit, disableBail }) {
    const globals = this.#globals;
    const atOnce = mutantActivation === "static";
    const files = testFilter === undefined ? this.#files : [...new Set(testFilter.map((id) => id.slice(0, id.indexOf("#"))))];
    Object.assign(globals, { hitCount: 0, hitLimit, activeMutant: activeMutant.id });
    if (atOnce) this.#module.clearCache();
    const inOrder = this.#files.filter((file) => files.includes(file));
    const tests = await this.#run(inOrder, testFilter && new Set(testFilter), !disableBail);
    globals.activeMutant = undefined;
    if (atOnce) this.#module.clearCache();
    return toMutantRunResult(determineHitLimitReached(globals.hitCount, hitLimit) ?? { status: DryRunStatus.Complete, tests });
  }

  async dispose() {
    await this.#server?.close();
  }

  get #module() {
    return this.#server.environments.ssr.runner;
  }

  async #run(files, only, bail) {
    const globals = this.#globals;
    const results = [];
    let failed = false;
    for (const file of files) {
      if (bail && failed) break;
      globals.currentTestId = `${file}#`;
      const runner = {
        config: { ...CONFIG, root: process.cwd() },
        pool: "in process",
        importFile: (path) => this.#load(path),
        onBeforeRunTask: (test) => {
          if ((bail && failed) || (only !== undefined && !only.has(idOf(test)))) test.mode = "skip";
        },
        onBeforeTryTask: (test) => {
          globals.currentTestId = idOf(test);
        },
        onAfterRunTask: (test) => {
          globals.currentTestId = `${file}#`;
          failed ||= test.result?.state === "fail";
        },
      };
      const [suite] = await vitest.startTests([file], runner);
      globals.currentTestId = undefined;
      results.push(...getTests(suite).flatMap(resultOf));
      if (suite.result?.state === "fail" && !results.some(({ status }) => status === TestStatus.Failed))
        results.push({ id: `${file}#`, name: file, timeSpentMs: 0, status: TestStatus.Failed, failureMessage: messageOf(suite) });
      failed ||= suite.result?.state === "fail";
    }
    return results;
  }

  /** The test file anew, and what it takes from others: its tests are collected again, and what it prepares is made again. */
  async #load(path) {
    const { evaluatedModules } = this.#module;
    for (const module of [...evaluatedModules.idToModuleMap.values()])
      if (module.file.startsWith(`${process.cwd()}/test/`)) evaluatedModules.invalidateModule(module);
    await this.#module.import(path);
  }
}

function sourcesOf(part) {
  return PARTS[part]
    .flatMap((path) => (path.endsWith("/**/*.ts") ? filesIn(path.slice(0, -8), ".ts") : [path]))
    .map((path) => resolve(path));
}

/** Counts what a file ran outside its tests for each of its tests. */
function share(perTest, file, tests) {
  const outside = perTest[file] ?? {};
  delete perTest[file];
  for (const { id } of tests.filter(({ id }) => id.startsWith(file))) {
    perTest[id] ??= {};
    for (const [mutant, count] of Object.entries(outside)) perTest[id][mutant] = (perTest[id][mutant] ?? 0) + count;
  }
}

function filesIn(folder, ending = ".test.ts") {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  return names.map((name) => join(folder, name)).filter((path) => !LEFT_OUT.some((part) => path.endsWith(part)));
}

function rank(file) {
  return SLOW.findIndex((part) => file.includes(part));
}

function idOf(test) {
  return `${test.file.filepath}#${getFullName(test, " ").slice(test.file.name.length + 1)}`;
}

function messageOf(task) {
  return task.result?.errors?.[0]?.message ?? "failed";
}

function resultOf(test) {
  const { state, duration = 0 } = test.result ?? {};
  if (state !== "pass" && state !== "fail") return [];
  const told = { id: idOf(test), name: getFullName(test, " "), fileName: test.file.filepath, timeSpentMs: duration };
  return [
    state === "pass" ? { ...told, status: TestStatus.Success } : { ...told, status: TestStatus.Failed, failureMessage: messageOf(test) },
  ];
}

function makeExpect() {
  for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
  const expect = (value, message) => chai.expect(value, message).withTest(vitest.getCurrentTest());
  Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
  globalThis[GLOBAL_EXPECT] = expect;
  setState({ assertionCalls: 0 }, expect);
  return expect;
}

async function waitUntil(condition, { timeout }) {
  for (const until = Date.now() + timeout; !condition(); ) {
    if (Date.now() > until) throw new Error("waited too long");
    await new Promise((done) => setTimeout(done, 50));
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "quick", QuickRunner)];
