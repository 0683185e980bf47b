import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { joined, signerFor, type World, world } from "./authority/world.ts";

/** Whoever left puts the older files back on top of the revocation, and both come with one pull. */

const FILES = ["envseal.json", ".env.vault"];
const PUT_BACK = "an older envseal.json was put back";

function start(...left: string[]): World & { bea: ReturnType<World["as"]> } {
  const here = world();
  joined(here, "bea");
  joined(here, "mallory");
  const { project } = here;
  const at = project.git("rev-parse", "HEAD").trim();
  project.ok(left.length === 0 ? ["revoke", "mallory", "--yes", "-q"] : left);
  project.commitAll("what is to stay");
  project.git("checkout", "-q", at, "--", ...FILES);
  project.git("commit", "-qnm", "fix typo");
  return { ...here, bea: here.as("bea") };
}

describe("an older manifest on top of a newer one, pulled at once", () => {
  it.each([["post-merge", "0"], ["post-checkout"]])("is told by %s, and refused from then on", (event, ...args) => {
    const { project, bea } = start();
    const [from, to] = ["HEAD~2", "HEAD"].map((name) => project.git("rev-parse", name).trim()) as [string, string];
    project.git("update-ref", "ORIG_HEAD", from);
    const told = project.ok(["hook", event, ...(event === "post-merge" ? args : [from, to, "1"])], bea);
    expect(told.stderr).toContain(PUT_BACK);
    project.install();
    expect(project.fails(["get", "API_KEY"], bea).error).toBe("OLDER_CHECKOUT");
    expect(project.node(["-r", "envseal/config", "-e", "0"], bea).stderr).toContain("OLDER_CHECKOUT");
  });

  it.each([["status"], ["doctor"], ["check", "--all"]])("is told by %s, and refused from then on", (...args) => {
    const { project, bea } = start();
    const { stdout, code } = project.envseal(args, bea);
    expect(stdout).toContain(PUT_BACK);
    expect(code).toBe(args[0] === "status" ? 0 : 1);
    expect(project.fails(["get", "API_KEY"], bea).error).toBe("OLDER_CHECKOUT");
  });

  it("is told of a rotation's floor, too, where the authority is the same", () => {
    const { project, bea } = start("rotate", "--reason", "compromised", "-q");
    expect(project.envseal(["doctor"], bea).stdout).toContain(PUT_BACK);
  });

  it("is told on a machine that knows nothing of the project, which records nothing", () => {
    const { project, as } = start();
    expect(project.ok(["status"], as("nobody")).stdout).toContain(PUT_BACK);
    expect(project.ok(["pin"], as("nobody")).stderr).toContain("not confirmed");
  });
});

describe("an older manifest on top of a newer one, where no hook and no report was asked first", () => {
  it.each([
    ["get", "API_KEY"],
    ["run", "--", "printenv", "API_KEY"],
    ["set", "API_KEY"],
  ])("is told and refused by %s", (...args) => {
    const { project, bea } = start();
    const { error, stdout, stderr } = project.fails(args, { ...bea, input: "new" });
    expect(error).toBe("OLDER_CHECKOUT");
    expect(stdout).toBe("");
    expect(stderr).toContain(PUT_BACK);
    project.install();
    expect(project.node(["-r", "envseal/config", "-e", "0"], bea).stderr).toContain("OLDER_CHECKOUT");
  });

  it("is told by get on a machine that confirmed nothing, and each time", () => {
    const { project, as, sandbox } = start();
    const key = project.read(`../home/config/envseal/identities/${project.manifest().project}`);
    sandbox.otherHome("ada-elsewhere");
    const options = as("ada-elsewhere");
    project.write(`../ada-elsewhere/config/envseal/identities/${project.manifest().project}`, key);
    project.execute(["chmod", "-R", "go-rwx", join(project.folder, "../ada-elsewhere")], options);
    for (let time = 0; time < 2; time++) expect(project.ok(["get", "API_KEY"], options).stderr).toContain(PUT_BACK);
  });

  it("is told where what came before was looked into already", () => {
    const here = world();
    joined(here, "bea");
    joined(here, "mallory");
    const { project, as } = here;
    const bea = as("bea");
    expect(project.ok(["get", "API_KEY"], bea).stderr).toBe("");
    const at = project.git("rev-parse", "HEAD").trim();
    project.ok(["revoke", "mallory", "--yes", "-q"]);
    project.commitAll("what is to stay");
    project.write("README", "nothing");
    project.commitAll("something else");
    project.git("checkout", "-q", at, "--", ...FILES);
    project.git("commit", "-qnm", "fix typo");
    expect(project.fails(["get", "API_KEY"], bea).error).toBe("OLDER_CHECKOUT");
  });

  it("is told after the newer one was thrown away that a look had found in the work tree", () => {
    const here = start();
    const { project, as } = here;
    const options = as("bea");
    project.git("checkout", "-q", "HEAD^", "--", ...FILES);
    expect(project.ok(["get", "API_KEY"], options).stderr).toBe("");
    project.git("checkout", "-q", "HEAD", "--", ...FILES);
    expect(project.fails(["get", "API_KEY"], options).stderr).toContain(PUT_BACK);
  });
});

