// From ten values to a hundred thousand: lowest CPU of whole process trees.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, link } from "./place.mjs";
import { memoryOf } from "./process.mjs";
import { row } from "./row.mjs";
import { inTurn } from "./tree.mjs";

export const growthHead = ["values", "boot ms", "plain dotenv ms", "get ms", "set ms", "decrypt ms", "encrypt ms", "memory of decrypt MB"];

export function growthRows({ scratch, env }) {
  return [10, 100, 1000, 10_000, 100_000].map((count) => {
    const folder = join(scratch, `growth-${count}`);
    link(folder, "envseal");
    const text = () => Array.from({ length: count }, (_, index) => `N${index}=${randomBytes(9).toString("base64url")}\n`).join("");
    const plain = join(scratch, `growth-dotenv-${count}`);
    link(plain, "dotenv");
    for (const place of [folder, plain]) writeFileSync(join(place, ".env"), text());
    const run = (...args) => spawnSync(process.execPath, [cli, ...args], { cwd: folder, env, encoding: "utf8" });
    const made = run("init", "--yes", "-q");
    if (made.status !== 0) throw new Error(made.stderr);
    const key = run("deploy-key", "create", "app", "-q").stdout.trim();
    const node = (...args) => [process.execPath, ...args];
    const decrypt = node(cli, "decrypt", "--stdout");
    const measured = inTurn(count > 1000 ? 2 : 5, [
      { name: "boot", folder, env: { ...env, ENVSEAL_KEY: key }, command: node("-r", "envseal/config", "-e", "0") },
      { name: "dotenv", folder: plain, env, command: node("-r", "dotenv/config", "-e", "0") },
      { name: "get", folder, env, command: node(cli, "get", "N5") },
      { name: "set", folder, env, command: ["sh", "-c", 'echo new | "$0" "$@"', ...node(cli, "set", "N5", "-q")] },
      { name: "decrypt", folder, env, command: decrypt },
      {
        name: "encrypt",
        folder,
        env,
        command: node(cli, "encrypt", "-q", "--yes"),
        before: () => writeFileSync(join(folder, ".env"), text()),
      },
    ]);
    const taken = [...measured.values()].map(({ cpu }) => cpu.low.toFixed(0));
    return row([count, ...taken, memoryOf(folder, env, decrypt).toFixed(0)]);
  });
}
