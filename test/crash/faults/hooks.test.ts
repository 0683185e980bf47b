import { chmodSync } from "node:fs";
import type { Project } from "../../support/sandbox.ts";
import type { Scenario } from "./project.ts";
import { struckEach } from "./strikes.ts";

const EVENTS = ["pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "pre-push", "post-merge", "post-checkout"];

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

const SCENARIOS: readonly Scenario[] = [
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
];

struckEach(SCENARIOS);
