// A merge of two branches that change different values of a vault of 1000, by our driver, beside git's own merge of the
// same in plaintext.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli } from "./place.mjs";
import { dotenvOf, sealedRepository, someValue } from "./repository.mjs";
import { row } from "./row.mjs";
import { inTurn } from "./tree.mjs";

const VALUES = 1000;

export const mergeHead = ["what", "CPU ms (median)", "lowest", "wall ms (median)", "ratio of lowest CPU"];

/** Branches `ours` and `theirs` from one commit, each with 20 changes of its own; `path` says which file they change. */
function repository(folder, env, path) {
  const values = Array.from({ length: VALUES }, someValue);
  const isVault = path === ".env.vault";
  const run = sealedRepository(folder, env, dotenvOf(values), isVault);
  const commit = (message, list) => {
    writeFileSync(join(folder, isVault ? ".env" : path), dotenvOf(list));
    if (isVault) run(process.execPath, [cli, "encrypt", "-q", "--yes"]);
    run("git", ["add", path, "envseal.json", ".env.vault", ".gitattributes", ".gitignore"]);
    run("git", ["commit", "-qm", message]);
  };
  commit("first", values);
  for (const [branch, from] of [
    ["ours", 0],
    ["theirs", 500],
  ]) {
    run("git", ["switch", "-q", "-c", branch, "main"]);
    commit(
      branch,
      values.map((value, index) => (index % 25 === 0 && index >= from && index < from + 500 ? someValue() : value)),
    );
  }
  run("git", ["switch", "-q", "ours"]);
  run("git", ["tag", "parted"]);
}

export function mergeRows({ scratch, env, rounds }) {
  const cases = [
    ["git merge, plaintext twin", "twin"],
    ["git merge, vault", ".env.vault"],
  ].map(([name, path]) => {
    const folder = join(scratch, `merge-${path}`);
    repository(folder, env, path);
    const before = () => spawnSync("git", ["reset", "-q", "--hard", "parted"], { cwd: folder, env });
    return { name, folder, env, before, command: ["git", "-c", "core.hooksPath=/dev/null", "merge", "-q", "--no-edit", "theirs"] };
  });
  const measured = inTurn(rounds, [{ name: "node -e 0", folder: scratch, env, command: [process.execPath, "-e", "0"] }, ...cases]);
  const [node, plain, vault] = [...measured.values()];
  const ratio = `${((vault.cpu.low - plain.cpu.low) / node.cpu.low).toFixed(2)} × node over the plaintext's`;
  return [...measured].map(([name, { cpu, wall }]) =>
    row([name, cpu.median.toFixed(0), cpu.low.toFixed(0), wall.median.toFixed(0), name === "git merge, vault" ? ratio : ""]),
  );
}
