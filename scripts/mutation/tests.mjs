// The tests that run the code inside their own process: what others see only by way of the built program counts for nothing here.
const CORE = ["core", "guard", "property", "vectors", "crypto"];

/** The folders of tests for a part of the code. */
export function testsOf(part) {
  const areas = process.env.ENVSEAL_MUTATION_TESTS?.split(",") ?? (part === "custody" || part === "guard" ? [part] : CORE);
  return areas.map((area) => `test/${area}`);
}

/** They go last: a mutation run ends at the first test that fails, and what is quick kills nearly all. */
export const SLOW = ["test/core/schema", "test/vectors/", "test/crypto/", "test/property/", "test/custody/passphrase"];

/** The primitives are not mutated, and the round trip loads the built program. */
export const LEFT_OUT = ["test/crypto/suite.test.ts", "test/property/roundtrip.test.ts"];
