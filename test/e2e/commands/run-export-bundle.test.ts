import { readdirSync } from "node:fs";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";

describe("run, export, bundle", () => {
  it("run gives the child the values, its arguments, stdin and exit code, and no key", () => {
    const project = sealedProject();
    const key = project.ok(["deploy-key", "create", "ci"]).stdout.trim();
    const script =
      "process.stdin.on('data',d=>process.stdout.write(d));process.stdin.on('end',()=>{console.log(process.env.PORT,process.env.ENVSEAL_KEY,process.argv.slice(2).join('|'));process.exit(42)})";
    project.write("child.cjs", script);
    const result = project.envseal(["run", "--", process.execPath, "child.cjs", "--json", "a b"], {
      env: { ENVSEAL_KEY: key },
      input: "in\n",
    });
    expect(result).toEqual({ code: 42, stdout: "in\n3000 undefined --json|a b\n", stderr: "" });
    expect(project.envseal(["run", "--", "sh", "-c", "kill -TERM $$"]).code).toBe(128);
    expect(project.fails(["run", "--", "no-such-program"])).toMatchObject({ code: 5, error: "SPAWN" });
    expect(project.ok(["run", "--override", "--", "printenv", "PORT"], { env: { PORT: "1" } }).stdout).toBe("3000\n");
    expect(project.ok(["run", "--", "printenv", "PORT"], { env: { PORT: "1" } }).stdout).toBe("1\n");
  });

  it("run gives the child a key that the vault holds, as the loader does, and not the one that opened the vault", () => {
    const project = sealedProject({ ".env": "ENVSEAL_KEY=other-project\nENVSEAL_KEY_FILE=/other\n" });
    project.install();
    const key = project.ok(["deploy-key", "create", "ci"]).stdout.trim();
    const print = "console.log(process.env.ENVSEAL_KEY, process.env.ENVSEAL_KEY_FILE)";
    const env = { ENVSEAL_KEY: key };
    expect(project.ok(["run", "--", process.execPath, "-e", print], { env }).stdout).toBe("other-project /other\n");
    expect(project.node(["-r", "envseal/config", "-e", print], { env }).stdout).toBe("other-project /other\n");
  });

  it("exports in every format, exactly", () => {
    const values = { A: "x y", B: "it's $HOME", C: "a\nb" };
    const project = sealedProject({ ".env": 'A=\'x y\'\nB="it\'s $HOME"\nC="a\\nb"\n' });
    const print = (format: string) => project.ok(["export", "--format", format]).stdout;
    expect(parse(print("dotenv"))).toEqual(values);
    expect(JSON.parse(print("json"))).toEqual(values);
    const shell = project.node(
      [
        "-e",
        "process.stdout.write(require('child_process').execFileSync('sh', ['-c', require('fs').readFileSync(0, 'utf8') + '\\nprintf %s \"$A|$B|$C\"']))",
      ],
      { input: print("shell") },
    );
    expect(shell.stdout).toBe("x y|it's $HOME|a\nb");
    expect(project.fails(["export", "--format", "docker"])).toMatchObject({ error: "BAD_VALUE", stderr: expect.stringContaining("C") });
    const delimiter = /^A<<(\S+)\n/.exec(print("github"))?.[1] as string;
    expect(print("github").replaceAll(delimiter, "E")).not.toBe("");
    const github = print("github");
    const mark = /^A<<(\S+)\n/.exec(github)?.[1] as string;
    expect(github).toBe(
      Object.entries(values)
        .map(([name, value]) => `${name}<<${mark}\n${value}\n${mark}\n`)
        .join(""),
    );
    expect(print("k8s")).toContain(`  "B": ${Buffer.from(values.B).toString("base64")}\n`);
  });

  it("bundles over no vault", () => {
    const project = sealedProject({ ".env": "A=1\n", "apps/web/.env": "A=2\n" });
    const before = project.read("apps/web/.env.vault");
    expect(project.fails(["bundle", "apps/web"])).toMatchObject({ code: 2, error: "USAGE" });
    expect(project.read("apps/web/.env.vault")).toBe(before);
    expect(readdirSync(project.path("apps/web"))).not.toContain("envseal.json");
  });

  it("writes over no plaintext that holds what no vault does", () => {
    const project = sealedProject({ ".env": "# a note\nA=1\n", ".env.staging": "A=2\n" });
    const write = ["export", "--output", ".env"];
    project.ok(write);
    expect(project.read(".env")).toBe("A=1\n");
    project.ok(["set", "A"], { input: "3" });
    project.ok(write);
    expect(project.read(".env"), "an earlier export is no loss").toBe("A=3\n");
    for (const mine of ["A=3\nNEW=unsealed\n", "A=4\n", "# mine\nA=3\n"]) {
      project.write(".env", mine);
      const refused = project.fails(write);
      expect(refused).toMatchObject({ code: 2, error: "DIVERGED", stdout: "" });
      expect(refused.stderr).not.toContain("unsealed");
      expect(project.read(".env")).toBe(mine);
    }
    expect(project.fails([...write, "-e", "staging"]).error, "another vault's").toBe("DIVERGED");
    expect(project.fails(["export", "--output", ".env.vault"]).error, "a vault").toBe("DIVERGED");
    project.ok([...write, "--yes"]);
    expect(project.read(".env")).toBe("A=3\n");
    project.ok([...write, "-e", "staging", "-y"]);
    expect(project.read(".env")).toBe("A=2\n");
  });

  it("takes no - for a file's name", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    expect(project.fails(["export", "--output", "-"]).error).toBe("USAGE");
    expect(readdirSync(project.folder)).not.toContain("-");
  });

  it("bundles one vault for a container, which boots from any folder with nothing else", () => {
    const project = sealedProject({ ".env": "A=1\n", "apps/web/.env.production": "A=2\n" });
    const key = project.ok(["deploy-key", "create", "web", "-e", "production"]).stdout.trim();
    project.ok(["bundle", "out", "-f", "apps/web/.env.production.vault"]);
    expect(readdirSync(project.path("out")).sort()).toEqual([".env.production.vault", "envseal.json"]);
    const manifest = JSON.parse(project.read("out/envseal.json"));
    expect(Object.keys(manifest.environments)).toEqual(["production"]);
    expect(Object.keys(manifest.vaults)).toEqual([".env.production.vault"]);
    const image = project.sandbox.project(
      { ".env.production.vault": project.bytes("out/.env.production.vault"), "envseal.json": project.bytes("out/envseal.json") },
      { git: false, name: "image" },
    );
    image.install();
    const env = { ENVSEAL_KEY: key, HOME: "/nonexistent", XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined };
    expect(image.node(["-r", "envseal/config", "-p", "process.env.A"], { env })).toMatchObject({ stdout: "2\n", stderr: "" });
    expect(project.fails(["bundle", "."]).error).toBe("USAGE");
  });
});
