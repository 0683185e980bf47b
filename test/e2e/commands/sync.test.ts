import { readdirSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sandbox, sealedProject } from "../../support/sandbox.ts";

describe("a file that is not sealed", () => {
  it("is named: one that has no vault, and one that another tool encrypted", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.write("packages/b/.env", "Q=1\n");
    expect(project.ok(["encrypt"], { cwd: project.path("packages/b") }).stderr).toContain(
      "packages/b/.env has no vault and was not sealed",
    );
    expect(project.ok(["encrypt", ".env"]).stderr).not.toContain("packages");
    project.write(".env", `A="encrypted:${Buffer.alloc(100).toString("base64")}"\n`);
    expect(project.ok(["sync"]).stderr).toContain(".env is no plaintext: dotenvx encrypted it");
    expect(project.ok(["status"]).stdout).toContain(".env is no plaintext: dotenvx encrypted it");
  });

  it("is plaintext still, where a variable is called as dotenv-vault calls its own", () => {
    const project = sandbox().project({ ".env": "DOTENV_VAULT_TOKEN=abc\nA=1\n" });
    project.ok(["init", "--yes", "--no-hooks"]);
    expect(project.ok(["list", "-q"]).stdout).toBe("DOTENV_VAULT_TOKEN\nA\n");
  });
});

describe("a vault that is missing here", () => {
  it("is not made anew from a plaintext that lacks what git has", () => {
    const project = sealedProject({ ".env": "A=1\nB=1\n" });
    project.commitAll("first");
    project.ok(["set", "B"], { input: "two" });
    project.commitAll("a colleague's change");
    project.write(".env", "A=1\nB=1\n");
    project.node(["-e", "fs.unlinkSync('.env.vault')"]);
    expect(project.fails(["encrypt"])).toMatchObject({ error: "DIVERGED", stderr: expect.stringContaining("(~B)") });
    project.ok(["encrypt", "--yes"]);
    expect(project.ok(["get", "B"]).stdout).toBe("1\n");
    project.write(".env.vault", "broken\n");
    project.git("add", ".env.vault");
    project.node(["-e", "fs.unlinkSync('.env.vault')"]);
    project.ok(["encrypt"]);
  });
});

