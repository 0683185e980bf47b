import { statSync } from "node:fs";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { parseEnvironmentFile, runAction, workflowCommands } from "../../support/runner.ts";
import { sealedProject } from "../../support/sandbox.ts";
import { HOSTILE, head, KEY, project, pull } from "./repository.ts";

/** Every line of a value: what a log must not show. */
const pieces = Object.values(HOSTILE).flatMap((value) =>
  value
    .split(/[\r\n]+/)
    .map((row) => row.trim())
    .filter((row) => row.length > 2),
);

describe("the action's values", () => {
  it("reach the next step exactly, and no line of the log holds one but the masks, which come first", () => {
    const { repo, key } = project();
    const ran = runAction(repo, { key }, { event: pull(head(repo)) });
    expect(ran.stderr).not.toContain("envseal:");
    expect(ran.code).toBe(0);
    expect(ran.env).toEqual(HOSTILE);
    const rows = (ran.stdout + ran.stderr).split(/\r\n|\r|\n/);
    const masks = rows.findIndex((row) => !row.startsWith("::add-mask::"));
    expect(masks).toBeGreaterThan(pieces.length);
    for (const row of rows.slice(masks)) for (const piece of pieces) expect(row).not.toContain(piece);
  });

  it("cannot inject a workflow command, and every telling line of theirs is masked as it would be logged", () => {
    const { repo, key } = project();
    const ran = runAction(repo, { key, check: "false" });
    const commands = workflowCommands(ran.stdout + ran.stderr);
    expect([...new Set(commands.map(({ command }) => command))]).toEqual(["add-mask"]);
    const masked = commands.map(({ data }) => data);
    expect(masked.every((data) => data.trim() !== "")).toBe(true);
    for (const value of Object.values(HOSTILE)) {
      for (const row of [value, ...value.split(/[\r\n]/)])
        if (row.trim().length >= 8 && !/^-----(BEGIN|END)/.test(row)) expect(masked).toContain(row);
    }
  });

  it("are masked where they are secret; a public one would only star out the log", () => {
    const repo = sealedProject({ ".env": `API_KEY=${KEY}\nPORT=3000\n` });
    const key = repo.ok(["deploy-key", "create", "ci"]).stdout.trim();
    expect(repo.read(".env.vault")).toMatch(/^PORT='?3000'?/m);
    const ran = runAction(repo, { key, check: "false" });
    expect(ran.env).toEqual({ API_KEY: KEY, PORT: "3000" });
    expect(workflowCommands(ran.stdout)).toEqual([{ command: "add-mask", data: KEY }]);
  });

  it("go to a file of mode 0600, also where another stood, and not into the environment unless wanted", () => {
    const { repo, key } = project();
    repo.write("out/app.env", "stale");
    const ran = runAction(repo, { key, export: "false", file: "out/app.env", check: "false" });
    expect(ran).toMatchObject({ code: 0, env: {} });
    expect(statSync(repo.path("out/app.env")).mode & 0o777).toBe(0o600);
    expect(parse(repo.bytes("out/app.env"))).toEqual(HOSTILE);
    expect(ran.stdout.split("\n").filter((row) => row !== "" && !row.startsWith("::add-mask::"))).toEqual([]);
  });

  it("are those of the environment that was asked for; a wrong key fails and writes nothing", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const none = runAction(repo, { key: key.slice(0, -4), check: "false" });
    expect(none).toMatchObject({ code: 3, env: {}, stdout: "" });
    expect(runAction(repo, { key, environment: "nope", check: "false" })).toMatchObject({ code: 2, env: {} });
    expect(runAction(repo, { key, environment: "default", check: "false" }).env).toEqual({ API_KEY: KEY });
  });

  it("join what other steps wrote to the environment file, whose last line may be open", () => {
    const { repo } = project({ API_KEY: KEY });
    repo.write("../github-env", "EARLIER=1");
    repo.ok(["export", "--format", "github", "--output", "../github-env"]);
    expect(parseEnvironmentFile(repo.read("../github-env"))).toEqual({ EARLIER: "1", API_KEY: KEY });
  });
});
