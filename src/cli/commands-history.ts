import type { CommandSpec, OptionSpec } from "../context.ts";
import { PASSPHRASE_FILE } from "./options.ts";

const REVEAL: OptionSpec = { name: "reveal", summary: "show the values" };
const EXIT_CODE: OptionSpec = { name: "exit-code", summary: "end with 1 where there is something" };

/** Commands about how values came to be, and what git calls for diffs and merges. */
export const HISTORY_COMMANDS: readonly CommandSpec[] = [
  {
    name: "log",
    args: "[name]",
    group: "history",
    summary: "who changed which variable when, under which key version; renames are followed",
    options: [REVEAL, { name: "max-count", short: "n", value: "N", summary: "the newest N commits" }],
    examples: ["envseal log", "envseal log API_KEY -e production", "envseal log -n 10 --json"],
    opens: true,
    load: () => import("../features/history/commands/log.ts"),
  },
  {
    name: "show",
    args: "<rev:file>",
    group: "history",
    summary: "a vault as a commit has it: the exact plaintext, masked on a terminal",
    options: [REVEAL],
    examples: ["envseal show HEAD~3:.env.production > old.env", "envseal show v1.2.0:.env --reveal"],
    opens: true,
    load: () => import("../features/history/commands/show.ts"),
  },
  {
    name: "diff",
    args: "[range] [...files]",
    group: "history",
    summary: "what changed, by name: a commit (HEAD) against the work tree, or A..B",
    options: [
      REVEAL,
      EXIT_CODE,
      { name: "staged", summary: "against the index instead of the work tree" },
      { name: "format", value: "FORMAT", summary: "text, json or markdown (for a pull request: names and versions only)" },
    ],
    examples: ["envseal diff", "envseal diff HEAD~1 --reveal", "envseal diff origin/main...HEAD --format markdown"],
    opens: true,
    load: () => import("../features/history/commands/diff.ts"),
  },
  {
    name: "blame",
    args: "<file>",
    group: "history",
    summary: "who gave each variable the value it has, and when; a rotation is nobody's edit",
    options: [REVEAL],
    examples: ["envseal blame .env.production", "envseal blame .env --json"],
    opens: true,
    load: () => import("../features/history/commands/blame.ts"),
  },
  {
    name: "exposure",
    group: "history",
    summary: "secrets that somebody may know, since their value did not change: the list to change at the providers",
    options: [
      { name: "since-key", value: "VERSION", summary: "known to whoever holds this key version" },
      { name: "recipient", value: "NAME", summary: "known to someone who has, or once had, access" },
      { name: "compromised", summary: "known by a compromised or suspended key (the default)" },
      EXIT_CODE,
      { name: "format", value: "FORMAT", summary: "text, json or markdown (a checklist)" },
    ],
    examples: ["envseal exposure", "envseal exposure --recipient bob", "envseal exposure --since-key v2 -e production --format markdown"],
    opens: true,
    load: () => import("../features/history/commands/exposure.ts"),
  },
  {
    name: "resolve",
    args: "[...files]",
    group: "git",
    summary: "settle what a merge left of vaults and envseal.json, name by name",
    options: [
      { name: "ours", summary: "take our side of every conflict" },
      { name: "theirs", summary: "take their side of every conflict" },
      { name: "with", value: "REF", summary: "take over what another branch decided about access and keys; vaults here stay" },
      { name: "allow-older", summary: "sign what is from before what this machine has seen: where that was thrown away" },
      PASSPHRASE_FILE,
      REVEAL,
    ],
    examples: [
      "envseal resolve",
      "envseal resolve --theirs .env.production.vault",
      "envseal resolve --with main",
      "git mergetool -t envseal",
    ],
    opens: true,
    load: () => import("../features/merge/commands/resolve.ts"),
  },
  {
    name: "merge-driver",
    args: "<base> <ours> <theirs> <size> <path>",
    group: "git",
    summary: "what git calls to merge a vault or envseal.json",
    examples: ["git config merge.envseal.driver 'envseal merge-driver -- %O %A %B %L %P'"],
    load: () => import("../features/merge/commands/merge-driver.ts"),
  },
  {
    name: "textconv",
    args: "<file>",
    group: "git",
    summary: "what git calls to show a vault in a diff: masked",
    options: [REVEAL],
    examples: ["envseal textconv .env.vault", "ENVSEAL_REVEAL=1 git log -p -- .env.vault"],
    load: () => import("../features/history/commands/textconv.ts"),
  },
];
