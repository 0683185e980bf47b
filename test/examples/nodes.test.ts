import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { notHeavy } from "../support/examples.ts";
import { nodeOf } from "../support/nodes.ts";
import { ROOT } from "../support/sandbox.ts";

/** The loader, the edge build and the main job of the CLI: each starts the Node that runs the test. */
const SMOKE = ["test/e2e/loader.test.ts", "test/e2e/edge.test.ts", "test/e2e/main-job.test.ts", "test/vectors", "test/vite.test.ts"];

const skipped = notHeavy();

describe.skipIf(skipped !== null)(skipped ?? "other versions of Node", () => {
  it.each([22, 24, 26])("%i", { timeout: 600_000 }, (major) => {
    const node = nodeOf(major);
    expect(spawnSync(node, ["-p", "process.version"], { encoding: "utf8" }).stdout).toMatch(new RegExp(`^v${major}\\.`));
    const args = ["node_modules/vitest/vitest.mjs", "run", "--reporter=default", ...SMOKE];
    const { status, stdout, stderr } = spawnSync(node, args, { cwd: ROOT, encoding: "utf8", env: { ...process.env, NIGHTLY: undefined } });
    expect(status, stdout + stderr).toBe(0);
  });
});
