// Guards: whole process trees (git, its hooks, node), CPU and wall time, each beside what it is measured against.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, root } from "./place.mjs";
import { memoryOf } from "./process.mjs";
import { dotenvOf, sealedRepository, someValue } from "./repository.mjs";
import { over, row } from "./row.mjs";
import { inTurn } from "./tree.mjs";

/** What code looks like, to cut files from. */
const code = readFileSync(join(root, "dist/bin/hook-main.cjs"));

export const head = ["what", "wall ms (median)", "lowest", "CPU ms (median)", "lowest", "memory MB", "ratio or difference", "limit"];

/** A repository with a sealed `.env` and `files` (path → bytes), committed. */
function repository(folder, env, values, files, hooks) {
  const run = sealedRepository(folder, env, dotenvOf(Array.from({ length: values }, someValue)), hooks);
  for (const [path, bytes] of files) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  const git = (...args) => run("git", args);
  git("add", "-A");
  git("commit", "-qm", "first");
  return git;
}

/** `count` files of 1 to 36 kB, mostly small, all different: 10 kB on average. */
function* sources(count, scale = 1) {
  for (let index = 0; index < count; index++) {
    const size = Math.floor(1000 + scale * Math.random() ** 3 * 36_000);
    const at = Math.floor(Math.random() * (code.length - size));
    const bytes = Buffer.concat([Buffer.from(`// ${randomBytes(8).toString("hex")}\n`), code.subarray(at, at + size)]);
    yield [`d${Math.floor(index / 100)}/f${index}.js`, bytes];
  }
}

const line = (name, { wall, cpu }, { memory, ratio = "", limit = "", missed = [] } = {}) =>
  row(
    [
      name,
      ...[wall.median, wall.low, cpu.median, cpu.low].map((number) => number.toFixed(0)),
      memory === undefined ? "" : memory.toFixed(0),
      ratio,
      limit,
    ],
    missed.filter(Boolean).join("; "),
  );

/** An ordinary commit: 5 files of 10,000, 100 values; without hooks, with two empty node hooks as husky would start them, and ours. */
export function commitRows({ scratch, env, rounds }) {
  const folder = join(scratch, "commit");
  const git = repository(folder, env, 100, sources(10_000, 0.1), true);
  const empty = join(scratch, "empty-hooks");
  mkdirSync(empty);
  for (const event of ["pre-commit", "commit-msg"]) {
    writeFileSync(join(empty, event), "#!/bin/sh\nnode -e 0\n");
    chmodSync(join(empty, event), 0o755);
  }
  const before = () => {
    for (const [path, bytes] of sources(5)) writeFileSync(join(folder, path), bytes);
    git("add", "-A");
  };
  const commit = (name, ...options) => ({
    name,
    folder,
    env,
    before,
    command: ["git", ...options, "commit", "-qm", "an ordinary message: check-scopes"],
  });
  const results = inTurn(rounds, [
    { name: "node -e 0", folder, env, command: ["node", "-e", "0"] },
    commit("commit, no hooks", "-c", "core.hooksPath=/dev/null"),
    commit("commit, two empty node hooks", "-c", `core.hooksPath=${empty}`),
    commit("commit, envseal's hooks"),
  ]);
  const [node, , two, ours] = [...results.values()];
  const least = ours.cpu.low - two.cpu.low;
  const ratio = `${(ours.cpu.median - two.cpu.median).toFixed(0)} ms CPU over empty hooks (lowest: ${least.toFixed(0)}), ${(least / node.cpu.low).toFixed(2)} × node`;
  return [...results].map(([name, result]) =>
    line(name, result, result === ours ? { ratio, limit: "60 ms", missed: [over(least, 60, "ms over empty hooks")] } : {}),
  );
}

