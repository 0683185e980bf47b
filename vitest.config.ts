import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const portable = process.env.ENVSEAL_TEST_CRYPTO === "portable";

// Most tests run the built program, which coverage of this process does not see: the threshold is for the layers that others test inside it.
export default defineConfig({
  resolve: {
    alias: { "#crypto": fileURLToPath(new URL(`./src/crypto/${portable ? "portable" : "node"}.ts`, import.meta.url)) },
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/build.ts"],
    reporters: ["default", ["json", { outputFile: "coverage/results.json" }]],
    // A test mostly waits for the programs it starts, one at a time.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["src/core/**", "src/crypto/**", "src/age/**", "src/guard/**"],
      reporter: ["text-summary"],
      clean: false,
      thresholds: { lines: 75 },
    },
  },
});
