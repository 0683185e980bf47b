import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Project, Sandbox } from "../../support/sandbox.ts";

export const SECRETS = {
  key: "sk_live_fault_0123456789",
  password: "pw-production-fault-01234567",
  package: "tok-package-fault-0123456789",
  new: "sk_live_changed_9876543210",
};
const PHRASE = "orbit velvet cactus mango quartz lantern";

/** What a writing command needs around it, and what it may leave. */
export interface Scenario {
  name: string;
  args: readonly string[];
  prepare?: (project: Project) => void;
  input?: string;
  env?: (project: Project) => Record<string, string>;
  /** How a rerun may end where the first run did its work and died after it: the typed error that says so. */
  rerun?: readonly string[];
  /** What sweeps, where there may be no project yet for the `sync` that does. */
  sweep?: readonly string[];
  /** What has to succeed after the rerun. */
  proof?: readonly string[];
  /** Shows a value: that is what it is for. */
  shows?: true;
  /** Values whose earlier commits the command itself makes unreadable. */
  forgets?: true;
  /** Where the identity is no file, what opens it for a reader. */
  unlock?: readonly string[];
  /** The manifest cannot be read before it. */
  damaged?: true;
  /** Starts with a folder that has no project yet. */
  bare?: true;
}

/** Another person on this machine. */
export const home = (project: Project, name: string) => project.sandbox.otherHome(name);
/** How a command gets the passphrase, beside the repository. */
export const phrase = ["--passphrase-file", "../phrase"];

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
