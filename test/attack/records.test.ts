import { execFileSync, spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { entry, keyOf, pendingOf, recordOf } from "../e2e/keys/versions.ts";
import { diesAfterNewKey } from "../support/faults.ts";
import { CLI, type Project, ROOT, sandbox, sealedProject } from "../support/sandbox.ts";

/** What stands below `.git/envseal` may have come with the repository: hints, never orders. */

const VICTIM = "what somebody else relies on\n";

function victimOf(project: Project): string {
  const path = join(project.sandbox.root, "victim");
  writeFileSync(path, VICTIM);
  return path;
}

function place(project: Project, path: string, how: string): void {
  const target = project.path(path);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  if (how === "fifo") execFileSync("mkfifo", [target]);
  else if (how === "symbolic link") symlinkSync(victimOf(project), target);
  else if (how === "hard link") linkSync(victimOf(project), target);
  else mkdirSync(target);
}

/** Ends by itself, whatever is waited for. */
function envseal(project: Project, args: readonly string[], env: Record<string, string> = {}) {
  const options = { cwd: project.folder, env: { ...project.sandbox.env, ...env }, encoding: "utf8", timeout: 60_000 } as const;
  return spawnSync(process.execPath, [CLI, ...args], options);
}

const committed = (files?: Record<string, string>) => {
  const project = sealedProject(files);
  project.commitAll("sealed");
  return project;
};

/** Of whom a rotation under way leaves out. */
describe("a record of a rotation", () => {
  const forgers: [string, (project: Project, words: string) => string | Buffer][] = [
    ["no MAC", (_project, words) => words],
    ["an empty MAC", (_project, words) => Buffer.concat([Buffer.alloc(32), Buffer.from(words)])],
    [
      "the MAC of somebody else's key",
      (_project, words) => Buffer.concat([createHmac("sha256", "k").update(words).digest(), Buffer.from(words)]),
    ],
    ["our MAC of another environment's", (project, words) => recordOf(project, `${pendingOf(project)}-staging`, words)],
    ["nothing in it", () => ""],
  ];

  it.each(forgers)("with %s does not make revoke end without a new key", (_what, forge) => {
    const project = committed({ ".env": "A=secret-value-1\n" });
    for (const name of ["bob", "carol"]) project.teammate(name);
    diesAfterNewKey(project, ["revoke", "bob", "--yes", "-q"]);
    // Carol has the new key. Somebody takes her entry out, and claims that the rotation under way is that of her leaving.
    const manifest = project.manifest();
    delete manifest.environments.default.access.carol;
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    project.write(pendingOf(project), forge(project, `${entry(project).active} carol`));
    project.ok(["revoke", "carol", "--yes"]);
    expect(entry(project).floor).toBe(keyOf(project, 3)[0]);
    expect(Object.keys(project.manifest().environments.default.access)).toEqual(["ada"]);
  });

  it.each(["symbolic link", "hard link", "fifo"])("that is a %s is none, and is replaced without touching what it leads to", (how) => {
    const project = committed();
    place(project, pendingOf(project), how);
    expect(envseal(project, ["status"]).status).toBe(0);
    expect(envseal(project, ["rotate", "--reason", "compromised"])).toMatchObject({ status: 0 });
    expect(keyOf(project, 2)[0]).toBe(entry(project).floor);
    expect(existsSync(project.path(pendingOf(project)))).toBe(false);
    if (how !== "fifo") expect(readFileSync(join(project.sandbox.root, "victim"), "utf8")).toBe(VICTIM);
  });

  it("is believed where this person made it: what was interrupted is finished", () => {
    const project = committed();
    project.teammate("bob");
    diesAfterNewKey(project, ["revoke", "bob", "--yes", "-q"]);
    project.ok(["revoke", "bob", "--yes"]);
    expect([Object.keys(entry(project).keys).length, entry(project).floor]).toEqual([2, keyOf(project, 2)[0]]);
    expect(existsSync(project.path(pendingOf(project)))).toBe(false);
  });

  it("is made with a data key where nothing can be kept outside the project", () => {
    const project = committed();
    project.teammate("bob");
    const { pin } = JSON.parse(project.ok(["status", "--json"]).stdout);
    const identity = readFileSync(join(project.sandbox.home, "config/envseal/identities", project.manifest().project), "utf8");
    const secret = /^AGE-SECRET-KEY-.+$/m.exec(identity)?.[0];
    const env = { XDG_STATE_HOME: "/dev/null/none", ENVSEAL_KEY: secret as string, ENVSEAL_PIN: pin };
    diesAfterNewKey(project, ["revoke", "bob", "--yes", "-q"], { env });
    expect(
      readFileSync(project.path(pendingOf(project)))
        .subarray(32)
        .toString(),
    ).toBe(`${entry(project).active} bob`);
    project.ok(["revoke", "bob", "--yes", "-q"], { env });
    expect([Object.keys(entry(project).keys).length, entry(project).floor]).toEqual([2, keyOf(project, 2)[0]]);
  });
});

describe("a record of agreement", () => {
  it.each(["an older vault from history", "a symbolic link to it"])("that is %s makes no sync take the vault over the plaintext", (how) => {
    const project = committed({ ".env": "A=first-value-1\nB=other-value-1\n" });
    const older = project.read(".env.vault");
    project.ok(["set", "A", "-q"], { input: "second-value-2" });
    // The plaintext is edited back; who can make both believe that this was the last agreement loses the edit.
    project.write(".env", "A=first-value-1\nB=other-value-1\n");
    const [id] = readdirSync(project.path(".git/envseal/sync"));
    const record = `.git/envseal/sync/${id}`;
    rmSync(project.path(record));
    if (how.startsWith("an")) project.write(record, older);
    else {
      project.write("../older", older);
      symlinkSync(project.path("../older"), project.path(record));
    }
    expect(JSON.parse(project.ok(["status", "--json"]).stdout).vaults[0].state).toContain("envseal encrypt or decrypt");
    project.envseal(["sync"]);
    expect(project.read(".env")).toContain("first-value-1");
  });

  it.each(["symbolic link", "hard link", "fifo"])("that is a %s stops nothing, and what it leads to stays", (how) => {
    const project = committed();
    const [id] = readdirSync(project.path(".git/envseal/sync"));
    place(project, `.git/envseal/sync/${id}`, how);
    for (const args of [["status"], ["encrypt"], ["set", "NEW", "--value", "-"]])
      expect(envseal(project, args).error, args.join(" ")).toBeUndefined();
    project.ok(["set", "A", "-q"], { input: "x" });
    if (how !== "fifo") expect(readFileSync(join(project.sandbox.root, "victim"), "utf8")).toBe(VICTIM);
    expect(statSync(project.path(`.git/envseal/sync/${id}`)).isFile()).toBe(true);
  });
});

describe("the folder for records", () => {
  it.each([".git/envseal", ".git/envseal/sync", ".git/envseal/earlier"])("%s is not followed where it is a link", (path) => {
    const project = committed();
    project.ok(["hooks", "install"]);
    const elsewhere = join(project.sandbox.root, "elsewhere");
    mkdirSync(elsewhere);
    rmSync(project.path(path), { recursive: true, force: true });
    symlinkSync(elsewhere, project.path(path));
    const failed = path.endsWith("earlier") ? null : project.fails(["set", "A"], { input: "another-value-1" });
    if (failed !== null)
      expect(failed).toMatchObject({ error: "IO", stderr: expect.stringContaining(`${basename(path)} is a symbolic link`) });
    project.envseal(["scan", "--history"]);
    project.envseal(["rotate", "-q"]);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });

  it("outside git is the same: .envseal beside the manifest", () => {
    const project = sealedProject({ ".env": "A=secret-value-1\n" }, { git: false });
    const elsewhere = join(project.sandbox.root, "elsewhere");
    renameSync(project.path(".envseal"), elsewhere);
    const before = readdirSync(elsewhere, { recursive: true });
    symlinkSync(elsewhere, project.path(".envseal"));
    expect(project.fails(["set", "A"], { input: "another-value-1" }).error).toBe("IO");
    expect(readdirSync(elsewhere, { recursive: true })).toEqual(before);
  });

  it("that is anybody's to write to is made ours alone", () => {
    const project = committed();
    spawnSync("chmod", ["-R", "0777", project.path(".git/envseal")]);
    project.ok(["set", "A"], { input: "another-value-1" });
    expect(statSync(project.path(".git/envseal")).mode & 0o777).toBe(0o700);
    expect(statSync(project.path(".git/envseal/sync")).mode & 0o777).toBe(0o700);
  });
});

describe("a .git of another user", () => {
  const asAnother = { NODE_OPTIONS: `--require ${join(ROOT, "test/support/other-user.cjs")}`, GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };

  it("is refused by what would write, and does not matter to what reads; safe.directory lets it through", () => {
    const project = committed();
    for (const args of [["rotate", "--reason", "compromised"], ["set", "A"], ["sync"], ["edit"]]) {
      const result = project.fails(args, { env: asAnother, input: "x" });
      expect(result).toMatchObject({ error: "GIT", stderr: expect.stringMatching(/belongs to another user.*\n.*safe\.directory/) });
    }
    expect(Object.keys(entry(project).keys)).toHaveLength(1);
    expect(project.ok(["get", "API_KEY"], { env: asAnother }).stdout).toBe("sk_live_0123456789\n");
    expect(project.ok(["run", "--", process.execPath, "-p", "process.env.API_KEY"], { env: asAnother }).stdout).toContain("sk_live");
    project.git("config", "--global", "--add", "safe.directory", realpathSync(project.folder));
    project.ok(["rotate", "--reason", "compromised"], { env: asAnother });
    expect(Object.keys(entry(project).keys)).toHaveLength(2);
  });

  it("in a folder above is refused, whatever stands in it", () => {
    const own = sandbox();
    const project = own.project({ ".env": "A=secret-value-1\n" }, { git: false, name: "deep/app" });
    project.ok(["init", "--yes", "--no-hooks", "-q"]);
    execFileSync("git", ["init", "-q", join(own.root, "deep")], { env: own.env });
    project.write("../.git/envseal/note", "");
    expect(project.fails(["rotate"], { env: asAnother }).error).toBe("GIT");
    // One that is no repository at all is none of git's, and none of ours.
    rmSync(join(own.root, "deep/.git"), { recursive: true });
    mkdirSync(join(own.root, "deep/.git"));
    expect(project.fails(["rotate"], { env: asAnother }).error).toBe("GIT");
    expect(readdirSync(join(own.root, "deep/.git"))).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)("is told by its real owner", () => {
    const project = committed();
    chownSync(project.path(".git"), 4242, 4242);
    expect(project.fails(["rotate"]).error).toBe("GIT");
    project.ok(["rotate"], { env: { SUDO_UID: "4242" } });
    chownSync(project.path(".git"), 0, 0);
    chownSync(project.path(".git/envseal"), 4242, 4242);
    expect(project.fails(["rotate"])).toMatchObject({ error: "IO", stderr: expect.stringContaining("belongs to another user") });
  });
});

describe("what hooks keep", () => {
  const leak = (project: Project) => {
    project.write("leak.js", '"sk_live_0123456789"\n');
    project.git("add", "leak.js");
    return spawnSync("git", ["commit", "-qm", "x"], { cwd: project.folder, env: project.sandbox.env, encoding: "utf8", timeout: 60_000 });
  };

  it.each(["symbolic link", "hard link", "fifo"])("marks that are each a %s lead nowhere", (how) => {
    const project = committed();
    for (const name of ["words", "checked"]) place(project, `.git/envseal/${name}`, how);
    project.ok(["hooks", "install"]);
    expect(existsSync(project.path(".git/envseal/words"))).toBe(false);
    for (const name of ["words", "checked"]) if (how !== "fifo") place(project, `.git/envseal/${name}`, how);
    project.write("a.js", "1\n");
    project.commitAll("harmless");
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "x");
    if (how === "symbolic link") {
      place(project, ".git/envseal/words", how);
      project.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "without a look");
    }
    if (how !== "fifo") expect(readFileSync(join(project.sandbox.root, "victim"), "utf8")).toBe(VICTIM);
    expect(leak(project).status).toBe(1);
  });

  it("a compiled program that somebody else made is not run", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    expect(leak(project).status).toBe(1);
    const kept = project.path(".git/envseal/compiled");
    const data = readFileSync(kept).subarray(32);
    const program = readFileSync(join(dirname(CLI), "hook-main.cjs"));
    const digest = createHash("sha256").update(`${process.version} ${process.arch} ${program.length}\n`).update(program).update(data);
    const forged = Buffer.concat([digest.digest(), data]);
    writeFileSync(kept, forged);
    expect(leak(project).status).toBe(1);
    expect(readFileSync(kept)).not.toEqual(forged);
  });

  it("a runner that came with the repository arms nothing: status says so", () => {
    const project = committed();
    project.write(".git/envseal/run", "#!/bin/sh\n");
    expect(project.ok(["status"]).stdout).toContain("not armed in this clone");
    project.ok(["hooks", "install"]);
    expect(project.ok(["status"]).stdout).not.toContain("not armed in this clone");
  });

  it("what a manager's file was before is given back only where we kept it", () => {
    const project = committed();
    project.write("lefthook.yml", "pre-commit:\n  jobs:\n    - name: x\n      run: true\n");
    const before = project.read("lefthook.yml");
    project.envseal(["hooks", "install"]);
    const after = project.read("lefthook.yml");
    expect(after).not.toBe(before);
    const kept = project.path(".git/envseal/before-lefthook");
    expect(existsSync(kept)).toBe(true);
    writeFileSync(kept, JSON.stringify({ before: "pre-commit:\n  jobs:\n    - run: evil\n", after }));
    project.envseal(["hooks", "uninstall"]);
    expect(project.read("lefthook.yml")).not.toContain("evil");
    expect(project.read("lefthook.yml")).not.toContain("envseal");
  });
});

describe("the lock", () => {
  it.each(["symbolic link", "fifo", "folder"])("that is a %s is refused soon, by name", (how) => {
    const project = committed();
    place(project, ".git/envseal.lock", how);
    const result = envseal(project, ["rotate", "-q"]);
    expect(result).toMatchObject({ status: expect.any(Number), stderr: expect.stringContaining("[LOCKED]") });
    if (how === "symbolic link") expect(readFileSync(join(project.sandbox.root, "victim"), "utf8")).toBe(VICTIM);
  });
});
