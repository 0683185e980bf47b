import type { CommandSpec, Context, OptionSpec } from "./ui/context.ts";

/** What every command takes. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: "env", short: "e", value: "NAME", summary: "the environment" },
  { name: "file", short: "f", value: "PATH", summary: "the vault, or the plaintext file it mirrors" },
  { name: "cwd", value: "DIR", summary: "run as if started there" },
  { name: "json", summary: "print JSON" },
  { name: "quiet", short: "q", summary: "say nothing but data and errors" },
  { name: "yes", short: "y", summary: "answer every question with yes" },
];

const ALLOW_OLDER: OptionSpec = { name: "allow-older", summary: "seal under a key that this machine knows to be superseded" };

/** The one table of commands: the parser, the help, the completions and docs/CLI.md are made from it. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "init",
    group: "start",
    summary: "set up a project: find every .env file, make keys, seal the vaults",
    options: [
      { name: "name", value: "NAME", summary: "your name as a recipient (default: from git's email)" },
      { name: "recovery-file", value: "PATH", summary: "write the recovery words to a new file (0600) instead of showing them" },
      { name: "no-recovery", summary: "make no recovery words" },
    ],
    examples: ["envseal init", "envseal init --yes --recovery-file ~/recovery.txt"],
    load: () => import("./commands/init.ts"),
  },
  {
    name: "doctor",
    group: "start",
    summary: "find what is wrong with this clone, and what mends it",
    examples: ["envseal doctor"],
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "completion",
    args: "<shell>",
    group: "start",
    summary: "print a completion script for bash, zsh or fish",
    examples: ['eval "$(envseal completion bash)"'],
    load: loadCompletion,
  },
  {
    name: "set",
    args: "<name>",
    group: "values",
    summary: "set one value, from a hidden prompt or stdin",
    options: [ALLOW_OLDER],
    examples: ["envseal set API_KEY", 'printf %s "$VALUE" | envseal set API_KEY -e production', "envseal set PORT=3000"],
    load: () => import("./commands/set.ts"),
  },
  {
    name: "get",
    args: "<name>",
    group: "values",
    summary: "print one value",
    options: [{ name: "no-newline", short: "n", summary: "print no newline after it" }],
    examples: ["envseal get API_KEY", "envseal get API_KEY -e production -n"],
    load: () => import("./commands/get.ts"),
  },
  {
    name: "unset",
    args: "<...names>",
    group: "values",
    summary: "remove values",
    options: [ALLOW_OLDER],
    examples: ["envseal unset OLD_KEY"],
    load: () => import("./commands/unset.ts"),
  },
  {
    name: "list",
    group: "values",
    summary: "list the names, never the values",
    examples: ["envseal list", "envseal list -q -e production"],
    load: () => import("./commands/list.ts"),
  },
  {
    name: "edit",
    group: "values",
    summary: "edit the values in $EDITOR",
    options: [ALLOW_OLDER],
    examples: ["envseal edit", "envseal edit -e production"],
    load: () => import("./commands/edit.ts"),
  },
  {
    name: "encrypt",
    args: "[...files]",
    group: "values",
    summary: "seal plaintext files into their vaults",
    options: [{ name: "dedupe", summary: "comment out assignments that a later line overrides" }, ALLOW_OLDER],
    examples: ["envseal encrypt", "envseal encrypt .env.production"],
    load: () => import("./commands/encrypt.ts"),
  },
  {
    name: "decrypt",
    args: "[...files]",
    group: "values",
    summary: "write the plaintext files, byte for byte what was sealed",
    options: [{ name: "stdout", summary: "print one file instead of writing it" }],
    examples: ["envseal decrypt", "envseal decrypt .env.production --stdout"],
    load: () => import("./commands/decrypt.ts"),
  },
  {
    name: "sync",
    args: "[...files]",
    group: "values",
    summary: "bring vaults and the plaintext beside them together",
    options: [ALLOW_OLDER],
    examples: ["envseal sync"],
    load: () => import("./commands/sync.ts"),
  },
  {
    name: "run",
    args: "[--] <...command>",
    group: "values",
    summary: "run a command with the values in its environment",
    options: [
      { name: "override", summary: "let the vault win over variables that are set" },
      { name: "local", summary: "read .env.local files too" },
      { name: "keep-key", summary: "leave the key variables in the child's environment" },
    ],
    examples: ["envseal run -- node server.js", "envseal run -e production -- printenv API_KEY"],
    load: () => import("./commands/run.ts"),
  },
  {
    name: "export",
    group: "values",
    summary: "print all values in another syntax",
    options: [
      { name: "format", value: "FORMAT", summary: "dotenv, json, shell, docker, github or k8s (default: dotenv)" },
      { name: "name", value: "NAME", summary: "the Secret's name for k8s" },
    ],
    examples: ["envseal export --format json", 'eval "$(envseal export --format shell)"', "envseal export --format k8s --name web"],
    load: () => import("./commands/export.ts"),
  },
  {
    name: "bundle",
    args: "<dir>",
    group: "values",
    summary: "write one vault and a manifest for it alone, for a container",
    examples: ["envseal bundle build/env -e production"],
    load: () => import("./commands/bundle.ts"),
  },
  {
    name: "status",
    group: "values",
    summary: "show environments, keys, vaults and what differs from the plaintext",
    examples: ["envseal status"],
    load: () => import("./commands/status.ts"),
  },
  {
    name: "deploy-key",
    args: "<action> [name]",
    group: "keys",
    summary: "create a key for a machine (action: create)",
    options: [{ name: "read-only", summary: "a key that opens one vault under one key version and needs no manifest" }, ALLOW_OLDER],
    examples: ["envseal deploy-key create ci -e production", "envseal deploy-key create web -e production --read-only"],
    load: () => import("./commands/deploy-key.ts"),
  },
  {
    name: "check",
    group: "git",
    summary: "look for plaintext and broken vaults in what git is about to record",
    options: [
      { name: "staged", summary: "the files of the next commit" },
      { name: "all", summary: "every file git tracks" },
    ],
    examples: ["envseal check --staged", "envseal check --all --json"],
    load: () => import("./commands/check.ts"),
  },
];

async function loadCompletion() {
  const { run } = await import("./commands/completion.ts");
  return { run: (context: Context) => run(context, COMMANDS, COMMON_OPTIONS) };
}
