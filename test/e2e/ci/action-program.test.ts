import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAction } from "../../support/runner.ts";
import { ROOT } from "../../support/sandbox.ts";
import { head, KEY, project, pull, push, ZEROS } from "./repository.ts";

describe("the action's program", () => {
  it("is the action's own, whatever the checkout has: packages, settings of npm, programs in PATH, options of node", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const base = head(repo);
    const ran = repo.path("../started");
    mkdirSync(ran);
    const mark = (name: string) => `require("fs").writeFileSync(${JSON.stringify(join(ran, name))}, JSON.stringify(process.env));`;
    const files: Record<string, string> = {
      "node_modules/envseal/package.json": '{"name":"envseal","exports":{"./config":"./config.cjs","./package.json":"./package.json"}}',
      "node_modules/envseal/config.cjs": mark("config"),
      "node_modules/envseal/dist/bin/cli.js": mark("cli"),
      ".npmrc": "registry=http://127.0.0.1:9/\ngit=./evil\n",
      ".node-version": "0.1\n",
      "a.js": `"${KEY}"\n`,
    };
    for (const name of ["node", "npx", "npm", "git", "envseal"])
      files[`node_modules/.bin/${name}`] = `#!/bin/sh\nenv >"${join(ran, name)}"\n`;
    for (const [path, text] of Object.entries(files)) {
      repo.write(path, text);
      if (path.includes(".bin/")) repo.execute(["chmod", "+x", path]);
    }
    repo.git("add", "-Af");
    repo.git("commit", "-qm", "evil");
    const env = {
      PATH: `node_modules/.bin${delimiter}${repo.path("node_modules/.bin")}${delimiter}${repo.sandbox.env.PATH}`,
      NODE_OPTIONS: "-r envseal/config",
    };
    // What the check finds fault with is given no values.
    const result = runAction(repo, { key, file: "x.env" }, { event: pull(base), env });
    expect(result).toMatchObject({ code: 1, env: {}, stdout: expect.stringMatching(/^::error file=a\.js/m) });
    expect(existsSync(repo.path("x.env"))).toBe(false);
    expect(runAction(repo, { key, file: "x.env", check: "false" }, { env })).toMatchObject({ code: 0, env: { API_KEY: KEY } });
    expect(repo.read("x.env")).toContain(KEY);
    expect(readdirSync(ran)).toEqual([]);
  });

  it("is started by no node that the checkout names to a version manager's shim", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const base = head(repo);
    const ran = repo.path("../ran");
    const shims = repo.path("../manager/shims");
    mkdirSync(shims, { recursive: true });
    const asked = `path=$(sed -n 's/^node path://p' .tool-versions 2>/dev/null)\n[ -z "$path" ] || exec "$path/bin/node" "$@"\n`;
    writeFileSync(join(shims, "node"), `#!/bin/sh\n${asked}exec '${process.execPath}' "$@"\n`, { mode: 0o755 });
    repo.write("evil/bin/node", `#!/bin/sh\nenv >"${ran}"\nexec '${process.execPath}' "$@"\n`);
    repo.execute(["chmod", "+x", "evil/bin/node"]);
    repo.write(".tool-versions", "node path:./evil\n");
    repo.git("add", "-f", "evil", ".tool-versions");
    repo.git("commit", "-qm", "evil");
    // With another node, and with none but the shim's.
    const bare = repo.path("../bare");
    mkdirSync(bare);
    for (const tool of ["bash", "git", "sh", "sed", "env", "cat"])
      symlinkSync(execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(), join(bare, tool));
    for (const rest of [repo.sandbox.env.PATH, bare]) {
      const env = { PATH: `${shims}${delimiter}${rest}` };
      expect(runAction(repo, { key }, { event: pull(base), env })).toMatchObject({ code: 0, env: { API_KEY: KEY } });
      expect(existsSync(ran)).toBe(false);
    }
  });

  it("is not started by Bun under the name of node, which runs what the checkout's bunfig.toml names", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const base = head(repo);
    const ran = repo.path("../ran");
    const bun = repo.path("../bun");
    mkdirSync(bun);
    writeFileSync(join(bun, "bun.cjs"), 'Object.defineProperty(process.versions, "bun", { value: "1.4.0" });\n');
    const start = `#!/bin/sh\n[ ! -f bunfig.toml ] || env >"${ran}"\nexec '${process.execPath}' -r '${join(bun, "bun.cjs")}' "$@"\n`;
    writeFileSync(join(bun, "bun"), start, { mode: 0o755 });
    symlinkSync("bun", join(bun, "node"));
    repo.write("bunfig.toml", 'preload = ["./evil.js"]\n');
    repo.git("add", "-f", "bunfig.toml");
    repo.git("commit", "-qm", "evil");
    const result = runAction(repo, { key }, { event: pull(base), env: { PATH: `${bun}${delimiter}${repo.sandbox.env.PATH}` } });
    expect(result).toMatchObject({ code: 2, env: {}, stderr: expect.stringContaining("the node in PATH is Bun") });
    expect(existsSync(ran)).toBe(false);
  });

  it("needs nothing but what a release's commit holds: no package, no registry", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const source = repo.path("../source");
    for (const part of ["action.yml", "package.json", "dist", "scripts/action"])
      cpSync(join(ROOT, part), join(source, part), { recursive: true });
    writeFileSync(join(source, ".gitignore"), "dist\n");
    const inSource = (program: string, ...args: string[]) =>
      execFileSync(program, args, { cwd: source, env: repo.sandbox.env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    for (const args of [
      ["init", "-q"],
      ["add", "-A"],
      ["commit", "-qm", "source"],
    ])
      inSource("git", ...args);
    const release = () => inSource(process.execPath, join(ROOT, "scripts/release-action.mjs"));
    // A build of what is not committed would be released under the name of HEAD.
    for (const [path, text] of [
      ["action.yml", "name: changed\n"],
      ["src/new.ts", "\n"],
    ] as const) {
      const before = existsSync(join(source, path)) ? readFileSync(join(source, path)) : null;
      mkdirSync(dirname(join(source, path)), { recursive: true });
      writeFileSync(join(source, path), text);
      expect(release, path).toThrow();
      if (before === null) rmSync(join(source, path));
      else writeFileSync(join(source, path), before);
    }
    const commit = release();
    // The branch and the work tree are as they were.
    expect(inSource("git", "status", "--porcelain")).toBe("");
    expect(inSource("git", "ls-tree", "-r", "--name-only", "HEAD")).not.toContain("dist/");
    expect(inSource("git", "rev-parse", `${commit}^`)).toBe(inSource("git", "rev-parse", "HEAD"));
    const action = repo.path("../action");
    inSource("git", "worktree", "add", "-q", action, commit);
    expect(runAction(repo, { key }, { action, event: push(ZEROS) })).toMatchObject({ code: 0, env: { API_KEY: KEY } });
    const unbuilt = repo.path("../unbuilt");
    inSource("git", "worktree", "add", "-q", "--detach", unbuilt, "HEAD");
    expect(runAction(repo, { key }, { action: unbuilt, event: push(ZEROS) })).toMatchObject({
      code: 2,
      env: {},
      stderr: expect.stringContaining("holds no build; use the commit of a release"),
    });
  });

  it("takes inputs as text, whatever they hold", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const evil = '"; echo INJECTED; $(echo INJECTED) `echo INJECTED` #';
    for (const input of ["environment", "file", "range", "sarif"])
      expect(runAction(repo, { key, [input]: evil }, { event: push(ZEROS) }).stdout).not.toMatch(/^INJECTED/m);
    expect(runAction(repo, { key, "working-directory": "." }, { event: push(ZEROS) }).code).toBe(0);
    // One word of the command line each: what stands after a space is no option.
    const two = runAction(repo, { key, environment: "default --format=json" }, { event: push(ZEROS) });
    expect(two).toMatchObject({ code: 2, stderr: expect.stringContaining("default --format=json") });
  });
});
