import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { isWhole } from "./test/support/sample.ts";

const portable = process.env.ENVSEAL_TEST_CRYPTO === "portable";

/** Full counts take as long as they take. */
const PATIENCE = isWhole ? 3_600_000 : 60_000;

const APART = ["test/attack/comparison.test.ts", "test/core/authority/verifications.test.ts"];

// Most tests run the built program, which coverage of this process does not see: the threshold is for the layers that others test inside it.
export default defineConfig({
  resolve: {
    alias: { "#crypto": fileURLToPath(new URL(`./src/crypto/${portable ? "portable" : "node"}.ts`, import.meta.url)) },
  },
  test: {
    globalSetup: ["test/support/build.ts"],
    reporters: ["default", ["json", { outputFile: "coverage/results.json" }]],
    // Files share a process, since to start one costs as much as a test; one that replaces a module has its own.
    projects: [
      {
        extends: true,
        test: { name: "shared", include: ["test/**/*.test.ts"], exclude: [...APART, ...configDefaults.exclude], isolate: false },
      },
      { extends: true, test: { name: "apart", include: APART } },
    ],
    // A test mostly waits for the programs it starts, one at a time.
    maxWorkers: availableParallelism() + 2,
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
    coverage: {
      provider: "v8",
      include: ["src/core/**", "src/crypto/**", "src/age/**", "src/guard/**"],
      reporter: ["text-summary"],
      clean: false,
      thresholds: { lines: 75 },
    },
  },
});
