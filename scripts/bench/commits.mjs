// Growth with history: a vault of 50 values that changes one value in every commit, beside git's own log of it. The versions
// are sealed in this process, as `envseal set` would, and imported at once.
import { join } from "node:path";
import { sources } from "../sources.mjs";
import { cli, place } from "./place.mjs";
import { memoryOf } from "./process.mjs";
import { dotenvOf, sealedRepository, someValue } from "./repository.mjs";
import { row, table } from "./row.mjs";
import { inTurn } from "./tree.mjs";

const VALUES = 50;

export const commitsHead = [
  "commits",
  "git log -p, vault ms",
  "log ms",
  "log NAME ms",
  "blame ms",
  "exposure ms",
  "scan --history ms",
  "get ms",
  "memory of log MB",
];

/** @param {number} count commits, the first with the manifest */
async function repository(folder, env, count) {
  const { openProject, targetAt, openTarget, sealDocument, serialiseVault, openVault, parseVault, setValue } = await sources([
    "workspace/project",
    "workspace/vaults",
    "core/vault/seal-vault",
    "core/vault/vault",
    "core/vault/open-vault",
    "core/vault/edit-document",
  ]);
  const run = sealedRepository(folder, env, dotenvOf(Array.from({ length: VALUES }, someValue)));
  run("git", ["add", "envseal.json", ".env.vault", ".gitattributes", ".gitignore"]);
  run("git", ["commit", "-qm", "first"]);
  const context = { cwd: folder, env, flags: {}, args: [], rest: [], quiet: true };
  const project = openProject(context);
  const { access, vault, opened } = openTarget(project, targetAt(project, join(folder, ".env.vault")), context);
  const key = access.keyring.vaultKey(access.keyring.active.keyId, vault.id);
  const commits = ["feature done\n"];
  let previous = opened;
  for (let index = 1; index < count; index++) {
    const document = setValue(previous.document, `SECRET_${index % VALUES}`, someValue());
    const text = serialiseVault(
      sealDocument(document, { environment: vault.environment, vaultId: vault.id, key, isPublic: () => false, previous: [previous] }),
    );
    previous = openVault(parseVault(text), access.keys, "the benchmark");
    const from = index === 1 ? "from refs/heads/main^0\n" : "";
    const message = `change ${index}`;
    commits.push(
      `commit refs/heads/main\ncommitter bench <bench@example.com> ${1_700_000_000 + index} +0000\ndata ${message.length}\n${message}\n${from}M 100644 inline .env.vault\ndata ${text.length}\n${text}\n`,
    );
  }
  run("git", ["fast-import", "--quiet"], `${commits.join("")}done\n`);
  run("git", ["reset", "-q", "--hard"]);
  run("git", ["gc", "-q"]);
}

export async function commitsRows({ scratch, env, counts = [100, 1000, 10_000] }) {
  const rows = [];
  for (const count of counts) {
    const folder = join(scratch, `commits-${count}`);
    await repository(folder, env, count);
    const node = (...args) => [process.execPath, cli, ...args];
    const measured = inTurn(count > 1000 ? 2 : 5, [
      { name: "git", folder, env, command: ["git", "log", "-p", "--no-textconv", "--no-ext-diff", "--", ".env.vault"] },
      { name: "log", folder, env, command: node("log") },
      { name: "log of one", folder, env, command: node("log", "SECRET_7") },
      { name: "blame", folder, env, command: node("blame", ".env") },
      { name: "exposure", folder, env, command: node("exposure", "--since-key", "v1") },
      { name: "scan", folder, env, command: node("scan", "--history", "-q") },
      { name: "get", folder, env, command: node("get", "SECRET_5") },
    ]);
    const taken = [...measured.values()].map(({ cpu }) => cpu.low.toFixed(0));
    rows.push(row([count, ...taken, memoryOf(folder, env, node("log")).toFixed(0)]));
  }
  return rows;
}

if (process.argv[1] === import.meta.filename) {
  const counts = process.argv.slice(3).map(Number);
  console.log(table(commitsHead, await commitsRows({ ...place(process.argv[2]), ...(counts.length > 0 && { counts }) })));
}
