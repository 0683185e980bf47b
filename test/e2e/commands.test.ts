import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { sandbox, sealedProject } from "../support/sandbox.ts";

const lines = (text: string) => text.split("\n");

describe("set, get, unset, list", () => {
  it("changes one line for a value, at most two for a name, and none for what is there already", () => {
    const project = sealedProject({ ".env": "A=1\nB=2\nC=3\n" });
    const before = lines(project.read(".env.vault"));
    project.ok(["set", "B"], { input: "new\n" });
    const changed = lines(project.read(".env.vault"));
    expect(changed.filter((line, index) => line !== before[index])).toHaveLength(1);
    project.ok(["set", "D"], { input: "4" });
    const added = lines(project.read(".env.vault"));
    expect(added.filter((line) => line !== "" && !changed.includes(line))).toHaveLength(2);
    expect(project.ok(["set", "D"], { input: "4" }).stderr).toContain("already had this value");
    expect(lines(project.read(".env.vault"))).toEqual(added);
    expect(project.read(".env")).toBe("A=1\nB=new\nC=3\nD=4\n");
    expect(project.ok(["get", "B", "-n"]).stdout).toBe("new");
    project.ok(["unset", "A", "D"]);
    expect(project.ok(["list", "-q"]).stdout).toBe("B\nC\n");
    expect(project.read(".env")).toBe("B=new\nC=3\n");
  });

  it("refuses a secret in argv, names the other ways, and does not repeat it", () => {
    const project = sealedProject();
    const refused = project.fails(["set", "API_KEY=hunter2hunter2"]);
    expect(refused).toMatchObject({ code: 2, error: "USAGE" });
    expect(refused.stderr).toContain("stdin");
    expect(refused.stderr).not.toContain("hunter2");
    project.ok(["set", "PORT=4000"]);
    expect(project.read(".env.vault")).toContain("PORT='4000' # enc:");
  });

  it.each([
    ["a multi-line value", "-----BEGIN-----\nabc\n-----END-----"],
    ["quotes of every kind", "a'b\"c`d"],
    ["a backslash at the end", "C:\\new\\"],
    ["what a shell would expand", "$(id) ${HOME} `id` !x"],
    ["spaces and #", "  a # b  "],
    ["unicode", "päss🔑wörd"],
    ["CRLF", "a\r\nb"],
  ])("keeps %s", (_, value) => {
    const project = sealedProject();
    project.ok(["set", "V"], { input: value });
    expect(project.ok(["get", "V", "-n"]).stdout).toBe(value);
    expect(JSON.parse(project.ok(["get", "V", "--json"]).stdout)).toEqual({ name: "V", value });
    expect(parse(project.ok(["decrypt", "--stdout"]).stdout).V).toBe(value);
    expect(parse(project.bytes(".env")).V).toBe(value);
  });

  it.each([
    [["get", "NOPE"], "NOT_SET"],
    [["unset", "NOPE"], "NOT_SET"],
    [["set", "BÄD"], "BAD_NAME"],
    [["set", "__proto__"], "BAD_NAME"],
    [["get", "A", "-e", "nope"], "UNKNOWN_ENVIRONMENT"],
    [["get", "A", "-f", "README.md"], "USAGE"],
    [["get", "A", "-f", ".env.staging_eu"], "USAGE"],
    [["nope"], "USAGE"],
    [["get"], "USAGE"],
    [["get", "A", "B"], "USAGE"],
    [["get", "A", "--nope"], "USAGE"],
    [["get", "A", "-e"], "USAGE"],
    [["get", "A", "-e", "a", "-e", "b"], "USAGE"],
    [["run"], "USAGE"],
    [["run", "node"], "USAGE"],
    [["export", "--format", "xml"], "USAGE"],
    [["deploy-key", "create", "Bad Name"], "BAD_NAME"],
    [["completion", "tcsh"], "USAGE"],
  ])("%j ends with 2 and %s", (args, error) => {
    const project = sealedProject();
    expect(project.fails(args)).toMatchObject({ code: 2, error });
  });

  it("keeps numbers that only look like numbers", () => {
    const project = sealedProject({ ".env": "A=1\n", ".env.0012": "A=2\n", ".env.1e5": "A=3\n" });
    expect(project.ok(["get", "A", "-e", "0012"]).stdout).toBe("2\n");
    expect(project.ok(["get", "A", "-e", "1e5"]).stdout).toBe("3\n");
  });

  it("reports errors as JSON where JSON was asked for", () => {
    const { stderr } = sealedProject().envseal(["get", "NOPE", "--json"]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "NOT_SET", hint: expect.any(String) } });
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

describe("status, doctor, help, completion", () => {
  it("status says what is the matter without a key too", () => {
    const project = sealedProject();
    const stranger = project.sandbox.otherHome("stranger");
    const { stdout } = project.ok(["status"], { env: stranger });
    expect(stdout).toContain("no identity on this machine");
    expect(stdout).toContain("there is no key for this project");
    expect(project.ok(["status"]).stdout).toContain("agrees with .env");
  });

  it("doctor finds what is wrong and names the fix", () => {
    const project = sealedProject();
    expect(project.envseal(["doctor"]).stdout).toContain("recovery");
    project.write(".dockerignore", ".env*\n");
    project.write(".env.prod_eu", "A=1\n");
    project.git("add", "-f", ".env");
    project.git("config", "diff.envseal.cachetextconv", "true");
    project.write(".gitignore", ".env*\n");
    const { stdout, code } = project.envseal(["doctor"], { env: { DOTENV_KEY: "x" } });
    expect(code).toBe(1);
    for (const expected of [
      ".dockerignore: hides",
      ".env: is plaintext and git tracks it",
      ".env.prod_eu: is not spelt",
      "textconv cache",
      "DOTENV_KEY",
      ".env.vault: is a vault and git ignores it",
    ]) {
      expect(stdout).toContain(expected);
    }
    expect(stdout).not.toContain("sk_live");
    expect(JSON.parse(project.envseal(["doctor", "--json"]).stdout).ok).toBe(false);
  });

  it("help lists every command, and each command's own has an example", () => {
    const project = sandbox().project();
    const { stdout } = project.ok([]);
    for (const name of ["init", "set", "deploy-key", "run"]) expect(stdout).toContain(name);
    expect(project.ok(["help", "set"]).stdout).toContain("envseal set API_KEY");
    expect(project.ok(["set", "--help"]).stdout).toContain("--allow-older");
    expect(project.ok(["--version"]).stdout).toBe(`${JSON.parse(readFileSync("package.json", "utf8")).version}\n`);
  });

  for (const [shell, check] of [
    ["bash", "-n"],
    ["zsh", "-n"],
    ["fish", "--no-execute"],
  ] as const) {
    const here = spawnSync(shell, ["--version"]).error === undefined;
    it.runIf(here)(`prints a completion script that ${shell} accepts${here ? "" : ` (skipped: needs ${shell})`}`, () => {
      const project = sandbox().project();
      const script = project.ok(["completion", shell]).stdout;
      expect(script).toContain("deploy-key");
      project.write("script", script);
      expect(spawnSync(shell, [check, "script"], { cwd: project.folder }).status).toBe(0);
    });
  }

  it("bash completes commands, and options by command", () => {
    const project = sandbox().project();
    project.write(
      "c.sh",
      `${project.ok(["completion", "bash"]).stdout}\nCOMP_WORDS=(envseal de); COMP_CWORD=1; _envseal; echo "\${COMPREPLY[@]}"\nCOMP_WORDS=(envseal get --no); COMP_CWORD=2; _envseal; echo "\${COMPREPLY[@]}"\n`,
    );
    const result = project.node(["-e", "process.stdout.write(require('child_process').execFileSync('bash', ['c.sh']))"]);
    expect(result.stdout).toBe("decrypt deploy-key\n--no-newline\n");
  });
});
