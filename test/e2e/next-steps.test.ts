import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type Project, sandbox, sealedProject } from "../support/sandbox.ts";

const API = "sk_live_api_7Qm2xLw8Zr0TmB";
const WEB = "sk_live_web_4f9aQ2xLw8Zr0T";
const PRODUCTION = "sk_live_prod_Vn3kQz8sLw2pH";

/** Three vaults with one name: two packages and an environment of one of them. */
function workspace(): Project {
  const project = sealedProject({
    ".env.production": `API_KEY=${PRODUCTION}\n`,
    "packages/api/.env": `API_KEY=${API}\n`,
    "packages/web/.env": `API_KEY=${WEB}\n`,
  });
  project.commitAll();
  return project;
}

function pasted(project: Project, command: string, folder: string): void {
  execFileSync("sh", ["-c", command], { cwd: project.path(folder), env: project.sandbox.env, stdio: "pipe" });
}

describe("a next step can be pasted where it was printed", () => {
  it("init's commit, from a folder of the project", () => {
    const project = workspace();
    const { stderr } = project.ok(["init", "--yes", "--ci", "github"], { cwd: project.path("packages/web") });
    const [command = ""] = /git add .*$/m.exec(stderr) ?? [];
    pasted(project, command, "packages/web");
    expect(project.git("show", "--format=", "--name-only").trim()).toBe(".github/workflows/envseal.yml");
  });

  it("init's deploy key, which opens one environment of several", () => {
    const project = workspace();
    const [several, one] = [project, sandbox().project({ ".env": "API_KEY=x\n" })].map(
      (each) =>
        each.ok(["init", "--yes", "--no-recovery", "--ci", "github"].filter((flag) => each !== project || flag !== "--no-recovery")).stderr,
    );
    expect(several).toMatch(/^ {2}envseal run -- COMMAND +start[\s\S]*^ {2}envseal deploy-key create ci -e NAME +a key/m);
    expect(one).toMatch(/^ {2}envseal run -- COMMAND +start[\s\S]*^ {2}envseal deploy-key create ci +a key/m);
  });

  it.each([
    [API, "envseal set API_KEY -f packages/api/.env.vault"],
    [WEB, "envseal set API_KEY -f packages/web/.env.vault"],
    [PRODUCTION, "envseal set API_KEY -e production"],
  ])("what a leak is mended with sets the vault that holds the value, and no other of that name: %s", (value, command) => {
    const project = workspace();
    project.write("a.js", `"${value}"\n`);
    project.git("add", "a.js");
    expect(project.fails(["check", "--staged"]).stdout).toMatch(new RegExp(`then ${command}$`, "m"));
    const before = project.git("diff", "--name-only");
    project.ok([...command.split(" ").slice(1)], { input: "another-value-of-it" });
    expect([before, project.git("diff", "--name-only").trim()]).toEqual([
      "",
      /\((\S+\.vault)/.exec(project.fails(["check", "--staged"]).stdout)?.[1],
    ]);
  });

  it("exposure's list says which file, where a name may stand in several", () => {
    const project = workspace();
    project.ok(["deploy-key", "create", "server", "-e", "default"]);
    project.ok(["deploy-key", "create", "shop", "-e", "production"]);
    expect(project.ok(["exposure", "--recipient", "server", "-e", "default"]).stdout).toContain("then: envseal set NAME -f FILE;");
    expect(project.ok(["exposure", "--recipient", "shop", "-e", "production"]).stdout).toContain("then: envseal set NAME -e production;");
  });

  it("decrypt and sync name each plaintext with its folder", () => {
    const project = workspace();
    for (const path of ["packages/api/.env", "packages/web/.env"]) project.git("clean", "-fdxq", path);
    expect(project.ok(["decrypt"]).stderr.split("\n")).toEqual([
      ".env.production is up to date",
      "wrote packages/api/.env from packages/api/.env.vault",
      "wrote packages/web/.env from packages/web/.env.vault",
      "",
    ]);
    project.write("packages/web/.env", `API_KEY=${WEB}-new\n`);
    expect(project.ok(["sync"]).stderr).toContain("sealed packages/web/.env into packages/web/.env.vault (~API_KEY)");
  });
});

describe("a deploy key that is newer than the commit", () => {
  it("stops the check, and the fix names that first", () => {
    const project = workspace();
    const key = project.ok(["deploy-key", "create", "ci", "-e", "production"]).stdout.trim();
    project.git("checkout", "-q", "envseal.json");
    const { stdout } = project.fails(["check", "--all"], { env: { ENVSEAL_KEY: key, ...project.sandbox.otherHome("ci") } });
    expect(stdout).toContain(
      "envseal.json: the key at hand opened production before, or was made for it, and has no access to it here [forged-access]",
    );
    expect(stdout).toContain("fix: if it was made after this commit, commit or merge the envseal.json that has it;");
  });
});
