import { describe, expect, it } from "vitest";
import { sealedProject } from "../support/sandbox.ts";

const VAULT =
  "API_KEY=sk_live_0123456789\nBASH_ENV=./lint.sh\nENV=production\nGIT_DIR=/elsewhere\nGIT_TOKEN=tok_4eC39HqL\nNODE_OPTIONS=--no-warnings\n";
const STEERING = ["BASH_ENV", "GIT_DIR", "NODE_OPTIONS"];

describe("names of a vault's that decide what runs", () => {
  it.each(["shell", "github"])("are left out of what a %s goes on with, and named; none of an app's is", (format) => {
    const project = sealedProject({ ".env": VAULT });
    const { stdout, stderr } = project.ok(["export", "--format", format]);
    expect([...stdout.matchAll(/^(?:export )?(\w+)(?==|<<)/gm)].map(([, name]) => name)).toEqual(["API_KEY", "ENV", "GIT_TOKEN"]);
    expect(stderr).toContain(`left out ${STEERING.join(", ")}: they decide what code runs`);
    expect(stderr).not.toMatch(/lint\.sh|elsewhere|API_KEY|TOKEN/);
  });

  it("are refused where the manifest requires one", () => {
    const project = sealedProject({ ".env": VAULT });
    project.ok(["require", "GIT_DIR", "-q"]);
    for (const format of ["shell", "github"])
      expect(project.fails(["export", "--format", format])).toMatchObject({
        error: "BAD_NAME",
        stdout: format === "shell" ? "false\n" : "",
        stderr: expect.stringContaining("GIT_DIR, which is required"),
      });
  });

  it.each(["dotenv", "json", "docker", "compose", "systemd", "k8s"])(
    "are named, and kept, in %s, which a program of its own reads",
    (format) => {
      const project = sealedProject({ ".env": VAULT });
      const { stdout, stderr } = project.ok(["export", "--format", format]);
      for (const name of STEERING) expect(stdout).toContain(name);
      expect(stderr).toContain(`among the values: ${STEERING.join(", ")}. What is started`);
      const plain = sealedProject({ ".env": "API_KEY=sk_live_0123456789\nENV=production\n" });
      expect(plain.ok(["export", "--format", format]).stderr).toBe("");
    },
  );

  it("are named by run and by the loader where they are set, and not where they were set before", () => {
    const project = sealedProject({ ".env": VAULT });
    project.install();
    const told = expect.stringContaining("among the values: GIT_DIR, NODE_OPTIONS. What is started");
    const env = { BASH_ENV: "/dev/null" };
    const print = "console.log(process.env.GIT_DIR, process.env.BASH_ENV)";
    const expected = { code: 0, stdout: "/elsewhere /dev/null\n", stderr: told };
    expect(project.envseal(["run", "--", process.execPath, "-e", print], { env })).toMatchObject(expected);
    expect(project.node(["-r", "envseal/config", "-e", print], { env })).toMatchObject(expected);
    // What started with them has been told of already.
    const again = `require("node:child_process").spawnSync(process.execPath, ["-r", "envseal/config", "-e", ""], { stdio: "inherit" })`;
    const { stderr } = project.node(["-r", "envseal/config", "-e", again]);
    expect(stderr.match(/among the values/g)).toHaveLength(1);
  });
});
