// The main job, end to end, on real files in a scratch folder: init, a refused plaintext commit, clone, boot with an injected key.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "envseal-demo-"));
const repo = join(scratch, "shop");
const clone = join(scratch, "server");
const PLAINTEXT =
  "# payment\nSTRIPE_KEY=sk_live_51H8xQ2eZvKYlo2C # rotate in March\nPORT=3000\n\nDATABASE_URL='postgres://shop:s3cr3t@db/shop'\n";

const env = { ...process.env, HOME: scratch, XDG_CONFIG_HOME: join(scratch, "config"), XDG_STATE_HOME: join(scratch, "state") };
for (const name of Object.keys(env)) if (/^(GIT_|ENVSEAL|NODE_OPTIONS$)/.test(name)) delete env[name];
Object.assign(env, { GIT_CONFIG_GLOBAL: join(scratch, "gitconfig") });
writeFileSync(env.GIT_CONFIG_GLOBAL, "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n");

const print = (text) => console.log(text.replaceAll(scratch, "/home/ada").replaceAll(root, "node_modules/envseal"));

/** Shows a command as it is typed, and what it printed. */
function show(command, { cwd = repo, more = {}, fails = false, quiet = false } = {}) {
  print(`\n$ ${command}`);
  const result = spawnSync("sh", ["-c", command], { cwd, env: { ...env, ...more }, encoding: "utf8" });
  const text = `${result.stdout}${result.stderr}`.trimEnd();
  if (!quiet && text !== "") print(text.replace(/^(?=.)/gm, "  "));
  if ((result.status !== 0) !== fails) throw new Error(`${command} ended with ${result.status}\n${text}`);
  return result.stdout.trim();
}

/** `envseal` as an install would put it. */
function install(folder) {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/envseal"), "junction");
}

try {
  mkdirSync(join(scratch, "bin"));
  writeFileSync(join(scratch, "bin/envseal"), `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/bin/cli.js")}" "$@"\n`, {
    mode: 0o755,
  });
  env.PATH = `${join(scratch, "bin")}:${process.env.PATH}`;
  mkdirSync(repo);
  writeFileSync(join(repo, ".env"), PLAINTEXT);
  writeFileSync(
    join(repo, "app.js"),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the app's own template
    "console.log(`listening on ${process.env.PORT}, Stripe key of ${process.env.STRIPE_KEY.length} characters`);\n",
  );
  writeFileSync(join(repo, ".gitignore"), "node_modules/\n");
  execFileSync("git", ["init", "-q"], { cwd: repo, env });

  show("envseal init --yes");
  show("git add --force .env && envseal check --staged", { fails: true });
  execFileSync("git", ["rm", "-q", "--cached", ".env"], { cwd: repo, env });
  const key = show("envseal deploy-key create server", { quiet: true });
  print(`  ${key.slice(0, 16)}… (shown once; it goes to the server as ENVSEAL_KEY)`);
  show('git add -A && git commit -qm "seal the environment" && git ls-files');

  show("git clone -q shop server", { cwd: scratch });
  install(clone);
  const server = { HOME: "/nonexistent", XDG_CONFIG_HOME: "", XDG_STATE_HOME: "" };
  const withKey = { ...server, ENVSEAL_KEY: key };
  show("node -r envseal/config app.js   # on the server, without a key: the app does not start", { cwd: clone, more: server, fails: true });
  show("node -r envseal/config app.js   # with ENVSEAL_KEY", { cwd: clone, more: withKey });
  show("envseal decrypt && cmp .env ../shop/.env", { cwd: clone, more: withKey });
  if (readFileSync(join(clone, ".env"), "utf8") !== PLAINTEXT) throw new Error("the decrypted file differs");
  print("\nthe same bytes, on another machine, with nothing but an injected key");
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