describe("a history that is too long to look through", () => {
  it("is said to be by status, doctor and check", () => {
    const { project, as } = world();
    const text = project.read("envseal.json");
    const tree = (content: string) => {
      project.write("envseal.json", content);
      project.git("add", "-A");
      return project.git("write-tree").trim();
    };
    const trees = [tree(`${text} `), tree(text)];
    const stream = Array.from({ length: 4200 }, (_, at) => {
      const mark = at === 0 ? "from refs/heads/main^0\n" : "";
      return `commit refs/heads/main\ncommitter a <a@b.c> ${1800000000 + at} +0000\ndata 1\nx\n${mark}M 040000 ${trees[at % 2]} \n`;
    }).join("\n");
    execFileSync("git", ["fast-import", "--quiet"], { cwd: project.folder, input: stream });
    const bea = as("bea");
    expect(project.ok(["status"], bea).stdout.replace(/\s+/g, " ")).toMatch(/last 256 commits.*envseal doctor looks into 4096/);
    expect(project.envseal(["doctor"]).stdout.replace(/\s+/g, " ")).toContain("last 4096 commits");
    expect(project.envseal(["check", "--all"]).stderr.replace(/\s+/g, " ")).toContain("last 4096 commits");
  });
});

describe("an older manifest that was put back in another folder", () => {
  /** The project is moved, and comes with the files of before the revocation. */
  function moved() {
    const here = world();
    joined(here, "bea");
    joined(here, "mallory");
    const { project } = here;
    const old = FILES.map((file) => [file, project.read(file)] as const);
    project.ok(["revoke", "mallory", "--yes", "-q"]);
    project.commitAll("revoke");
    mkdirSync(join(project.folder, "app"));
    project.git("mv", ...FILES, "app");
    for (const [file, text] of old) project.write(`app/${file}`, text);
    project.git("add", "-A");
    project.git("commit", "-qnm", "move to app");
    return { project, bea: here.as("bea") };
  }

  it.each([["status"], ["doctor"], ["check", "--all"]])("is told by %s, and refused from then on", (...args) => {
    const { project, bea } = moved();
    expect(project.envseal([...args, "--cwd", "app"], bea).stdout).toContain(PUT_BACK);
    expect(project.fails(["get", "API_KEY", "--cwd", "app"], bea).error).toBe("OLDER_CHECKOUT");
  });

  it("is found whatever large files stand in front, and what was not looked at is told", () => {
    const { project, bea } = moved();
    for (let at = 0; at < 9; at++) {
      mkdirSync(join(project.folder, `junk${at}`));
      project.write(`junk${at}/envseal.json`, `${" ".repeat(8 << 20)}${at}\n`);
    }
    project.git("add", "-A");
    project.git("commit", "-qnm", "junk");
    const { stdout } = project.envseal(["status", "--cwd", "app"], bea);
    expect(stdout).toContain(PUT_BACK);
    expect(stdout).toContain("history was not looked at whole");
  });
});

describe("a history in which nothing was taken back", () => {
  const nothingTold = ({ project, as }: World) => {
    for (const options of [{}, as("bea")])
      for (const args of [["status"], ["doctor"], ["check", "--all"]])
        expect(project.envseal(args, options).stdout).not.toContain(PUT_BACK);
  };

  it("is one of roles, rotations, and an environment that was removed and made again", () => {
    const here = world({ ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" });
    joined(here, "bea", "--rotate");
    const { project } = here;
    for (const args of [
      ["rotate", "--all", "--reason", "compromised"],
      ["grant", "bea", "--member", "--yes"],
      ["env", "remove", "production", "--yes"],
      ["env", "add", "production", "--yes"],
    ]) {
      project.ok([...args, "-q"]);
      project.commitAll(args.join(" "));
    }
    nothingTold(here);
  });

  it("is one with a bundle, which is older than its project as soon as anything is decided, and with a project that was moved", () => {
    const here = world();
    joined(here, "bea");
    const { project } = here;
    project.ok(["bundle", "out", "-q"]);
    project.commitAll("bundle");
    project.ok(["grant", "bea", "--rotate", "--yes", "-q"]);
    project.commitAll("a role");
    nothingTold(here);
    mkdirSync(join(project.folder, "app"));
    project.git("mv", ...FILES, "app");
    project.git("commit", "-qnm", "moved");
    expect(project.envseal(["status", "--cwd", "app"]).stdout).not.toContain(PUT_BACK);
  });

  it("is one that has a forged authority, which was taken out again", () => {
    const here = world();
    joined(here, "bea");
    joined(here, "mallory");
    const { project, manifest, put } = here;
    const forged = manifest();
    const last = forged.authority.at(-1) as (typeof forged.authority)[number];
    const { name } = signerFor(here, "mallory");
    const signatures = { [name]: Object.values(last.signatures)[0] as string };
    put({ ...forged, authority: [...forged.authority, { ...last, revision: last.revision + 1, signatures }] });
    project.git("commit", "-qanm", "forged");
    project.git("checkout", "-q", "HEAD^", "--", "envseal.json");
    project.git("commit", "-qnm", "taken out");
    nothingTold(here);
  });
});
