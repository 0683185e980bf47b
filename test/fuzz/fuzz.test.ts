import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/sandbox.ts";
import type { Report } from "./engine.ts";
import { Broken, CANARY, refusal } from "./target.ts";

/** 10^6 executions each are `node scripts/fuzz.mjs`, which `npm run nightly` calls. */
const FORMAT = ["document", "vault", "manifest", "token", "key string", "age file", "age keys", "backup"];
const IMPORTERS = ["dotenvx", "dotenv-vault", "DOTENV_KEY", "sops", "git-crypt"];
const HOOKS = ["hooks of lefthook", "hooks of pre-commit", "hooks of simple-git-hooks", "hooks of husky, ignore files"];

function run(names: readonly string[], count: number, every: number): Report[] {
  const args = ["scripts/fuzz.mjs", "--count", String(count), "--every", String(every), ...names];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row));
}

describe("whatever is read, it is read in one way or refused by an error of ours, with both cryptographies alike", () => {
  it.each([
    ["the format", FORMAT, 20_000, 100],
    ["the files of other tools", IMPORTERS, 20_000, 200],
    ["the files of a repository", HOOKS, 400, 100],
  ] as const)("%s", { timeout: 600_000 }, (_, names, count, every) => {
    const reports = run(names, count, every);
    expect(reports.map(({ name }) => name)).toEqual(names);
    for (const { name, count: done, corpus, accepted, compared } of reports) {
      expect([done, compared], name).toEqual([count, count / every]);
      // Inputs get past the first check, and not all of them are let through.
      expect(corpus, name).toBeGreaterThan(3);
      expect(accepted, name).toBeGreaterThan(0);
    }
  });
});

describe("a fault is seen", () => {
  const throwing = (error: unknown) => () =>
    refusal(() => {
      throw error;
    });

  it("an error that is not ours", () => expect(throwing(new TypeError("x"))).toThrow(Broken));

  it("an error of ours that quotes a value, or says nothing of what to do", async () => {
    const { EnvsealError } = await import("../../src/errors.ts");
    expect(throwing(new EnvsealError("TAMPERED", `bad: ${CANARY}`, { hint: "x" }))).toThrow(/a value in the text/);
    expect(throwing(new EnvsealError("TAMPERED", "bad"))).toThrow(/without a hint/);
    expect(throwing(new EnvsealError("TAMPERED", "bad", { hint: "x" }))()).toBe("TAMPERED bad");
  });
});
