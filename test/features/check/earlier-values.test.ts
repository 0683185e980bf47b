import { spawnSync } from "node:child_process";
import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { add, noEarlier, readEarlier, writeEarlier } from "../../../src/features/check/earlier-cache.ts";
import { earlierSecrets, extend } from "../../../src/features/check/earlier-values.ts";
import { openProject } from "../../../src/workspace/project.ts";
import { unlockAtHand } from "../../../src/workspace/unlock-at-hand.ts";
import { isNightly } from "../../support/sample.ts";
import { type Project, sandbox, sealedProject } from "../../support/sandbox.ts";

/** What pushes an argument each for it ends node at some 120,000 of them; ten times that at night. */
const MANY = isNightly ? 1_250_000 : 130_000;
/** Over 64 MiB, and ten times that at night. */
const LARGE = (isNightly ? 640 : 65) << 20;

const random = (index: number) => `${(index * 2_654_435_761) >>> 0}-k3Y${index.toString(36)}-${(index * 40_503) >>> 0}Zq`;
const earlier = (index: number, name = `API_KEY_${index % 10_000}`) => ({ name, vault: ".env.vault", version: 1, value: random(index) });

function opened(project: Project) {
  const context = { cwd: project.folder, env: project.sandbox.env, environment: undefined, file: undefined };
  const given = { ...context, json: false, quiet: true, yes: false, args: [], rest: [], flags: {} };
  const here = openProject(given);
  return {
    here,
    keyring: unlockAtHand(here.manifest, "default", given)?.keyring as NonNullable<ReturnType<typeof unlockAtHand>>["keyring"],
  };
}

function committed(): Project {
  const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\n" });
  project.commitAll("first");
  project.ok(["hooks", "install"]);
  vi.stubEnv("XDG_STATE_HOME", project.sandbox.env.XDG_STATE_HOME);
  return project;
}

function commit(project: Project, content: string) {
  project.write("app.js", content);
  project.git("add", "app.js");
  return spawnSync("git", ["commit", "-qm", "x"], { cwd: project.folder, env: project.sandbox.env, encoding: "utf8" });
}

describe("earlier values", () => {
  beforeEach(() => vi.stubEnv("XDG_STATE_HOME", "/dev/null/none"));
  afterEach(() => vi.unstubAllEnvs());

  it(`${MANY} of them are kept, and looked for by a commit`, { timeout: 600_000 }, () => {
    const project = committed();
    const { here, keyring } = opened(project);
    const known = noEarlier();
    for (let index = 0; index < MANY; index++) add(known, earlier(index));
    known.blobs.add("a".repeat(40));
    writeEarlier(here, keyring, known);
    const again = readEarlier(here, keyring);
    expect([again.values.length, again.size, again.blobs.size, again.left]).toEqual([MANY, known.size, 1, 0]);
    expect(again.values[MANY - 1]).toEqual(earlier(MANY - 1));
    expect(commit(project, "harmless\n")).toMatchObject({ status: 0, stderr: "" });
    expect(commit(project, `x = "${random(MANY - 1)}"\n`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`API_KEY_${(MANY - 1) % 10_000} (.env.vault, an earlier value`),
    });
  });

  it(`${LARGE >> 20} MiB of them are kept as far as a hook has memory for, and it says what was left out`, {
    timeout: 600_000,
  }, async () => {
    const project = committed();
    const { here, keyring } = opened(project);
    const known = noEarlier();
    const filler = "x9-Kq".repeat(8000);
    for (let index = 0; known.size + filler.length <= Math.min(LARGE, 256 << 20); index++)
      add(known, { ...earlier(index), value: `${random(index)}${filler}` });
    known.left = LARGE > 256 << 20 ? 7 : 0;
    writeEarlier(here, keyring, known);
    expect(statSync(project.path(".git/envseal/earlier", `${here.manifest.project}-default`)).size).toBeGreaterThan(64 << 20);
    expect(readEarlier(here, keyring).values).toHaveLength(known.values.length);
    const notes: string[] = [];
    expect(await earlierSecrets(here, keyring, [], notes)).toHaveLength(known.values.length);
    expect(notes).toEqual(known.left === 0 ? [] : ["7 earlier values of default beyond 256 MiB of them: not searched for"]);
    expect(commit(project, "harmless\n").status).toBe(0);
    expect(commit(project, `${random(3)}${filler}\n`).status).toBe(1);
  });

  it("beyond what there is memory for are counted, not kept", async () => {
    const project = committed();
    for (const value of ["second-value-2", "third-value-33"]) {
      project.ok(["set", "API_KEY", "-q"], { input: value });
      project.commitAll("changed");
    }
    const { here, keyring } = opened(project);
    const versions = project
      .git("log", "--format=%H")
      .trim()
      .split("\n")
      .map((commit) => ({
        path: ".env.vault",
        oid: project.git("rev-parse", `${commit}:.env.vault`).trim(),
      }));
    const known = noEarlier();
    await extend(here, keyring, known, versions, 30);
    expect([known.values.length, known.left, known.blobs.size]).toEqual([2, 1, 3]);
    writeEarlier(here, keyring, known);
    const { stderr } = commit(project, "harmless\n");
    expect(stderr).toContain("1 earlier value of default beyond 256 MiB of them: not searched for");
  });

  it("of several projects in one repository are kept apart, and a commit looks for all of them", () => {
    const folders = ["a", "b", "c"];
    const values = folders.map((_folder, index) => random(index + 77));
    const files = folders.map((folder, index) => [`${folder}/.env`, `API_KEY=${values[index]}\n`] as const);
    const project = sandbox().project({ ...Object.fromEntries(files), ".gitignore": ".env\n.envseal\n" }, { git: false });
    for (const folder of folders) project.ok(["init", "--yes", "--no-hooks", "-q", "--cwd", folder]);
    project.git("init", "-q");
    project.commitAll("sealed");
    for (const folder of folders) project.ok(["set", "API_KEY", "-q", "--cwd", folder], { input: `${random(770)}-${folder}` });
    project.commitAll("changed");
    project.ok(["hooks", "install"]);
    project.envseal(["scan", "--history"]);
    for (const value of values) expect(commit(project, `x = "${value}"\n`)).toMatchObject({ status: 1 });
  });

  it.each<[string, (path: string) => void]>([
    ["cut off at a part", (path) => truncateSync(path, readFileSync(path).readUInt32BE(0) + 4)],
    ["cut off within one", (path) => truncateSync(path, statSync(path).size - 9)],
    ["changed", (path) => writeFileSync(path, readFileSync(path).fill(0x41, 40, 41))],
    [
      "with its parts in another order",
      (path) => {
        const bytes = readFileSync(path);
        const end = bytes.readUInt32BE(0) + 4;
        writeFileSync(path, Buffer.concat([bytes.subarray(end), bytes.subarray(0, end)]));
      },
    ],
    ["empty", (path) => writeFileSync(path, "")],
    ["of somebody else's who has the data key", () => vi.stubEnv("XDG_STATE_HOME", "/dev/null/none")],
  ])("in a file that is %s count as none", (_how, spoil) => {
    const project = committed();
    const { here, keyring } = opened(project);
    const known = noEarlier();
    for (let index = 0; index < 200; index++) add(known, { ...earlier(index), value: random(index).repeat(1500) });
    writeEarlier(here, keyring, known);
    expect(readEarlier(here, keyring).values).toHaveLength(200);
    spoil(join(project.folder, ".git/envseal/earlier", `${here.manifest.project}-default`));
    expect(readEarlier(here, keyring)).toEqual(noEarlier());
  });
});
