import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { processSpace } from "../../src/system/staging.ts";
import { isNightly } from "../support/sample.ts";
import { CLI, type Options, type Project, type Result, sandbox, sealedProject } from "../support/sandbox.ts";
import { exposed, leftovers, valuesOf } from "./invariants.ts";

const SECRET = "sk_live_disk_0123456789";
const LONG = "tok-long-0123456789-".repeat(40);

/** A file system of its own, which root may mount. */
const canMount = process.platform === "linux" && process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;
const mountNotice = canMount ? "" : " (skipped: needs root and mount)";
const hasUlimit = process.platform === "linux";

function smallDisk(files: Record<string, string>): Project {
  const box = sandbox();
  const folder = join(box.root, "small");
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=755", "envseal-test", folder]);
  onTestFinished(() => {
    execFileSync("umount", ["-l", folder]);
  });
  const project = box.project(files, { name: "small" });
  project.ok(["init", "--yes", "--no-hooks", "-q"]);
  return project;
}

function refusesWell({ code, stderr }: Result): void {
  expect(stderr).toMatch(/\[IO\]\n {2}hint: \S/);
  expect(stderr).not.toContain("nothing was changed");
  expect(code).toBe(5);
}

const WRITING: readonly (readonly [string[], Options])[] = [
  [["set", "MORE", "-q"], { input: LONG }],
  [["rotate", "--all", "-q"], {}],
  [["decrypt", "--yes", "-q"], {}],
  [["require", "API_KEY", "-q"], {}],
  [["hooks", "install", "-q"], {}],
];

describe.runIf(canMount)(`a disk${mountNotice}`, () => {
  it("that is full changes nothing that counts, and says so; with room again, it goes on", () => {
    const project = smallDisk({ ".env": `API_KEY=${SECRET}\nOTHER=${LONG}\n` });
    const before = valuesOf(project);
    const filler = project.path("filler");
    for (const left of isNightly ? [0, 1, 2, 3] : [0]) {
      spawnSync("sh", ["-c", 'cat /dev/zero >"$1" 2>/dev/null', "sh", filler]);
      execFileSync("truncate", ["-s", `-${left * 4096}`, filler]);
      for (const [args, options] of WRITING) {
        const result = project.envseal(args, options);
        if (left === 0 || result.code !== 0) refusesWell(result);
        expect(valuesOf(project)[".env.vault"]).toMatchObject(before[".env.vault"] as Record<string, string>);
        expect(leftovers(project)).toEqual([]);
      }
      rmSync(filler);
    }
    expect(project.ok(["check", "--all"]).code).toBe(0);
    for (const [args, options] of WRITING) project.ok(args, options);
    expect(project.ok(["get", "MORE"]).stdout).toBe(`${LONG}\n`);
  }, 600_000);

  it("that is read-only is read, and not written", () => {
    const project = smallDisk({ ".env": `API_KEY=${SECRET}\n` });
    project.commitAll("first");
    execFileSync("mount", ["-o", "remount,ro", project.folder]);
    for (const args of [
      ["get", "API_KEY"],
      ["list"],
      ["decrypt", ".env", "--stdout"],
      ["check", "--all"],
      ["status"],
      ["log"],
      ["run", "--", "true"],
    ])
      expect(project.envseal(args)).toMatchObject({ code: 0 });
    for (const [args, options] of WRITING) refusesWell(project.envseal(args, options));
    execFileSync("mount", ["-o", "remount,rw", project.folder]);
    expect(leftovers(project)).toEqual([]);
    project.ok(["set", "MORE", "-q"], { input: LONG });
  });

  it("on which something lies that cannot be swept away is written to all the same", () => {
    const project = sealedProject();
    const dead = `tmp-4194305-1-${processSpace()}-0123456789ab`;
    for (const place of [project.path("..", `.backup.${dead}`), project.path(".git/envseal", dead)]) {
      mkdirSync(place);
      execFileSync("mount", ["-t", "tmpfs", "envseal-test", place]);
      onTestFinished(() => {
        execFileSync("umount", ["-l", place]);
      });
    }
    mkdirSync(project.path("..", `.other.${dead}`));
    project.write("../phrase", "orbit velvet cactus mango quartz lantern");
    project.ok(["set", "MORE", "-q"], { input: LONG });
    project.ok(["backup", "create", "../backup", "-q", "--passphrase-file", "../phrase"]);
    expect(leftovers(project).sort()).toEqual([`.backup.${dead}`, `repo/.git/envseal/${dead}`]);
  });
});

/** No file may grow beyond half a kilobyte: what is larger is written in part, and then refused. */
function limited(project: Project, args: readonly string[], { env = {}, input = "" }: Options = {}): Result {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", `trap '' XFSZ; ulimit -f 1; exec "$@"`, "sh", process.execPath, CLI, ...args], {
    cwd: project.folder,
    env: { ...project.sandbox.env, ...env } as NodeJS.ProcessEnv,
    input,
  });
  return { code: status ?? -1, stdout: stdout.toString(), stderr: stderr.toString() };
}

describe.runIf(hasUlimit)(`a write that the system cuts short${hasUlimit ? "" : " (skipped: needs ulimit -f of Linux)"}`, () => {
  it("is never taken for a whole one", () => {
    const project = sealedProject({ ".env": `API_KEY=${SECRET}\nOTHER=${LONG}\n` });
    const before = { values: valuesOf(project), vault: project.read(".env.vault"), manifest: project.read("envseal.json") };
    const editor = join(project.sandbox.root, "editor");
    writeFileSync(editor, "exit 0\n");
    for (const [args, env] of [
      [["edit", "-q"], { EDITOR: `sh ${editor}` }],
      [["set", "MORE", "-q"], {}],
      [["rotate", "-q"], {}],
      [["export", "--output", "../exported", "-q"], {}],
      [["hooks", "install", "-q"], {}],
    ] as [string[], Record<string, string>][])
      refusesWell(limited(project, args, { env, input: LONG }));
    expect(valuesOf(project)).toEqual(before.values);
    expect([project.read(".env.vault"), project.read("envseal.json")]).toEqual([before.vault, before.manifest]);
    expect(leftovers(project)).toEqual([]);
    expect(exposed(project, [LONG]).map((path) => readFileSync(path, "utf8"))).toEqual([`API_KEY=${SECRET}\nOTHER=${LONG}\n`]);
  });
});
