// The same work done by the tools of others, in the same run: whole process trees, in turn with ours. What does not install
// is left out, and the table says so.
import { spawnSync } from "node:child_process";
import { createCipheriv, randomBytes } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, inTurn } from "./tree.mjs";

const root = join(import.meta.dirname, "../..");
const PACKAGES = ["@dotenvx/dotenvx@2.38.2", "dotenv@17.4.2"];

export const peersHead = ["what", "values", "CPU ms (median)", "lowest", "wall ms (median)", "ours, of it"];

/** Where the packages are; null where the registry does not have them. By this shell's own configuration of npm. */
function install(scratch) {
  const folder = join(scratch, "peers");
  mkdirSync(folder);
  const args = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, ...PACKAGES];
  return spawnSync("npm", args, { timeout: 120_000 }).status === 0 ? join(folder, "node_modules") : null;
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

const has = (program, ...args) => spawnSync(program, args).status === 0;

function cases({ scratch, env, count, packages }) {
  const text = Array.from({ length: count }, (_, index) => `SECRET_${index}=${randomBytes(18).toString("base64url")}\n`).join("");
  const place = (name) => {
    const folder = join(scratch, `${name}-${count}`);
    mkdirSync(folder);
    writeFileSync(join(folder, ".env"), text);
    return folder;
  };
  const must = (folder, command, ...args) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const ours = place("ours");
  mkdirSync(join(ours, "node_modules"));
  symlinkSync(root, join(ours, "node_modules/envseal"), "junction");
  must(ours, process.execPath, cli, "init", "--yes", "-q");
  const keyed = (...flags) => ({ ...env, ENVSEAL_KEY: must(ours, process.execPath, cli, "deploy-key", "create", ...flags, "-q") });
  const identity = keyed("app");
  const readOnly = keyed("reader", "--read-only");
  const node = (...args) => [process.execPath, ...args];
  let counter = 0;
  const boot = [
    { name: "nothing: node -e 0", folder: ours, env, command: node("-e", "0") },
    { name: "boot: envseal, read-only key", folder: ours, env: readOnly, command: node("-r", "envseal/config", "-e", "0") },
    { name: "boot: envseal, identity key", folder: ours, env: identity, command: node("-r", "envseal/config", "-e", "0") },
  ];
  const commands = [
    { name: "get: envseal", folder: ours, env, command: node(cli, "get", "SECRET_5") },
    { name: "run: envseal", folder: ours, env, command: node(cli, "run", "--", "true") },
    {
      name: "set: envseal",
      folder: ours,
      env,
      command: ["sh", "-c", `echo ${counter++} | "$0" "$@"`, ...node(cli, "set", "SECRET_5", "-q")],
    },
    { name: "decrypt: envseal", folder: ours, env, command: node(cli, "decrypt", "--stdout") },
  ];
  if (packages !== null) {
    const linked = (name) => {
      const folder = place(name);
      symlinkSync(packages, join(folder, "node_modules"), "junction");
      return folder;
    };
    const plain = linked("dotenv");
    boot.push({ name: "boot: dotenv 17, plaintext", folder: plain, env, command: node("-r", "dotenv/config", "-e", "0") });
    const vaulted = linked("dotenv-vault");
    const { vault, key } = dotenvVault(text);
    writeFileSync(join(vaulted, ".env.vault"), vault);
    boot.push({
      name: "boot: dotenv 17, its vault",
      folder: vaulted,
      env: { ...env, DOTENV_KEY: key },
      command: node("-r", "dotenv/config", "-e", "0"),
    });
    const x = linked("dotenvx");
    const dotenvx = node(join(packages, "@dotenvx/dotenvx/src/cli/dotenvx.js"));
    must(x, ...dotenvx, "encrypt");
    const config = 'require("@dotenvx/dotenvx").config({ quiet: true })';
    boot.push({ name: "boot: dotenvx", folder: x, env, command: node("-e", config) });
    commands.push(
      { name: "get: dotenvx", folder: x, env, command: [...dotenvx, "get", "SECRET_5"] },
      { name: "run: dotenvx", folder: x, env, command: [...dotenvx, "run", "--quiet", "--", "true"] },
      { name: "set: dotenvx", folder: x, env, command: [...dotenvx, "set", "SECRET_5", "value"] },
      { name: "decrypt: dotenvx", folder: x, env, command: [...dotenvx, "decrypt", "--stdout"] },
    );
  }
  if (has("age", "--version")) {
    const folder = place("age");
    must(folder, "age-keygen", "-o", "key");
    must(folder, "age", "-e", "-i", "key", "-o", "sealed", ".env");
    commands.push({ name: "decrypt: age", folder, env, command: ["age", "-d", "-i", "key", "sealed"] });
  }
  if (has("git-crypt", "--version")) {
    const folder = place("git-crypt");
    must(folder, "git", "init", "-q");
    for (const pair of ["user.name bench", "user.email bench@example.com"]) must(folder, "git", "config", ...pair.split(" "));
    must(folder, "git-crypt", "init");
    writeFileSync(join(folder, ".gitattributes"), ".env filter=git-crypt diff=git-crypt\n");
    must(folder, "git", "add", ".env", ".gitattributes");
    must(folder, "git", "commit", "-qm", "first");
    const smudge = ["sh", "-c", "git cat-file blob HEAD:.env | git-crypt smudge"];
    commands.push({ name: "decrypt: git-crypt", folder, env, command: smudge });
  }
  if (has("sops", "--version")) {
    const folder = place("sops");
    must(folder, "age-keygen", "-o", "key");
    const sops = { ...env, SOPS_AGE_KEY_FILE: join(folder, "key") };
    const recipient = must(folder, "age-keygen", "-y", "key");
    must(folder, "sh", "-c", `SOPS_AGE_RECIPIENTS=${recipient} sops encrypt --input-type dotenv --output-type dotenv .env >sealed.env`);
    commands.push({ name: "decrypt: sops", folder, env: sops, command: ["sops", "decrypt", "sealed.env"] });
    commands.push({ name: "run: sops", folder, env: sops, command: ["sops", "exec-env", "sealed.env", "true"] });
  }
  return [...boot, ...commands];
}