describe("encrypt, decrypt, sync", () => {
  it("changes no byte for an unchanged file", () => {
    const project = sealedProject({ ".env": "A=1\nB=2 # c\r\n" });
    const before = project.read(".env.vault");
    expect(project.ok(["encrypt"]).stderr).toContain("up to date");
    expect(project.read(".env.vault")).toBe(before);
  });

  it("refuses the wrong direction and lists the names", () => {
    const project = sealedProject({ ".env": "A=1\nB=2\n" });
    project.commitAll();
    const teammate = project.clone("teammate");
    teammate.ok(["set", "B"], { input: "theirs" });
    teammate.commitAll();
    project.git("pull", "-q", teammate.folder, "main");

    const undo = project.fails(["encrypt"]);
    expect(undo).toMatchObject({ code: 2, error: "DIVERGED" });
    expect(undo.stderr).toContain("~B");
    expect(project.ok(["get", "B"]).stdout).toBe("theirs\n");
    expect(project.ok(["status"]).stdout).toContain("changed since .env was written");
    project.ok(["decrypt"]);
    expect(project.read(".env")).toBe("A=1\nB=theirs\n");

    project.write(".env", "A=mine\nB=theirs\n");
    expect(project.fails(["decrypt"])).toMatchObject({ error: "DIVERGED", stderr: expect.stringContaining("~A") });
    project.ok(["encrypt"]);
    expect(project.ok(["get", "A"]).stdout).toBe("mine\n");
  });

  it("takes no emptied file for the wish to drop every value", () => {
    const project = sealedProject({ ".env": "A=1\nB=2\n" });
    const before = project.read(".env.vault");
    for (const text of ["", "\n", "# A=1\n"]) {
      project.write(".env", text);
      for (const command of ["encrypt", "sync"]) {
        const refused = project.fails([command]);
        expect(refused).toMatchObject({ code: 2, error: "DIVERGED" });
        expect(refused.stderr).toContain("drop every value");
      }
    }
    expect(project.read(".env.vault")).toBe(before);
    project.node(["-e", "fs.rmSync('.env')"]);
    project.ok(["decrypt", ".env"]);
    expect(project.read(".env")).toBe("A=1\nB=2\n");
    project.write(".env", "");
    project.ok(["encrypt", "--yes"]);
    expect(project.ok(["list", "-q"]).stdout).toBe("");
    project.write(".env", "");
    project.ok(["encrypt"]);
  });

  it("sync merges by name where both moved, and writes nothing where a name conflicts", () => {
    const project = sealedProject({ ".env": "A=1\nB=2\n" });
    const carried = project.read(".env");
    project.write(".env", "A=1\nB=2\n");
    project.node(["-e", "fs.renameSync('.env', '.env.hidden')"]);
    project.ok(["set", "B"], { input: "vault" });
    project.node(["-e", "fs.unlinkSync('.env.hidden')"]);
    project.write(".env", carried.replace("A=1", "A=plain"));
    expect(project.fails(["encrypt"]).error).toBe("DIVERGED");
    project.ok(["sync"]);
    expect(project.read(".env")).toBe("A=plain\nB=vault\n");
    expect(project.ok(["decrypt", "--stdout"]).stdout).toBe("A=plain\nB=vault\n");

    project.node(["-e", "fs.unlinkSync('.env')"]);
    project.ok(["set", "A"], { input: "one" });
    project.write(".env", "A=two\nB=vault\n");
    const vault = project.read(".env.vault");
    expect(project.fails(["sync"])).toMatchObject({ error: "DIVERGED", stderr: expect.stringContaining("A") });
    expect([project.read(".env"), project.read(".env.vault")]).toEqual(["A=two\nB=vault\n", vault]);
  });

  it("asks where nothing is recorded, and fails with the flag that would answer", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.commitAll();
    const clone = project.clone("clone");
    clone.write(".env", "A=2\n");
    expect(clone.fails(["encrypt"])).toMatchObject({ code: 2, error: "NEEDS_TERMINAL", stderr: expect.stringContaining("--yes") });
    expect(clone.fails(["decrypt"])).toMatchObject({ error: "NEEDS_TERMINAL" });
    clone.ok(["decrypt", "--yes"]);
    expect(clone.read(".env")).toBe("A=1\n");
  });

  it("writes plaintext for its owner only, and warns where git would take it", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.node(["-e", "fs.unlinkSync('.env'); fs.writeFileSync('.gitignore', '')"]);
    expect(project.ok(["decrypt"]).stderr).toContain("git does not ignore .env");
    expect(statSync(project.path(".env")).mode & 0o777).toBe(0o600);
    expect(readdirSync(project.path(".git/envseal"))).toEqual(["sync"]);
  });

  it("warns about what dotenv reads otherwise than it looks, and can comment duplicates out", () => {
    const project = sandbox().project({ ".env": "A=1\nA=2\nB=x#y\njust words\n" });
    const { stderr } = project.ok(["init", "--yes"]);
    expect(stderr).toMatch(/line 1: A is set again on line 2/);
    expect(stderr).toMatch(/line 3: dotenv ends the value of B/);
    expect(stderr).toMatch(/line 4: this line is no assignment/);
    expect(project.ok(["decrypt", "--stdout"]).stdout).toBe("A=1\nA=2\nB=x#y\njust words\n");
    project.ok(["encrypt", "--dedupe"]);
    expect(project.read(".env")).toBe("# A=1\nA=2\nB=x#y\njust words\n");
  });

  it("adds a vault for a new file of a known environment, and refuses to take over a foreign one", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.write("apps/web/.env", "W=1\n");
    project.ok(["encrypt", "apps/web/.env"]);
    expect(project.ok(["get", "W"], { cwd: project.path("apps/web") }).stdout).toBe("1\n");
    project.write("other/.env", "X=1\n");
    project.write("other/.env.vault", "#/-------------------.env.vault---------------------/\nDOTENV_VAULT_DEVELOPMENT=abc\n");
    expect(project.fails(["encrypt", "other/.env"]).error).toBe("UNLISTED_VAULT");
    expect(project.read("other/.env.vault")).toContain("DOTENV_VAULT");
  });

  it("does not write through a symbolic link", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.write("elsewhere", "A=1\n");
    project.node(["-e", "fs.unlinkSync('.env'); fs.symlinkSync('elsewhere', '.env')"]);
    expect(project.fails(["set", "A"], { input: "2" })).toMatchObject({ code: 5, error: "IO" });
    expect(project.read("elsewhere")).toBe("A=1\n");
  });
});
