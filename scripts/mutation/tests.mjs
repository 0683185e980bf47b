// The tests that run the code inside their own process: what others see only by way of the built program counts for nothing here.
const CORE = ["core", "guard", "property", "vectors", "crypto"];

/** The folders of tests for a part of the code. */
export function testsOf(part) {
  const areas = process.env.ENVSEAL_MUTATION_TESTS?.split(",") ?? (part === "custody" || part === "guard" ? [part] : CORE);
  return areas.map((area) => `test/${area}`);
}

/** They go last: a mutation run ends at the first test that fails, and what is quick kills nearly all. */
export const SLOW = ["test/core/manifest/schema", "test/vectors/", "test/crypto/", "test/property/", "test/custody/passphrase"];

/** It loads the built program. What lies in a folder below is left out too: test/crypto/suite, as the primitives are not mutated. */
export const LEFT_OUT = ["test/property/roundtrip.test.ts"];
