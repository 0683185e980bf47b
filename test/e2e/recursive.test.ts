import { existsSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** Three packages, one of them with a second environment. */
const monorepo = (): Project =>
  sealedProject({
    "package.json": '{"private":true,"workspaces":["packages/*"]}\n',
    "packages/api/.env": "API_SECRET=api-secret-value\nPORT=3000\n",
    "packages/api/.env.production": "API_SECRET=production-secret\nPORT=80\n",
    "packages/web/.env": "WEB_SECRET=web-secret-value\nPORT=4000\n",
    "packages/jobs/.env": "JOBS_SECRET=jobs-secret-value\n",
  });
const VAULTS = ["packages/api/.env.production.vault", "packages/api/.env.vault", "packages/jobs/.env.vault", "packages/web/.env.vault"];
const inWeb = (project: Project) => ({ cwd: project.path("packages/web") });

describe("-r, from the folder of one package", () => {
  it("lists the names of every vault, by vault, as JSON, and each once", () => {
    const project = monorepo();
    const { stdout } = project.ok(["list", "-r"], inWeb(project));
    for (const vault of VAULTS) expect(stdout).toContain(`${vault} (`);
    expect(stdout).not.toContain("secret-value");
    const listed = JSON.parse(project.ok(["list", "-r", "--json"], inWeb(project)).stdout);
    expect(listed.map(({ vault }: { vault: string }) => vault).sort()).toEqual(VAULTS);
    expect(project.ok(["list", "-rq"], inWeb(project)).stdout.split("\n").sort().join(" ").trim()).toBe(
      "API_SECRET JOBS_SECRET PORT WEB_SECRET",
    );
    expect(JSON.parse(project.ok(["list", "--json"], inWeb(project)).stdout).vault).toBe("packages/web/.env.vault");
  });

  it("takes one environment alone where that is named", () => {
    const project = monorepo();
    const listed = JSON.parse(project.ok(["list", "-r", "-e", "production", "--json"], inWeb(project)).stdout);
    expect(listed.map(({ vault }: { vault: string }) => vault)).toEqual(["packages/api/.env.production.vault"]);
    expect(project.fails(["list", "-r", "-e", "nowhere"]).error).toBe("UNKNOWN_ENVIRONMENT");
  });

  it("seals, opens and compares all of them, before and after a rotation", () => {
    const project = monorepo();
    for (const path of VAULTS) rmSync(project.path(path.replace(/\.vault$/, "")));
    project.ok(["decrypt", "-r"], inWeb(project));
    expect(project.read("packages/jobs/.env")).toBe("JOBS_SECRET=jobs-secret-value\n");
    project.write("packages/jobs/.env", "JOBS_SECRET=another-value\n");
    project.write("packages/api/.env", "API_SECRET=another-value\nPORT=3000\n");
    expect(project.ok(["encrypt", "-r"], inWeb(project)).stderr.match(/^sealed /gm)).toHaveLength(2);
    project.write("packages/api/.env", "API_SECRET=a-third-value\nPORT=3000\n");
    project.ok(["sync", "-r"], inWeb(project));
    expect(project.ok(["get", "API_SECRET", "-f", "packages/api/.env"]).stdout).toBe("a-third-value\n");
    project.ok(["rotate", "--all", "-q"], inWeb(project));
    const { stdout } = project.ok(["list", "-r"], inWeb(project));
    expect([stdout.match(/v2/g)?.length, stdout.includes("v1")]).toEqual([7, false]);
    expect(project.ok(["status", "-r"], inWeb(project)).stdout).toContain("packages/jobs/.env.vault");
    rmSync(project.path(".env"), { force: true });
    project.commitAll("sealed");
    project.ok(["check", "--all"], inWeb(project));
  });

  it("writes the example of every package, and tells what none mentions", () => {
    const project = monorepo();
    project.ok(["example", "-r"], inWeb(project));
    for (const name of ["api", "web", "jobs"]) expect(existsSync(project.path(`packages/${name}/.env.example`))).toBe(true);
    expect(project.read("packages/web/.env.example")).toMatch(/^WEB_SECRET=\nPORT=4000\n$/);
    project.write("packages/web/app.js", "process.env.WEB_SECRET; process.env.PORT\n");
    rmSync(project.path("packages/web/.env.example"));
    project.git("add", "packages/web/app.js");
    const { stdout } = project.ok(["list", "-r", "--unused"], inWeb(project));
    expect(stdout).toMatch(/JOBS_SECRET\s+unused\s+in packages\/jobs\/\.env\.vault/);
    expect(stdout).not.toContain("WEB_SECRET");
  });

  it.each([
    [["encrypt", "-r", "packages/web/.env"]],
    [["decrypt", "-r", "packages/web/.env"]],
    [["sync", "-r", "-f", "packages/web/.env"]],
    [["list", "-r", "-f", "packages/web/.env"]],
    [["example", "-r", "--stdout"]],
    [["decrypt", "-r", "--stdout"]],
  ])("refuses %j: one file is meant, and every one", (args) => {
    const project = monorepo();
    expect(project.fails(args)).toMatchObject({ code: 2, error: "USAGE", stdout: "" });
  });
});
