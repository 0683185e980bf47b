import { createHash } from "node:crypto";
import { symlinkSync, unlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dotenvx, sopsCase } from "../support/peers.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";

const SECRET = createHash("sha256").update("not plaintext").digest("hex");
const FILES = { ".env": `API_KEY=${SECRET}\n` };

/** What every door says of the last commit, and of all history. */
function doors(project: Project): Record<string, string[]> {
  const lines = (args: string[]) => {
    const { stdout, stderr } = project.envseal([...args, "-q"]);
    return `${stdout}\n${stderr}`.split("\n").filter((line) => /^(finding|warning) /.test(line));
  };
  return {
    all: lines(["check", "--all"]),
    range: lines(["check", "--range", "HEAD^..HEAD"]),
    scan: lines(["scan"]),
    history: lines(["scan", "--history"]),
  };
}

function started(): Project {
  const project = sealedProject(FILES);
  project.ok(["hooks", "install", "-q"]);
  project.write("apps/web/readme.md", "");
  project.commitAll("start");
  return project;
}

describe("a tracked symbolic link with the name of an env file", () => {
  it("is a link at every door, and no plaintext", () => {
    const project = started();
    symlinkSync("../../.env", project.path("apps/web/.env"));
    project.git("add", "-f", "apps/web/.env");
    expect(project.execute(["git", "commit", "-qm", "link"])).toMatchObject({ code: 0, stderr: "" });
    expect(doors(project)).toEqual({ all: [], range: [], scan: [], history: [] });
  });

  it("is looked at where its target is a secret, and was plaintext where it was a file before", () => {
    const project = started();
    symlinkSync(SECRET, project.path("apps/web/.env"));
    project.git("add", "-f", "apps/web/.env");
    const stopped = project.execute(["git", "commit", "-qm", "link"]);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain("apps/web/.env line 1 holds the value of API_KEY");
    unlinkSync(project.path("apps/web/.env"));
    symlinkSync("PORT=3000\nLEVEL=debug\n", project.path("apps/web/.env"));
    project.git("add", "-f", "apps/web/.env");
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", "variables");
    const told = expect.stringMatching(/^finding apps\/web\/\.env is a symbolic link, and its target is no path/);
    // The link that was added first is an object yet.
    const object = expect.stringContaining("holds the value of API_KEY");
    expect(doors(project)).toEqual({ all: [told], range: [told], scan: [told], history: [object, told] });
    unlinkSync(project.path("apps/web/.env"));
    project.write("apps/web/.env", "PORT=3000\n");
    project.git("add", "-f", "apps/web/.env");
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", "a file");
    project.git("rm", "-q", "--cached", "apps/web/.env");
    unlinkSync(project.path("apps/web/.env"));
    symlinkSync("../../.env", project.path("apps/web/.env"));
    project.git("add", "-f", "apps/web/.env");
    project.git("commit", "-qm", "a link");
    const { all, history } = doors(project);
    expect(all).toEqual([]);
    expect(history).toEqual([object, expect.stringMatching(/^finding apps\/web\/\.env (was recorded in clear|is a symbolic link)/)]);
  });
});

describe("a submodule with the name of an env file", () => {
  it("has no content, and passes at every door", () => {
    const project = started();
    project.write("compose.yml", "services: { app: { image: x, env_file: [settings] } }\n");
    project.git("add", "compose.yml");
    for (const path of ["apps/.env", "apps/web/.env.production", "settings"])
      project.git("update-index", "--add", "--cacheinfo", `160000,${"5e".repeat(20)},${path}`);
    expect(project.execute(["git", "commit", "-qm", "submodules"])).toMatchObject({ code: 0, stderr: "" });
    expect(doors(project)).toEqual({ all: [], range: [], scan: [], history: [] });
    project.git("init", "-q", "--bare", "../server.git");
    expect(project.execute(["git", "push", "-q", "../server.git", "HEAD:main"])).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("another tool's ciphertext", () => {
  it.each([
    ["dotenvx", dotenvx("2.38.2").file],
    ["SOPS", sopsCase().file],
    ["git-crypt", Buffer.concat([Buffer.from("\0GITCRYPT\0", "latin1"), createHash("sha512").update("x").digest()])],
  ])("of %s is named at every door, in history too, and stops nothing", (tool, content) => {
    const project = started();
    project.write("apps/web/.env", content);
    project.write("apps/web/.env.staging.enc", content);
    project.git("add", "-f", "apps/web/.env", "apps/web/.env.staging.enc");
    const made = project.execute(["git", "commit", "-qm", "peer"]);
    expect(made.code).toBe(0);
    expect(made.stderr).toContain(`apps/web/.env is encrypted by ${tool}`);
    for (const found of Object.values(doors(project)))
      expect(found).toEqual(
        ["apps/web/.env", "apps/web/.env.staging.enc"].map((path) =>
          expect.stringContaining(`warning ${path} is encrypted by ${tool}, and not looked into`),
        ),
      );
    for (const path of ["apps/web/.env", "apps/web/.env.staging.enc"])
      project.ok(["allow", "peer-file", "--path", path, "--reason", "moving", "-q"]);
    for (const found of Object.values(doors(project))) expect(found).toEqual([]);
  });

  it("is plaintext in history where one version was", () => {
    const project = started();
    project.write("apps/web/.env", "PORT=3000\n");
    project.git("add", "-f", "apps/web/.env");
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", "plain");
    project.write("apps/web/.env", dotenvx("2.38.2").file);
    project.git("add", "-f", "apps/web/.env");
    expect(project.execute(["git", "commit", "-qm", "sealed"]).code).toBe(0);
    const { all, range, history } = doors(project);
    expect([...(all as string[]), ...(range as string[])].every((line) => line.includes("is encrypted by dotenvx"))).toBe(true);
    expect(history).toEqual([expect.stringContaining("finding apps/web/.env was recorded in clear in an earlier commit")]);
  });

  it("is plaintext where it only begins like it, and a value in it is found", () => {
    const project = started();
    project.write("apps/web/.env", `${dotenvx("2.38.2").file}\nDB_PASSWORD=hunter2\n`);
    project.write("apps/web/.env.staging.enc", `# ${SECRET}\n${dotenvx("2.38.2").file}`);
    project.git("add", "-f", "apps/web/.env", "apps/web/.env.staging.enc");
    const stopped = project.execute(["git", "commit", "-qm", "peer"]);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain("envseal: apps/web/.env holds environment variables in clear");
    expect(stopped.stderr).toContain("apps/web/.env.staging.enc line 1 holds the value of API_KEY");
  });
});

it("names that Windows or macOS take for an env file's are stopped, with and without node", () => {
  const project = started();
  for (const name of [".env ", ".env-prod", ".e\u200bnv.production", "ENV~1", ".env::$DATA"]) {
    project.write(name, "PORT=3000\n");
    project.git("-c", "core.protectNTFS=false", "add", "-f", `./${name}`);
    const stopped = project.execute(["git", "commit", "-qm", "x"]);
    expect(stopped.code, name).toBe(1);
    expect(stopped.stderr).toContain("holds environment variables in clear");
    const blind = project.execute(["git", "commit", "-qm", "x"], {
      env: { ENVSEAL_NODE: "/nowhere", PATH: "/usr/bin:/bin", NODE: undefined },
    });
    expect(blind.code, name).toBe(1);
    project.git("rm", "-q", "--cached", `./${name}`);
  }
});