export function peerRows({ scratch, env, rounds }) {
  const packages = install(scratch);
  // At 1000 values dotenvx takes over half a minute for each.
  return [10, 100].flatMap((count) => {
    const measured = inTurn(rounds, cases({ scratch, env, count, packages }));
    const oursOf = (name) => measured.get(name.startsWith("boot") ? "boot: envseal, read-only key" : `${name.split(":")[0]}: envseal`);
    return [...measured].map(([name, { cpu, wall }]) => {
      const own = name.includes("envseal") ? undefined : oursOf(name);
      const ratio = own === undefined ? "" : (own.cpu.low / cpu.low).toFixed(2);
      return [name, count, cpu.median.toFixed(0), cpu.low.toFixed(0), wall.median.toFixed(0), ratio];
    });
  });
}

export const growthHead = ["values", "boot ms", "get ms", "set ms", "decrypt ms", "encrypt ms", "memory of decrypt MB"];

/** From ten values to a hundred thousand: lowest CPU of whole process trees. */
export function growthRows({ scratch, env, memoryOf }) {
  return [10, 100, 1000, 10_000, 100_000].map((count) => {
    const folder = join(scratch, `growth-${count}`);
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(root, join(folder, "node_modules/envseal"), "junction");
    const text = () => Array.from({ length: count }, (_, index) => `N${index}=${randomBytes(9).toString("base64url")}\n`).join("");
    writeFileSync(join(folder, ".env"), text());
    const run = (...args) => spawnSync(process.execPath, [cli, ...args], { cwd: folder, env, encoding: "utf8" });
    const made = run("init", "--yes", "-q");
    if (made.status !== 0) return [count, `refused: ${made.stderr.split("\n")[0]}`, "", "", "", "", ""];
    const key = run("deploy-key", "create", "app", "-q").stdout.trim();
    const node = (...args) => [process.execPath, ...args];
    const decrypt = node(cli, "decrypt", "--stdout");
    const measured = inTurn(count > 1000 ? 2 : 5, [
      { name: "boot", folder, env: { ...env, ENVSEAL_KEY: key }, command: node("-r", "envseal/config", "-e", "0") },
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
    return [count, ...[...measured.values()].map(({ cpu }) => cpu.low.toFixed(0)), memoryOf(folder, env, decrypt).toFixed(0)];
  });
}
