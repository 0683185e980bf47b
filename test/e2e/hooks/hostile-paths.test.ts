import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Project, ROOT, Sandbox } from "../../support/sandbox.ts";
import { committed, git } from "./repository.ts";

/** Names that a commit may give its files. Each is an option, an order or an assignment to some program that hooks/run starts. */
const NAMES = [
  "-ew .git/hooks/pre-commit",
  "-e1e touch RAN;echo",
  "-ftouch",
  "--help",
  "-h",
  "--yes",
  "--version",
  "-n/.env.vault",
  "-",
  "--",
  "-new\nline",
  '-it\'s "quoted"',
  "$(touch RAN)",
  "-`touch RAN`",
  "-back\\slash\\n",
  "NF=1",
];
/** As somebody else commits, who has no hooks. */
const OFF = ["-c", "core.hooksPath=/dev/null"];
const TOKEN = `enc:v1.${"k".repeat(8)}:${"n".repeat(8)}${"t".repeat(40)}`;
const MASKED = `<v1 ${"n".repeat(8)}>`;
const rows = (first: string, last: string) => `${first}\n2\n3\nA=${TOKEN}\n5\n6\n${last}\n`;

/** Whatever an option could have written or run. */
function state(project: Project): Record<string, string> {
  const files = ["hooks", "envseal"].flatMap((folder) =>
    readdirSync(project.path(".git", folder), { withFileTypes: true }).flatMap(({ name }) => join(folder, name)),
  );
  const kept = files.filter((path) => /^hooks\/|\/run$/.test(path));
  return Object.fromEntries([...kept, "config"].map((path) => [path, project.read(`.git/${path}`)]));
}

function armed(): Project {
  const project = committed();
  project.ok(["hooks", "install", "-q"]);
  return project;
}

/** Every name is a file that our drivers are asked about. */
function hostile(): Project {
  const project = armed();
  project.write(".gitattributes", "* diff=envseal merge=envseal\n");
  for (const name of NAMES) project.write(name, rows("1", "7"));
  expect(git(project, ["add", "-A"]).code).toBe(0);
  expect(git(project, [...OFF, "commit", "-qm", "names"]).code).toBe(0);
  return project;
}

const SHELLS = [["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"], ["ksh"], ["mksh"], ["zsh"], ["yash"], ["sh"]].filter(
  ([program = "", ...args]) => spawnSync(program, [...args, "-c", ""]).error === undefined,
);
const AWKS = ["mawk", "gawk", "original-awk", "busybox"].filter((awk) => spawnSync(awk, ["--help"]).error === undefined);

