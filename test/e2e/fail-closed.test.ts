import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { KEY, run, stops } from "../support/managers.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** A hook that cannot look stops what it was to look at, says what happened, and how to go on. */

/** With the copy that git starts, which a test may break. */
function armed(): { project: Project; bin: string } {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\n`, "README.md": "# app\n" });
  project.commitAll("first");
  project.ok(["hooks", "install", "-q"]);
  project.write("a.js", "1\n");
  project.git("add", "a.js");
  return { project, bin: project.copy() };
}

const commit = (project: Project, env: Record<string, string> = {}) => run(project, "git", ["commit", "-qm", "x"], env);

/** Stopped, and what is said to go on with does go on. */
function provesWayOut(project: Project, said: RegExp): void {
  const { code, output } = commit(project);
  expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(said) });
  const [, way = ""] = /to go on all the same: git (.*) \.\.\./.exec(output) ?? [];
  expect(run(project, "git", [...way.split(" "), "commit", "-qm", "x"])).toEqual({ code: 0, output: "" });
}

describe("a hook", () => {
  it("whose program is gone, cut off, killed or throws, stops and says how to go on", () => {
    const gone = armed();
    rmSync(join(gone.bin, "hook.cjs"));
    provesWayOut(gone.project, /cannot find envseal; run npm install/);
    const half = armed();
    rmSync(join(half.bin, "hook-main.cjs"));
    provesWayOut(half.project, /hook-main\.cjs[\s\S]*the pre-commit hook broke off \(.*hook\.cjs ended with 1\)/);
    for (const [text, said] of [
      ["const a = {", /SyntaxError[\s\S]*the pre-commit hook broke off \(.*hook\.cjs ended with 1\); install envseal again/],
      ["process.kill(process.pid, 'SIGKILL')", /the pre-commit hook broke off \(.*ended with 137\)/],
      ["throw new Error('boom')", /boom[\s\S]*the pre-commit hook broke off/],
    ] as const) {
      const { project, bin } = armed();
      writeFileSync(join(bin, "hook.cjs"), text);
      provesWayOut(project, said);
    }
    // It belongs to the one that starts it, and is not even read where it does not.
    const other = armed();
    writeFileSync(join(other.bin, "hook-main.cjs"), "process.exit(0)");
    provesWayOut(other.project, /hook-main\.cjs is not the program that belongs[\s\S]*broke off/);
  });

  it("that meets a bug of ours stops, with the text to report", () => {
    const { project, bin } = armed();
    const start = join(bin, "hook.cjs");
    const broken = "require('node:child_process').spawnSync = () => { throw new TypeError('broken on purpose') };\n";
    writeFileSync(start, broken + readFileSync(start, "utf8"));
    expect(commit(project)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/this is a bug in envseal; please report it with this text:\n.*broken on purpose/),
    });
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, text.indexOf("#end"))],
    ["with a value of another place", (text: string) => text.replace(/(API_KEY=\S*:)\S{8}/, "$1AAAAAAAA")],
    ["with conflict markers", (text: string) => `<<<<<<< ours\n${text}`],
  ])("stops where a vault is %s, staged or not", (_, change) => {
    const { project } = armed();
    const good = project.read(".env.vault");
    project.write(".env.vault", change(good));
    expect(commit(project)).toMatchObject({ code: 1, output: expect.stringMatching(/\.env\.vault[\s\S]*pre-commit stopped/) });
    project.git("add", ".env.vault");
    expect(commit(project)).toMatchObject({ code: 1, output: expect.stringMatching(/\.env\.vault[\s\S]*pre-commit stopped/) });
    project.write(".env.vault", good);
    project.git("add", ".env.vault");
    expect(commit(project)).toEqual({ code: 0, output: "" });
  });

  it("stops where the manifest is forged or has conflict markers", () => {
    const { project } = armed();
    const good = project.read("envseal.json");
    for (const [bad, said] of [
      [`<<<<<<< ours\n${good}`, /\[broken-manifest\]/],
      [good.replace('"public": []', '"public": ["*"]'), /\[forged-manifest\]/],
    ] as const) {
      project.write("envseal.json", bad);
      expect(commit(project)).toMatchObject({ code: 1, output: expect.stringMatching(said) });
    }
  });

  it.each(["cat-file", "diff-index"])("ends in time where git hangs (%s)", (command) => {
    const { project } = armed();
    const bin = join(project.sandbox.root, "bin");
    mkdirSync(bin);
    const real = run(project, "sh", ["-c", "command -v git"]).output.trim();
    writeFileSync(join(bin, "git"), `#!/bin/sh\ncase " $* " in *" ${command} "*) exec sleep 120 ;; esac\nexec '${real}' "$@"\n`);
    chmodSync(join(bin, "git"), 0o755);
    expect(readFileSync(join(bin, "git"), "utf8")).toContain(real);
    // Where objects are is said, so that git is asked for them.
    const env = { PATH: `${bin}${delimiter}${project.sandbox.env.PATH}`, ENVSEAL_HOOK_TIMEOUT: "2", GIT_OBJECT_DIRECTORY: ".git/objects" };
    expect(run(project, "sh", [".git/envseal/run", "pre-commit"], env)).toMatchObject({
      output: expect.stringMatching(/\[TIMEOUT\][\s\S]*ENVSEAL_HOOK_TIMEOUT=SECONDS/),
    });
  });

  it("does its work after all that", () => {
    expect(stops(armed().project)).toContain("pre-commit");
  });
});
