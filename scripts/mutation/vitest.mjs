// What tests import as "vitest" in a mutation run: its own parts, put together by quick-runner.mjs.
export const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } = globalThis[Symbol.for("envseal mutation")];