describe("a name that git passes is no option", () => {
  it("of git diff, blame, grep and log", () => {
    const project = hostile();
    const before = state(project);
    for (const name of NAMES) project.write(name, rows("changed", "7"));
    const asked = [
      ["diff"],
      ["diff", "HEAD~1"],
      ["log", "-p", "-1"],
      ["grep", "--textconv", "-h", "changed", "--", ...NAMES.map((name) => `:(literal)${name}`)],
      ...NAMES.map((name) => ["blame", "--", name]),
    ];
    for (const args of asked) {
      const { status, stdout, stderr } = spawnSync("git", args, {
        cwd: project.folder,
        env: project.sandbox.env,
        input: "a\nb\n",
        encoding: "utf8",
      });
      expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: "" });
      expect(stdout).not.toContain(TOKEN);
      if (args.length === 1) expect(stdout.split("+changed\n")).toHaveLength(NAMES.length + 1);
      if (args[0] === "blame") expect(stdout).toContain(MASKED);
    }
    expect(state(project)).toEqual(before);
    expect(existsSync(project.path("RAN"))).toBe(false);
  });

  it.each([["with envseal"], ["without it"]])("of the merge driver, %s", (how) => {
    const project = hostile();
    project.git("checkout", "-qb", "other");
    for (const name of NAMES) project.write(name, rows("1", "theirs"));
    project.git(...OFF, "commit", "-qam", "theirs");
    project.git("checkout", "-q", "main");
    for (const name of NAMES) project.write(name, rows("ours", "7"));
    project.git(...OFF, "commit", "-qam", "ours");
    const before = state(project);
    if (how !== "with envseal") for (const name of copies(project)) rmSync(join(project.path(".git/envseal"), name), { recursive: true });
    git(project, [...OFF, "merge", "-q", "-m", "both", "other"]);
    // What is no vault is left to a person, with both sides in it.
    const both =
      how === "with envseal" ? expect.stringMatching(/^<<<<<<< ours\nours\n[\s\S]*\ntheirs\n>>>>>>> theirs\n$/) : rows("ours", "theirs");
    for (const name of NAMES) expect([name, project.read(name)]).toEqual([name, both]);
    expect(state(project)).toEqual(before);
    expect(existsSync(project.path("RAN"))).toBe(false);
  });

  it("of the mergetool", () => {
    const project = armed();
    const plain = project.execute(["sh", ".git/envseal/run", "resolve", "x"]);
    for (const name of NAMES) expect(project.execute(["sh", ".git/envseal/run", "resolve", name])).toEqual(plain);
    expect(project.git("config", "mergetool.envseal.cmd")).toContain('resolve "$MERGED"');
  });

  it("of the program's own commands, behind --", () => {
    const project = committed();
    for (const name of NAMES.slice(0, 8)) {
      project.write(name, `A=${TOKEN}\n`);
      expect([name, project.ok(["textconv", "--", name]).stdout]).toEqual([name, `A=${MASKED}\n`]);
    }
    expect(project.fails(["textconv", "--", "a", "--help"])).toMatchObject({ error: "USAGE" });
    expect(project.fails(["resolve", "--with"])).toMatchObject({ error: "USAGE" });
    expect(project.ok(["resolve", "--", "--with"]).stderr).toBe(project.ok(["resolve"]).stderr);
  });

  it("of a hook", () => {
    const project = armed();
    for (const [event, ...args] of [
      ["pre-push", "--help", "-x"],
      ["post-checkout", "--help", "-", "1"],
      ["post-merge", "--help"],
    ])
      expect(project.execute(["sh", ".git/envseal/run", event as string, ...args])).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

const copies = (project: Project) => readdirSync(project.path(".git/envseal")).filter((name) => name.startsWith("program-"));

describe.each(SHELLS)("under %s %s", (...shell) => {
  let box: Sandbox;
  let project: Project;
  beforeAll(() => {
    box = new Sandbox();
    project = withRunner(box);
  });
  afterAll(() => box.remove());

  it.each([["with the system's programs"], ["with busybox's"]])("no name is an option of what hooks/run starts, %s", (whose) => {
    if (whose === "with busybox's" && !AWKS.includes("busybox")) return;
    const PATH = whose === "with busybox's" ? `${busybox(project)}:${process.env.PATH}` : (process.env.PATH ?? "");
    const run = (args: readonly string[], env: Record<string, string> = {}) =>
      project.execute([...shell.filter(Boolean), ".git/envseal/run", ...args], { env: { PATH, ...env }, input: "a\nb\n" });
    for (const name of NAMES) {
      expect([name, run(["textconv", name])]).toEqual([name, { code: 0, stdout: rows("1", "7").replace(TOKEN, MASKED), stderr: "" }]);
      const [base, ours, theirs] = ["base", "ours", "theirs"].map((side) => `${name}.${side}`) as [string, string, string];
      project.write(base, rows("1", "7"));
      project.write(ours, rows("ours", "7"));
      project.write(theirs, rows("1", "theirs"));
      // Without envseal: with it the driver is one call of node's, above.
      const merged = run(["merge-driver", base, ours, theirs, "7", name], { ENVSEAL_NODE: "/bin/false" });
      expect([name, merged.code, project.read(ours)]).toEqual([name, 0, rows("ours", "theirs")]);
      expect([name, run(["textconv", name], { ENVSEAL_REVEAL: "1", ENVSEAL_NODE: "/bin/false" }).stdout]).toEqual([name, rows("1", "7")]);
    }
    expect(existsSync(project.path("RAN"))).toBe(false);
  });

  it.each(AWKS)("the message is read, whatever its file is called: %s", (awk) => {
    const PATH = `${onlyAwk(project, awk)}:${process.env.PATH}`;
    for (const name of ["-f", "--help", "NF=1"]) {
      project.write(name, "internationalisation-of-the-message\n");
      project.write(".git/envseal/words", "1");
      project.write(".git/envseal/checked", "");
      // Node is asked about such a message, and here is none.
      const { code } = project.execute([...shell.filter(Boolean), ".git/envseal/run", "commit-msg", name], {
        env: { PATH, ENVSEAL_NODE: "/bin/false" },
      });
      expect([name, code]).toEqual([name, 1]);
    }
  });
});

/** A clone with the runner alone: none of what it starts itself needs more. */
function withRunner(box: Sandbox): Project {
  const project = box.project();
  for (const name of NAMES) project.write(name, rows("1", "7"));
  mkdirSync(project.path(".git/envseal"), { recursive: true });
  const runner = readFileSync(join(ROOT, "hooks/run"), "utf8").replace(/^program=.*$/m, "program=program-none");
  writeFileSync(project.path(".git/envseal/run"), runner);
  return project;
}

function busybox(project: Project): string {
  return tools(project, "busybox", ["sed", "awk", "grep", "cat", "tail", "cmp", "readlink", "tr"], "busybox");
}

function onlyAwk(project: Project, awk: string): string {
  return tools(project, `awk-${awk}`, ["awk"], awk);
}

function tools(project: Project, folder: string, names: readonly string[], program: string): string {
  const place = join(dirname(project.folder), folder);
  const found = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout.trim();
  mkdirSync(place, { recursive: true });
  for (const name of names) if (!existsSync(join(place, name))) symlinkSync(found, join(place, name));
  return place;
}
