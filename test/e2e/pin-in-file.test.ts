import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** A pin says whom this machine trusts: no file of the repository, which anybody may commit, has a word in that. */

const PRINT = "console.log(process.env.API_KEY)";
const FRESH = (project: Project) => ({ ...project.sandbox.otherHome("fresh"), CI: "1" });

/** A project with its pin in a file, and a machine that has a key of it alone. */
function withPin(file: string) {
  const project = sealedProject();
  project.install();
  const pin = project.ok(["pin"]).stdout.trim();
  const key = project.ok(["deploy-key", "create", "server", "-q"]).stdout.trim();
  project.write(file, `ENVSEAL_PIN=${pin}\n`);
  rmSync(project.path(".env"), { force: true });
  if (file === ".env") project.write(file, `ENVSEAL_PIN=${pin}\n`);
  return { project, pin, env: { ...FRESH(project), ENVSEAL_KEY: key } };
}

describe("ENVSEAL_PIN in a plaintext file of the project", () => {
  it("opens nothing where node read it, wherever in the project the file is", () => {
    for (const file of [".env", ".env.local", ".env.production", "conf/dev"]) {
      const { project, env } = withPin(file);
      const { code, stdout, stderr } = project.node([`--env-file=${file}`, "-r", "envseal/config", "-e", PRINT], { env });
      expect({ code, stdout, stderr }, file).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("[NO_PIN]") });
      expect(stderr).toContain(`${project.path(file)} has the pin in ENVSEAL_PIN too`);
    }
  });

  it("counts for no command either, from any folder below", () => {
    const { project, pin, env } = withPin(".env");
    project.write("apps/web/a.js", "1\n");
    for (const cwd of [project.folder, project.path("apps/web")]) {
      const options = { env: { ...env, ENVSEAL_PIN: pin }, cwd };
      expect(project.fails(["get", "API_KEY", "-f", project.path(".env.vault")], options).error).toBe("NO_PIN");
      expect(project.ok(["pin", "--json"], { env: { ...env, ENVSEAL_KEY: undefined, ENVSEAL_PIN: pin }, cwd }).stdout).toContain(
        '"carried": null',
      );
    }
  });

  it("counts beside a file that has another one, and where the file is outside the project", () => {
    const { project, pin, env } = withPin(".env");
    project.write(".env", `ENVSEAL_PIN=${"A".repeat(22)}\n`);
    const boot = (options: string[], more: object) =>
      project.node([...options, "-r", "envseal/config", "-e", PRINT], { env: { ...env, ...more } });
    const opened = { code: 0, stdout: "sk_live_0123456789\n" };
    expect(boot([], { ENVSEAL_PIN: pin })).toMatchObject(opened);
    rmSync(project.path(".env"));
    project.write("../pin.env", `ENVSEAL_PIN=${pin}\n`);
    expect(boot(["--env-file=../pin.env"], {})).toMatchObject(opened);
    // A wrong one in a file outside says that the file was read.
    project.write("../pin.env", `ENVSEAL_PIN=${"A".repeat(22)}\n`);
    expect(boot(["--env-file=../pin.env"], {}).stderr).toContain("[PIN_MISMATCH]");
  });

  it("counts for no new root: neither does the pin of a key that such a file has", () => {
    const project = sealedProject({ ".env": "A=secret-one\n" });
    project.ok(["hooks", "install", "-q"]);
    const bob = { env: project.teammate("bob") };
    const carol = { env: project.teammate("carol", "--admin") };
    project.commitAll("with bob and carol");
    project.ok(["init", "--new-root", "--yes", "-q"], bob);
    const key = project.ok(["deploy-key", "create", "server", "-q"], bob).stdout.trim();
    const pin = project.ok(["pin"], bob).stdout.trim();
    project.git("add", "-A");
    const commit = (env: object) => project.execute(["git", "commit", "-qm", "a new root"], { env: { ...carol.env, ...env } }).code;
    project.write(".env.local", `ENVSEAL_PIN=${pin}\nENVSEAL_KEY=${key}\n`);
    expect(commit({ ENVSEAL_PIN: pin })).toBe(1);
    expect(commit({ ENVSEAL_KEY: key })).toBe(1);
    rmSync(project.path(".env.local"));
    expect(commit({ ENVSEAL_KEY: key })).toBe(0);
  });
});
