import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../support/sandbox.ts";
import { type Scenario, SECRETS } from "./project.ts";
import { struckEach } from "./strikes.ts";

const newPlaintext = (project: Project) => {
  project.write("new/.env", `API_KEY=${SECRETS.new}\n`);
  chmodSync(project.path("new/.env"), 0o600);
};

const SCENARIOS: readonly Scenario[] = [
  {
    name: "init",
    args: ["init", "--yes", "--no-hooks", "--recovery-file", "../words", "-q"],
    bare: true,
    rerun: ["IO"],
    sweep: ["init", "--yes", "--no-hooks", "--recovery-file", "../words-2", "-q"],
  },
  { name: "init with hooks", args: ["init", "--yes", "-q"], bare: true, proof: ["hooks", "status"] },
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
  {
    name: "first use on a machine",
    args: ["get", "API_KEY"],
    shows: true,
    prepare: (p) => rmSync(join(p.sandbox.home, "state"), { recursive: true }),
  },
];

struckEach(SCENARIOS);
