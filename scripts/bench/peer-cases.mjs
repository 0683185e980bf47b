// One project of `count` values for each tool, and the commands that do the same work in it. A tool that is not there has none.
import { spawnSync } from "node:child_process";
import { createCipheriv, randomBytes } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, link } from "./place.mjs";
import { dotenvOf, someValue } from "./repository.mjs";

const has = (program, ...args) => spawnSync(program, args).status === 0;
const node = (...args) => [process.execPath, ...args];
const EMPTY = ["-e", "0"];

/** A folder with a plaintext .env of its own. @returns { folder, run, fresh } `run` throws where a command fails, `fresh` writes new values */
function project(scratch, name, count, env) {
  const folder = join(scratch, `${name}-${count}`);
  mkdirSync(folder);
  const fresh = () => writeFileSync(join(folder, ".env"), dotenvOf(Array.from({ length: count }, someValue)));
  fresh();
  const run = (command, ...args) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  return { folder, run, fresh, text: dotenvOf(Array.from({ length: count }, someValue)) };
}

function envseal({ scratch, env, count }) {
  const { folder, run, fresh } = project(scratch, "ours", count, env);
  link(folder, "envseal");
  run(...node(cli, "init", "--yes", "-q"));
  const keyed = (...flags) => ({ ENVSEAL_KEY: run(...node(cli, "deploy-key", "create", ...flags, "-q")) });
  return [
    { name: "nothing: node -e 0", folder, command: node(...EMPTY) },
    { name: "boot: envseal, read-only key", folder, env: keyed("reader", "--read-only"), command: node("-r", "envseal/config", ...EMPTY) },
    { name: "boot: envseal, identity key", folder, env: keyed("app"), command: node("-r", "envseal/config", ...EMPTY) },
    { name: "get: envseal", folder, command: node(cli, "get", "SECRET_5") },
    { name: "run: envseal", folder, command: node(cli, "run", "--", "true") },
    { name: "set: envseal", folder, command: ["sh", "-c", 'date +%s%N | "$0" "$@"', ...node(cli, "set", "SECRET_5", "-q")] },
    { name: "encrypt: envseal", folder, before: fresh, command: node(cli, "encrypt", "-q", "--yes") },
    { name: "decrypt: envseal", folder, command: node(cli, "decrypt", "--stdout") },
  ];
}

/** What dotenv 16 and 17 open with DOTENV_KEY: nonce, ciphertext and tag in base64. */
function dotenvVault(text) {
  const [key, nonce] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString("base64");
  return {
    vault: `DOTENV_VAULT_PRODUCTION="${sealed}"\n`,
    key: `dotenv://:key_${key.toString("hex")}@dotenvx.com/vault/.env.vault?environment=production`,
  };
}

function dotenv({ scratch, env, count, packages }) {
  if (packages === null) return [];
  const command = node("-r", "dotenv/config", ...EMPTY);
  const [plain, vaulted] = ["dotenv", "dotenv-vault"].map((name) => project(scratch, name, count, env));
  for (const { folder } of [plain, vaulted]) symlinkSync(packages, join(folder, "node_modules"), "junction");
  const { vault, key } = dotenvVault(vaulted.text);
  writeFileSync(join(vaulted.folder, ".env.vault"), vault);
  return [
    { name: "boot: dotenv 17, plaintext", folder: plain.folder, command },
    { name: "boot: dotenv 17, its vault", folder: vaulted.folder, env: { DOTENV_KEY: key }, command },
  ];
}

/** At 1000 values it takes over half a minute for each command. */
const DOTENVX_MOST = 100;

function dotenvx({ scratch, env, count, packages }) {
  if (packages === null || count > DOTENVX_MOST) return [];
  const [{ folder, run }, other] = ["dotenvx", "dotenvx-encrypt"].map((name) => project(scratch, name, count, env));
  for (const one of [folder, other.folder]) symlinkSync(packages, join(one, "node_modules"), "junction");
  const program = node(join(packages, "@dotenvx/dotenvx/src/cli/dotenvx.js"));
  run(...program, "encrypt");
  return [
    { name: "boot: dotenvx", folder, command: node("-e", 'require("@dotenvx/dotenvx").config({ quiet: true })') },
    { name: "get: dotenvx", folder, command: [...program, "get", "SECRET_5"] },
    { name: "run: dotenvx", folder, command: [...program, "run", "--quiet", "--", "true"] },
    { name: "set: dotenvx", folder, command: [...program, "set", "SECRET_5", "value"] },
    { name: "encrypt: dotenvx", folder: other.folder, before: other.fresh, command: [...program, "encrypt"] },
    { name: "decrypt: dotenvx", folder, command: [...program, "decrypt", "--stdout"] },
  ];
}

function sops({ scratch, env, count }) {
  if (!has("sops", "--disable-version-check", "--version") || !has("age-keygen", "--version")) return [];
  const { folder, run } = project(scratch, "sops", count, env);
  run("age-keygen", "-o", "key");
  const keys = { SOPS_AGE_KEY_FILE: join(folder, "key"), SOPS_AGE_RECIPIENTS: run("age-keygen", "-y", "key") };
  const recipients = `SOPS_AGE_RECIPIENTS=${keys.SOPS_AGE_RECIPIENTS}`;
  run("env", recipients, "sops", "encrypt", "--input-type", "dotenv", "--output-type", "dotenv", "--output", "sealed.env", ".env");
  const of = (name, ...args) => ({ name: `${name}: sops`, folder, env: keys, command: ["sops", ...args] });
  return [
    of("get", "decrypt", "--extract", '["SECRET_5"]', "sealed.env"),
    of("run", "exec-env", "sealed.env", "true"),
    { ...of("set"), command: ["sh", "-c", `sops set sealed.env '["SECRET_5"]' "\\"$(date +%s%N)\\""`] },
    of("encrypt", "encrypt", "--input-type", "dotenv", "--output-type", "dotenv", ".env"),
    of("decrypt", "decrypt", "sealed.env"),
  ];
}

function age({ scratch, env, count }) {
  if (!has("age", "--version")) return [];
  const { folder, run } = project(scratch, "age", count, env);
  run("age-keygen", "-o", "key");
  const encrypt = ["age", "-e", "-i", "key", "-o", "sealed", ".env"];
  run(...encrypt);
  return [
    { name: "encrypt: age", folder, command: encrypt },
    { name: "decrypt: age", folder, command: ["age", "-d", "-i", "key", "sealed"] },
  ];
}

function gitCrypt({ scratch, env, count }) {
  if (!has("git-crypt", "--version")) return [];
  const { folder, run } = project(scratch, "git-crypt", count, env);
  run("git", "init", "-q");
  for (const pair of ["user.name bench", "user.email bench@example.com"]) run("git", "config", ...pair.split(" "));
  run("git-crypt", "init");
  writeFileSync(join(folder, ".gitattributes"), ".env filter=git-crypt diff=git-crypt\n");
  run("git", "add", ".env", ".gitattributes");
  run("git", "commit", "-qm", "first");
  return [
    { name: "encrypt: git-crypt", folder, command: ["sh", "-c", "git-crypt clean <.env"] },
    { name: "decrypt: git-crypt", folder, command: ["sh", "-c", "git cat-file blob HEAD:.env | git-crypt smudge"] },
  ];
}

/** @returns cases for inTurn, named "WORK: TOOL", ours first; each with its whole environment */
export const peerCases = (options) =>
  [envseal, dotenv, dotenvx, sops, age, gitCrypt]
    .flatMap((tool) => tool(options))
    .map((one) => ({ ...one, env: { ...options.env, ...one.env } }));
