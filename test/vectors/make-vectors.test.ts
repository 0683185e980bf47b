import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { MUTATION } from "../support/arbitraries.ts";

describe.skipIf(MUTATION)("scripts/make-vectors.mjs", () => {
  it.each([
    ["node", []],
    ["portable", ["--conditions=envseal-portable"]],
  ])("makes the same bytes again, %s", (_, options) => {
    const output = execFileSync(process.execPath, [...options, "scripts/make-vectors.mjs", "--check"], { encoding: "utf8" });
    expect(output.trim().split("\n")).toHaveLength(8);
    expect(output).not.toMatch(/differs/);
  });
});
