/** What a process ends with, and what it reads from its environment: for `envseal help` and docs/reference/cli.md. */
export const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  0: "it worked",
  1: "a finding: check, scan, a hook, doctor, hooks status; diff and exposure with --exit-code",
  2: "usage: a command, an option, a name, a value or a file that was given",
  3: "no key, or not the right one",
  4: "integrity: a file is damaged, moved, rolled back or changed by someone",
  5: "git, the disk or another program",
  70: "a bug in envseal",
};

interface Variable {
  name: string;
  summary: string;
}

export const VARIABLES: readonly Variable[] = [
  { name: "ENVSEAL_KEY", summary: "a deploy key (esk_…), or an age identity with ENVSEAL_PIN beside it; goes before your own identity" },
  {
    name: "ENVSEAL_KEY_<ENV>",
    summary: "the key of one environment, in capitals and with _ for -, as in ENVSEAL_KEY_PRODUCTION; goes before ENVSEAL_KEY",
  },
  { name: "ENVSEAL_KEY_FILE", summary: "a file that holds such a key; read where neither of the two is set" },
  {
    name: "ENVSEAL_PIN",
    summary:
      "the project's pin (22 characters), to which envseal.json has to lead back, beside any key; a bare age identity needs it; envseal status shows it",
  },
  { name: "ENVSEAL_ALLOW_OLDER", summary: "1: you read checkouts from before somebody lost access; injected keys have no such record" },
  { name: "ENVSEAL_ENV", summary: "the environment, where neither -e nor an option of the loader names one" },
  { name: "ENVSEAL_MANIFEST", summary: "the manifest, instead of the nearest envseal.json upwards" },
  { name: "ENVSEAL_LOCAL", summary: "1: the loader and run read .env.local and .env.NAME.local too, which win over the vault" },
  { name: "ENVSEAL", summary: "off: the loader opens nothing and says so on stderr, for tests and keyless builds" },
  {
    name: "ENVSEAL_LOADED",
    summary: "set by the loader and run: which vaults this environment has; a child with every name of them set opens nothing",
  },
  { name: "ENVSEAL_REVEAL", summary: "not empty: git diff and git log -p show values (through textconv)" },
  { name: "ENVSEAL_BASE", summary: "for check --ci: the last commit that was checked, where the CI system does not say it in a known way" },
  { name: "ENVSEAL_HOOK_TIMEOUT", summary: "seconds until a hook gives up and blocks (default: 300)" },
  { name: "ENVSEAL_NODE", summary: "the node that git hooks start, where they do not find one" },
  { name: "ENVSEAL_PROBE", summary: "set by hooks install and doctor to prove that git reaches a hook; the hook then does nothing else" },
  { name: "VISUAL, EDITOR", summary: "the editor of edit" },
  { name: "NO_COLOR", summary: "not empty: no colours" },
  {
    name: "XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR",
    summary: "where identities, pins and unlocked sessions are kept; a folder of the project at hand does not count",
  },
];
