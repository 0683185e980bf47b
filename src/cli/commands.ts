import type { CommandSpec, Context } from "../context.ts";
import { HISTORY_COMMANDS } from "./commands-history.ts";
import { KEY_COMMANDS } from "./commands-keys.ts";
import { VALUE_COMMANDS } from "./commands-values.ts";
import { ALL, ALLOW_OLDER, COMMON_OPTIONS, RECURSIVE } from "./options.ts";

/** The one table of commands, in parts: the parser, the help, the completions and docs/reference/cli.md are made from it. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "init",
    group: "start",
    summary: "set up a project: find every .env file, make keys, seal the vaults",
    options: [
      { name: "name", value: "NAME", summary: "your name as a recipient (default: from git's email)" },
      { name: "recovery-file", value: "PATH", summary: "write the recovery words to a new file (0600) instead of showing them" },
      { name: "no-recovery", summary: "make no recovery words" },
      { name: "no-hooks", summary: "arm no git hooks" },
      { name: "new-root", summary: "where every admin is lost: a new authority over the keys that you, or a backup, can open" },
      { name: "backup", value: "FILE", summary: "the backup for --new-root" },
      { name: "passphrase-file", value: "PATH", summary: "read the backup's passphrase from a file instead of asking" },
      { name: "ci", value: "SYSTEM", summary: "let CI check every push: writes the file for github, gitlab or circleci" },
    ],
    examples: ["envseal init", "envseal init --yes --recovery-file ~/recovery.txt", "envseal init --ci github"],
    load: () => import("../features/setup/commands/init.ts"),
  },
  {
    name: "doctor",
    group: "start",
    summary: "find what is wrong with this clone, and what mends it",
    examples: ["envseal doctor"],
    load: () => import("../features/setup/commands/doctor.ts"),
  },
  {
    name: "completion",
    args: "<shell>",
    group: "start",
    summary: "print a completion script for bash, zsh or fish",
    examples: ['eval "$(envseal completion bash)"'],
    load: loadCompletion,
  },
  ...VALUE_COMMANDS,
  ...KEY_COMMANDS,
  ...HISTORY_COMMANDS,
  {
    name: "hooks",
    args: "<action>",
    group: "git",
    summary: "arm this clone's git hooks: install, uninstall or status",
    options: [
      { name: "strict", summary: "refuse plaintext at git add, and every ref that would move to a finding" },
      { name: "if-git", summary: "say nothing where there is no git (for a prepare script)" },
    ],
    examples: ["envseal hooks install", "envseal hooks status"],
    load: () => import("../features/hooks/commands/hooks.ts"),
  },
  {
    name: "hook",
    args: "<event> [...arguments]",
    group: "git",
    summary: "what git calls: looks at a commit, a message or a push",
    examples: ["envseal hook pre-commit"],
    load: () => import("../features/hooks/commands/hook.ts"),
  },
  {
    name: "scan",
    group: "git",
    summary: "look for secret values in every file, or in every object of the repository",
    options: [
      { name: "history", summary: "every object there is: all branches, tags, notes, stashes, and what nothing reaches any more" },
      { name: "format", value: "FORMAT", summary: "text, json, sarif (2.1.0) or github (annotations)" },
    ],
    examples: ["envseal scan", "envseal scan --history"],
    opens: true,
    load: () => import("../features/check/commands/scan.ts"),
  },
  {
    name: "allow",
    args: "<rule>",
    group: "git",
    summary: "let a finding through: an entry of the settings, tagged with the environment's key",
    options: [
      { name: "path", value: "PATH", summary: "only in this file" },
      { name: "name", value: "NAME", summary: "only for this variable" },
      { name: "reason", value: "TEXT", summary: "why it may pass (required)" },
      { name: "expires", value: "DATE", summary: "until then, such as 2027-01-31" },
      ALL,
      ALLOW_OLDER,
    ],
    examples: ['envseal allow leak --name BUCKET --reason "a public bucket" --expires 2027-01-31'],
    opens: true,
    load: () => import("../features/check/commands/allow.ts"),
  },
  {
    name: "check",
    group: "git",
    summary: "look for plaintext and broken vaults in what git is about to record",
    options: [
      { name: "staged", summary: "the files of the next commit" },
      { name: "range", value: "A..B", summary: "everything that B adds to A: contents, messages and names" },
      { name: "ci", summary: "what this run of a CI system is about: the pull request, the push, or the branch" },
      { name: "all", summary: "every file git tracks" },
      { name: "format", value: "FORMAT", summary: "text, json, sarif (2.1.0) or github (annotations)" },
      { name: "sarif", value: "PATH", summary: "write SARIF to a file as well" },
      { name: "pin", value: "PIN", summary: "the project's pin: the authority has to lead back to it" },
      { name: "explain", value: "RULE", optional: true, summary: "what a rule finds, and what mends it; alone, the rules" },
    ],
    examples: ["envseal check --staged", "envseal check --range origin/main..HEAD --format github", "envseal check --explain leak"],
    load: () => import("../features/check/commands/check.ts"),
  },
  {
    name: "import",
    args: "<from> [...files]",
    group: "migrate",
    summary: "seal what dotenvx, dotenv-vault, sops or git-crypt encrypted; the old files stay",
    options: [
      { name: "keys-file", value: "PATH", summary: "for dotenvx: the file of private keys (default: .env.keys beside the file)" },
      { name: "like-dotenv", summary: "for sops: take what sops decrypt prints as dotenv reads it, instead of each value with its quotes" },
      ALLOW_OLDER,
    ],
    examples: [
      "envseal import dotenvx .env.production",
      'DOTENV_KEY="$KEY" envseal import dotenv-vault .env.vault',
      "envseal import sops .env.production.enc",
      "envseal import git-crypt .env.production",
    ],
    opens: true,
    load: () => import("../features/migrate/commands/import.ts"),
  },
  {
    name: "example",
    group: "migrate",
    summary: "write .env.example beside the vault: names, public values and plain comments; what is in it stays",
    options: [
      RECURSIVE,
      { name: "stdout", summary: "print it instead of writing it" },
      { name: "prune", summary: "take out names that no vault beside it has" },
    ],
    examples: ["envseal example", "envseal example -r", "envseal example -e production --stdout"],
    opens: true,
    load: () => import("../features/values/commands/example.ts"),
  },
  {
    name: "types",
    group: "migrate",
    summary: "write env.d.ts: the names for TypeScript; required ones are strings",
    options: [
      { name: "out", value: "PATH", summary: "the file (default: env.d.ts)" },
      { name: "stdout", summary: "print it instead of writing it" },
      { name: "vite", summary: "VITE_ names for import.meta.env too" },
    ],
    examples: ["envseal types", "envseal types --vite --out src/env.d.ts"],
    opens: true,
    load: () => import("../features/values/commands/types.ts"),
  },
];

async function loadCompletion() {
  const { run } = await import("../features/setup/commands/completion.ts");
  return { run: (context: Context) => run(context, COMMANDS, COMMON_OPTIONS) };
}
