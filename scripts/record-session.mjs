// The pictures of README, from real runs in a real terminal: what a newcomer does with the package, from an empty folder.
//   node scripts/record-session.mjs [FOLDER]     writes the pictures there (default: docs/pictures), and prints what each step took
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { picture } from "./session/picture.mjs";
import { Shell } from "./session/shell.mjs";

const root = resolve(import.meta.dirname, "..");
const folder = resolve(process.argv[2] ?? join(root, "docs/pictures"));
const scratch = mkdtempSync(join(tmpdir(), "envseal-session-"));
const home = join(scratch, "ada");

const packed = JSON.parse(
  execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }),
);
/** Here the name `envseal` means the package as npm would publish it, since a registry may have none, or an older one. */
const npm = `npm() { [ "$*" = "install envseal" ] && set -- install --save "${join(scratch, packed[0].filename)}"; command npm "$@"; }`;
mkdirSync(home);
writeFileSync(join(scratch, "npm.sh"), `${npm}\n`);

/** No key and no path of this machine gets into a picture; recovery words are on the terminal's second screen, which is gone. */
const shown = (raw) => raw.replace(/(esk_[a-z0-9-]+_[\w-]{4})[\w-]+/g, "$1…").replaceAll(scratch, "/home");
const word = (match, raw) => new RegExp(`\\b${match[1]}\\. ([a-z]+)`).exec(raw.slice(raw.lastIndexOf("recovery words:")))[1];
const QUESTIONS = [[/go ahead\?/, ""], [/press Enter/, ""], ...Array(3).fill([/◆\S*\s+word (\d+)/, word])];

async function record(name, play) {
  const shell = new Shell(home, scratch, {
    BASH_ENV: join(scratch, "npm.sh"),
    npm_config_cache: join(homedir(), ".npm"),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    npm_config_loglevel: "error",
  });
  await shell.quietly(`. ${join(scratch, "npm.sh")}`);
  await play(shell);
  await shell.end();
  writeFileSync(join(folder, `${name}.svg`), await picture(shown(shell.shown.replace(/\$ (exit\r?\n.*)?$/s, ""))));
  const seconds = shell.times.reduce((sum, time) => sum + time, 0) / 1000;
  console.log(`${name}: ${seconds.toFixed(1)} s in ${shell.times.length} commands`);
}

try {
  await record("two-minutes", async (shell) => {
    await shell.run("mkdir shop && cd shop && git init -q");
    await shell.run("npm install envseal");
    await shell.run("printf 'STRIPE_KEY=sk_live_51H8xQ2eZvKYlo2C\\nPORT=3000\\n' > .env");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the app's own template
    await shell.run("echo 'console.log(`port ${process.env.PORT}, a key of ${process.env.STRIPE_KEY.length}`)' > app.js");
    await shell.run("npx envseal init --ci github", { answers: QUESTIONS });
    const [key] = /esk_\S+/.exec(await shell.run("npx envseal deploy-key create server"));
    await shell.run("echo node_modules >> .gitignore && git add -A && git commit -qm 'seal the environment'");
    await shell.run("git clone -q . ../server && cd ../server && npm ci   # and now on the server");
    // Another machine: no home of Ada's, no identity.
    await shell.quietly(`export HOME=/nonexistent XDG_CONFIG_HOME= XDG_STATE_HOME= KEY=${key}`);
    await shell.run("node -r envseal/config app.js 2>&1 | grep -o 'envseal:.*'");
    await shell.run('ENVSEAL_KEY="$KEY" node -r envseal/config app.js');
  });
  await record("hook", async (shell) => {
    await shell.quietly("cd shop");
    await shell.run("echo 'export const stripe = new Stripe(\"sk_live_51H8xQ2eZvKYlo2C\")' > pay.js");
    await shell.run("git add pay.js && git commit -m 'take payments'", { fails: true });
    await shell.run("git rm -q --cached pay.js && git add --force .env && git commit -m 'oops'", { fails: true });
    await shell.quietly("git rm -q --cached .env");
  });
  await record("status", async (shell) => {
    await shell.quietly("cd shop && rm pay.js");
    await shell.run("echo 'MAIL_TOKEN=tok-0123456789' >> .env");
    await shell.run("npx envseal status");
    await shell.run("npx envseal encrypt");
    await shell.quietly("git commit -qam 'send mail'");
  });
  await record("log", async (shell) => {
    await shell.quietly("cd shop && printf sk_live_7Qm2LpT4vWx9Zr0a | npx envseal set -q STRIPE_KEY && git commit -qam 'new Stripe key'");
    await shell.quietly("npx envseal rotate -q -y && git commit -qam 'rotate'");
    await shell.run("npx envseal log");
    await shell.run("npx envseal exposure --recipient server");
  });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
