import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { QuickFirst } from "./scripts/mutation/order.mjs";

/** Stryker sees what runs inside the test's own process: what tests see only by way of the built program counts for nothing here. */
export default defineConfig({
  resolve: { alias: { "#crypto": fileURLToPath(new URL("./src/crypto/node.ts", import.meta.url)) } },
  test: {
    include: ["core", "property", "guard", "vectors", "crypto", "custody"].map((area) => `test/${area}/**/*.test.ts`),
    // The primitives are not mutated, and the round trip loads the built program.
    exclude: ["test/crypto/suite.test.ts", "test/property/roundtrip.test.ts"],
    env: { ENVSEAL_MUTATION: "1" },
    sequence: { sequencer: QuickFirst },
    isolate: false,
    fileParallelism: false,
    testTimeout: 60_000,
  },
});
