import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dotenvx } from "../support/peers.ts";
import { type Project, Sandbox } from "../support/sandbox.ts";

export const SECRETS = {
  key: "sk_live_fault_0123456789",
  password: "pw-production-fault-01234567",
  package: "tok-package-fault-0123456789",
  new: "sk_live_changed_9876543210",
};
const EVENTS = ["pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "pre-push", "post-merge", "post-checkout"];
const PHRASE = "orbit velvet cactus mango quartz lantern";
const DOTENVX = dotenvx("2.38.2");

/** What a writing command needs around it, and what it may leave. */
export interface Scenario {
  name: string;
  args: readonly string[];
  prepare?: (project: Project) => void;
  input?: string;
  env?: (project: Project) => Record<string, string>;
  /** How a rerun may end where the first run did its work and died after it: the typed error that says so. */
  rerun?: readonly string[];
  /** Values whose earlier commits the command itself makes unreadable. */
  forgets?: true;
  /** Where the identity is no file, what opens it for a reader. */
  unlock?: readonly string[];
  /** The manifest cannot be read before it. */
  damaged?: true;
  /** Starts with a folder that has no project yet. */
  bare?: true;
}

const home = (project: Project, name: string) => project.sandbox.otherHome(name);
const phrase = ["--passphrase-file", "../phrase"];
const bob = (project: Project) => project.ok(["join", "--name", "bob", "-q"], { env: home(project, "bob") });
const granted = (project: Project) => {
  bob(project);
  project.ok(["grant", "bob", "--all", "--yes", "-q"]);
};
const sealedIdentity = (project: Project) => project.ok(["custody", "move", "passphrase", "--kdf", "pbkdf2-sha256", "-q", ...phrase]);
const newPlaintext = (project: Project) => {
  project.write("new/.env", `API_KEY=${SECRETS.new}\n`);
  chmodSync(project.path("new/.env"), 0o600);
};
const husky = (project: Project) => {
  project.write(".husky/pre-commit", "npm test\n");
  project.write(".husky/_/h", 'sh -e "$(dirname "$(dirname "$0")")/$(basename "$0")" "$@"\n');
  for (const event of EVENTS) {
    project.write(`.husky/_/${event}`, '#!/usr/bin/env sh\n. "$(dirname "$0")/h"');
    chmodSync(project.path(".husky/_", event), 0o755);
  }
  project.git("config", "core.hooksPath", ".husky/_");
};
const lefthook = (project: Project) =>
  project.write("lefthook.yml", "# ours\npre-commit:\n  jobs:\n    - name: lint\n      run: echo linted\n");
const armed = (project: Project) => project.ok(["hooks", "install", "--strict", "-q"]);

/** Both sides changed the same name, without drivers: what git left is for `resolve`, and for the driver. */
const parted = (project: Project) => {
  project.git("checkout", "-qb", "side");
  project.ok(["set", "API_KEY", "-q"], { input: `${SECRETS.key}-theirs` });
  project.commitAll("theirs");
  project.git("checkout", "-q", "main");
  project.ok(["set", "API_KEY", "-q", "--allow-older"], { input: `${SECRETS.key}-ours` });
  project.commitAll("ours");
};
const conflict = (project: Project) => {
  parted(project);
  project.node(["-e", 'require("node:child_process").spawnSync("git", ["merge", "-q", "side"])']);
};
const threeFiles = (project: Project) => {
  parted(project);
  for (const [file, rev] of [
    ["base", "main~1"],
    ["ours", "main"],
    ["theirs", "side"],
  ])
    project.write(`../${file}`, project.git("show", `${rev}:.env.vault`));
};

export const SCENARIOS: readonly Scenario[] = [
  { name: "init", args: ["init", "--yes", "--no-hooks", "--recovery-file", "../words", "-q"], bare: true, rerun: ["IO"] },
  { name: "init with hooks", args: ["init", "--yes", "-q"], bare: true },
  { name: "set", args: ["set", "API_KEY", "-q"], input: SECRETS.new },
  { name: "unset", args: ["unset", "PORT", "-q"], rerun: ["NOT_SET"] },
  { name: "encrypt", args: ["encrypt", "--yes", "-q"], prepare: (p) => p.write(".env", `API_KEY=${SECRETS.new}\nPORT=3000\n`) },
  { name: "encrypt a new vault", args: ["encrypt", "new/.env", "-q"], prepare: newPlaintext },
  { name: "decrypt", args: ["decrypt", "--yes", "-q"], prepare: (p) => rmSync(p.path(".env")) },
  {
    name: "sync",
    args: ["sync", "-q"],
    prepare: (p) => {
      p.git("stash", "-q");
      p.ok(["set", "OTHER", "-q"], { input: SECRETS.new });
      p.write(".env", `API_KEY=${SECRETS.key}\nPORT=3000\nOTHER=${SECRETS.new}\nMORE=${SECRETS.new}\n`);
    },
  },
  {
    name: "edit",
    args: ["edit", "-q"],
    prepare: (p) => writeFileSync(join(p.sandbox.root, "editor"), `echo "ADDED=${SECRETS.new}" >>"$1"\n`, { mode: 0o600 }),
    env: (p) => ({ EDITOR: `sh ${join(p.sandbox.root, "editor")}` }),
  },
  { name: "rotate", args: ["rotate", "--all", "-q"] },
  { name: "rotate, compromised", args: ["rotate", "--all", "--reason", "compromised", "-q"] },
  { name: "join", args: ["join", "--name", "bob", "-q"], env: (p) => home(p, "bob") },
  { name: "join --new", args: ["join", "--new", "--name", "bob-2", "-q"], prepare: bob, env: (p) => home(p, "bob"), rerun: ["USAGE"] },
  { name: "grant", args: ["grant", "bob", "--all", "--yes", "-q"], prepare: bob },
  { name: "revoke", args: ["revoke", "bob", "--yes", "-q"], prepare: granted, rerun: ["USAGE"] },
  { name: "deploy-key", args: ["deploy-key", "create", "ci", "-e", "production", "-q"], rerun: ["USAGE"] },
  { name: "require", args: ["require", "DB_PASSWORD", "-e", "production", "-q"] },
  { name: "allow", args: ["allow", "leak", "--path", "x.js", "--reason", "why", "-e", "default", "-q"] },
  { name: "keys suspend", args: ["keys", "suspend", "v2", "-e", "default", "--yes", "-q"], rerun: ["USAGE"] },
  { name: "keys compromise", args: ["keys", "compromise", "v1", "-e", "default", "--yes", "-q"], rerun: ["USAGE"] },
  {
    name: "keys destroy",
    args: ["keys", "destroy", "v1", "-e", "default", "--yes", "-q", "--waive-backup", "destroy v1 without a backup"],
    rerun: ["USAGE"],
    forgets: true,
  },
  { name: "recovery create", args: ["recovery", "create", "--recovery-file", "../words", "-q"], rerun: ["IO", "USAGE"] },
  { name: "backup create", args: ["backup", "create", "../backup", "-q", ...phrase], rerun: ["IO"] },
  {
    name: "backup verify",
    args: ["backup", "verify", "../backup", "-q", ...phrase],
    prepare: (p) => p.ok(["backup", "create", "../backup", "-q", ...phrase]),
  },
  {
    name: "backup restore",
    damaged: true,
    args: ["backup", "restore", "../backup", "--yes", "-q", ...phrase],
    prepare: (p) => {
      p.ok(["backup", "create", "../backup", "-q", ...phrase]);
      p.write("envseal.json", p.read("envseal.json").slice(0, 300));
    },
  },
  {
    name: "custody move passphrase",
    args: ["custody", "move", "passphrase", "--kdf", "pbkdf2-sha256", "-q", ...phrase],
    rerun: ["USAGE"],
    unlock: ["unlock", "--ttl", "2s", "-q", ...phrase],
  },
  {
    name: "custody move file",
    args: ["custody", "move", "file", "--yes", "-q", ...phrase],
    prepare: sealedIdentity,
    rerun: ["USAGE"],
    unlock: ["unlock", "--ttl", "2s", "-q", ...phrase],
  },
  {
    name: "unlock",
    args: ["unlock", "--ttl", "3s", "-q", ...phrase],
    prepare: sealedIdentity,
    unlock: ["unlock", "--ttl", "2s", "-q", ...phrase],
  },
  { name: "first use on a machine", args: ["get", "API_KEY"], prepare: (p) => rmSync(join(p.sandbox.home, "state"), { recursive: true }) },
  { name: "hooks install", args: ["hooks", "install", "--strict", "-q"], prepare: (p) => p.write(".git/hooks/pre-commit", "#!/bin/sh\n") },
  { name: "hooks install beside husky", args: ["hooks", "install", "-q"], prepare: husky },
  { name: "hooks install beside lefthook", args: ["hooks", "install", "-q"], prepare: lefthook },
  { name: "hooks uninstall", args: ["hooks", "uninstall", "-q"], prepare: armed },
  {
    name: "hooks uninstall beside husky",
    args: ["hooks", "uninstall", "-q"],
    prepare: (p) => {
      husky(p);
      armed(p);
    },
  },
  { name: "hook pre-commit", args: ["hook", "pre-commit"], prepare: (p) => p.git("add", "-A") },
  {
    name: "import",
    args: ["import", "dotenvx", ".env.staging", "-q"],
    prepare: (p) => p.write(".env.staging", DOTENVX.file),
    env: () => ({ DOTENV_PRIVATE_KEY_STAGING: DOTENVX.privateKey, DOTENV_PRIVATE_KEY_PRODUCTION: DOTENVX.privateKey }),
    rerun: ["DIVERGED", "NEEDS_TERMINAL"],
  },
  { name: "resolve", args: ["resolve", "--theirs", "-q"], prepare: conflict },
  {
    name: "merge-driver",
    args: ["merge-driver", "../base", "../ours", "../theirs", "7", ".env.vault"],
    prepare: threeFiles,
    rerun: ["none"],
  },
  { name: "example", args: ["example", "-q"] },
  { name: "types", args: ["types", "-q"] },
  { name: "export to a file", args: ["export", "--output", "../exported", "-q"] },
  { name: "export to a step's file", args: ["export", "--format", "github", "--output", "../step", "-q"] },
  { name: "bundle", args: ["bundle", "../bundle", "--yes", "-q"] },
  { name: "check with a report", args: ["check", "--all", "--sarif", "../report.sarif", "-q"] },
  { name: "scan", args: ["scan", "--history", "-q"] },
];

/** Three vaults in two environments, two key versions, two commits. The caller removes the sandbox. */
export function faultProject(bare: boolean): Project {
  const sandbox = new Sandbox();
  sandbox.env.TMPDIR = join(sandbox.root, "tmp");
  sandbox.env.XDG_RUNTIME_DIR = join(sandbox.root, "run");
  const project = sandbox.project();
  project.write("../tmp/.keep", "");
  writeFileSync(join(sandbox.root, "phrase"), PHRASE, { mode: 0o600 });
  const plain = {
    ".env": `API_KEY=${SECRETS.key}\nPORT=3000\n`,
    ".env.production": `DB_PASSWORD=${SECRETS.password}\n`,
    "pkg/.env": `TOKEN=${SECRETS.package}\n`,
  };
  for (const [path, text] of Object.entries(plain)) {
    project.write(path, text);
    chmodSync(project.path(path), 0o600);
  }
  if (!bare) {
    project.ok(["init", "--yes", "--no-hooks", "-q"]);
    project.commitAll("first");
    project.ok(["rotate", "--all", "-q"]);
    project.commitAll("rotated");
  }
  return project;
}
