import { dotenvx } from "../../support/peers.ts";
import type { Project } from "../../support/sandbox.ts";
import { type Scenario, SECRETS } from "./project.ts";
import { struckEach } from "./strikes.ts";

const DOTENVX = dotenvx("2.38.2");

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

const SCENARIOS: readonly Scenario[] = [
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

struckEach(SCENARIOS);