/** All objects of a repository, loose and packed, beside git reading them. */
function scanRows({ scratch, env, rounds }) {
  const loose = join(scratch, "loose");
  repository(loose, env, 100, sources(12_000), false);
  const packed = join(scratch, "packed");
  cpSync(loose, packed, { recursive: true });
  spawnSync("git", ["gc", "-q"], { cwd: packed, env });
  return [loose, packed].flatMap((folder) => {
    const kind = folder === loose ? "loose" : "packed";
    const scan = [process.execPath, cli, "scan", "--history", "-q"];
    const results = inTurn(rounds, [
      {
        name: `git cat-file, 12,000 ${kind} objects, 120 MB`,
        folder,
        env,
        command: "git cat-file --batch-all-objects --unordered --batch".split(" "),
      },
      { name: `scan --history, ${kind}`, folder, env, command: scan },
    ]);
    const [git, ours] = [...results.values()];
    const times = ours.wall.low / git.wall.low;
    const memory = memoryOf(folder, env, scan);
    const ratio = `${(ours.wall.median / git.wall.median).toFixed(2)} × cat-file (lowest: ${times.toFixed(2)}), CPU ${(ours.cpu.low / git.cpu.low).toFixed(2)} ×`;
    const missed = [over(times, 1.5, "× cat-file"), over(memory, 250, "MB")];
    return [...results].map(([name, result]) => line(name, result, result === ours ? { memory, ratio, limit: "1.5, 250 MB", missed } : {}));
  });
}

/** Every object for our values, beside gitleaks, which looks for patterns: it takes minutes for what the rows above have. */
function gitleaksRows({ scratch, env, rounds }) {
  if (spawnSync("gitleaks", ["version"]).status !== 0) return [];
  const folder = join(scratch, "gitleaks");
  repository(folder, env, 100, sources(1000), false);
  const results = inTurn(Math.min(rounds, 3), [
    { name: "scan --history, 1,000 objects, 10 MB", folder, env, command: [process.execPath, cli, "scan", "--history", "-q"] },
    { name: "gitleaks git, the same", folder, env, command: "gitleaks git --no-banner --exit-code 0 --log-opts=--all .".split(" ") },
  ]);
  const [ours, theirs] = [...results.values()];
  const times = ours.cpu.low / theirs.cpu.low;
  const ratio = `${times.toFixed(2)} × gitleaks (CPU)`;
  const missed = [over(times, 1, "× gitleaks")];
  return [...results].map(([name, result]) => line(name, result, result === ours ? { ratio, missed } : {}));
}

/** 50 MB staged, and 500 commits pushed, with 1,000 values. */
export function largeRows({ scratch, env, rounds }) {
  const folder = join(scratch, "large");
  const git = repository(folder, env, 1000, [], false);
  const first = spawnSync("git", ["rev-parse", "HEAD"], { cwd: folder, env, encoding: "utf8" }).stdout.trim();
  for (let index = 0; index < 500; index++) {
    const [[, bytes]] = sources(1);
    writeFileSync(join(folder, `p${index % 50}.js`), bytes);
    git("add", "-A");
    git("commit", "-qm", `change ${index}`);
  }
  const head = spawnSync("git", ["rev-parse", "HEAD"], { cwd: folder, env, encoding: "utf8" }).stdout.trim();
  writeFileSync(join(scratch, "pushed"), `refs/heads/main ${head} refs/heads/main ${first}\n`);
  for (let index = 0; index < Math.ceil((50 << 20) / code.length); index++)
    writeFileSync(join(folder, `s${index}.js`), Buffer.concat([code, Buffer.from(`// ${index}\n`)]));
  git("add", "-A");
  const hook = join(root, "dist/bin/hook.cjs");
  const staged = [process.execPath, hook, "pre-commit"];
  const pushed = ["sh", "-c", `exec "$0" "$@" <'${join(scratch, "pushed")}'`, process.execPath, hook, "pre-push", "origin", "url"];
  const results = inTurn(rounds, [
    { name: "hook pre-commit, 50 MB staged, 1,000 values", folder, env, command: staged },
    { name: "hook pre-push, 500 commits, 1,000 values", folder, env, command: pushed },
  ]);
  return [
    [staged, 500],
    [pushed, 3000],
  ].map(([command, limit], index) => {
    const [name, result] = [...results][index];
    const memory = memoryOf(folder, env, command);
    const missed = [over(result.wall.low, limit, "ms"), over(memory, 250, "MB")];
    return line(name, result, { memory, limit: `${limit} ms, 250 MB`, missed });
  });
}

export function guardRows(options) {
  const env = { ...options.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  return [commitRows, scanRows, gitleaksRows, largeRows].flatMap((rows) => rows({ ...options, env }));
}
