import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLI, sealedProject } from "../../support/sandbox.ts";

const FILES = { ".env": "A=default\nD=1\n", ".env.production": "A=production\nP=1\n", ".env.staging": "A=staging\nS=1\n" };

describe("which vault is meant", () => {
  it("refuses a file of another environment than -e asks for", () => {
    const project = sealedProject(FILES);
    const before = project.read(".env.staging.vault");
    for (const [args, input] of [
      [["get", "A", "-f", ".env.staging.vault"], ""],
      [["set", "A", "-f", ".env.staging"], "x"],
      [["export", "-f", ".env.staging.vault"], ""],
      [["decrypt", ".env.staging", "--stdout"], ""],
      [["decrypt", ".env.staging", "--yes"], ""],
      [["encrypt", ".env.staging"], ""],
      [["run", "-f", ".env.staging.vault", "--", "true"], ""],
    ] as [string[], string][])
      expect(project.fails([args[0] as string, "-e", "production", ...args.slice(1)], { input }), args.join(" ")).toMatchObject({
        error: "USAGE",
        stdout: "",
      });
    for (const args of [
      ["decrypt", ".env.staging", "-f", ".env.production", "--stdout"],
      ["decrypt", ".env.staging", "-f", ".env.production", "--yes"],
      ["export", "--json", "--format", "shell"],
    ])
      expect(project.fails(args), args.join(" ")).toMatchObject({ code: 2, stdout: "" });
    expect(project.ok(["decrypt", ".env.staging", "-f", ".env.staging.vault", "--stdout"]).stdout).toBe(FILES[".env.staging"]);
    expect(project.read(".env.staging.vault")).toBe(before);
    expect(project.ok(["get", "A", "-e", "staging", "-f", ".env.staging.vault"]).stdout).toBe("staging\n");
    expect(project.ok(["get", "A", "-f", ".env.staging.vault"], { env: { ENVSEAL_ENV: "production" } }).stdout).toBe("staging\n");
  });

  it("does not take the vault of a folder above where the one here is listed and missing", () => {
    const project = sealedProject({ ".env": "A=root\n", "apps/web/.env": "A=web\n", "apps/none/readme": "" });
    const inside = (name: string) => ({ cwd: project.path("apps", name) });
    expect(project.ok(["get", "A"], inside("web")).stdout).toBe("web\n");
    expect(project.ok(["get", "A"], inside("none")).stdout).toBe("root\n");
    rmSync(project.path("apps/web/.env.vault"));
    for (const args of [["get", "A"], ["run", "--", "printenv", "A"], ["export"]])
      expect(project.fails(args, inside("web")), args.join(" ")).toMatchObject({ code: 4, error: "NO_VAULT", stdout: "" });
  });

  it("is one environment for a run and all that it starts", () => {
    const project = sealedProject(FILES);
    project.install();
    const print = "console.log(Object.keys(process.env).filter((name) => /^[ADPS]$/.test(name)).sort().join() + process.env.A)";
    const app = [process.execPath, "-r", "envseal/config", "-e", print];
    expect(project.ok(["run", "-e", "staging", "--", ...app]).stdout).toBe("A,Sstaging\n");
    expect(project.ok(["run", "-e", "staging", "--", ...app], { env: { ENVSEAL_ENV: "production" } }).stdout).toBe("A,Sstaging\n");
    const nested = [process.execPath, CLI, "run", "--", process.execPath, "-e", print];
    expect(project.ok(["run", "-e", "staging", "--", ...nested]).stdout).toBe("A,Sstaging\n");
    expect(project.ok(["run", "-e", "staging", "--", process.execPath, CLI, "get", "A"]).stdout).toBe("staging\n");
    const other = [process.execPath, CLI, "run", "-e", "production"];
    const refused = project.fails(["run", "-e", "staging", "--", ...other, "--", process.execPath, "-e", print]);
    expect(refused).toMatchObject({ code: 2, error: "AMBIGUOUS_ENVIRONMENT", stdout: "" });
    expect(refused.stderr).toContain(
      `values of staging are loaded already (ENVSEAL_LOADED), and would win over those of production in ${project.folder}: A [`,
    );
    const code = (options: string) => `require("envseal").config(${options}); ${print}`;
    const apps = (options: string) => project.envseal(["run", "-e", "staging", "--", process.execPath, "-e", code(options)]);
    expect(apps('{ environment: "production" }').stderr).toContain("AMBIGUOUS_ENVIRONMENT");
    expect(apps('{ environment: "production", override: true }').stdout).toBe("A,P,Sproduction\n");
    expect(project.ok(["get", "A"], { env: { ENVSEAL_LOADED: "elsewhere:AAAAAAAAAAAAAAAA" } }).stdout).toBe("default\n");
  });
});
