import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Project, sealedProject } from "../../support/sandbox.ts";

const PHRASE = "orbit velvet cactus mango quartz lantern";

export function start() {
  const project = sealedProject({ ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" });
  const runtime = join(project.sandbox.root, "run");
  mkdirSync(runtime, { mode: 0o700 });
  project.sandbox.env.XDG_RUNTIME_DIR = runtime;
  project.sandbox.env.TMPDIR = runtime;
  project.write("../phrase", `${PHRASE}\n`);
  const phrase = ["--passphrase-file", join(project.sandbox.root, "phrase")];
  const { project: id } = JSON.parse(project.read("envseal.json"));
  return {
    project,
    runtime,
    phrase,
    id,
    identity: join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/identities", id),
    session: join(runtime, "envseal", id),
  };
}

/** Everything that custody may not touch. */
export function sealed(project: Project) {
  const { environments, vaults } = JSON.parse(project.read("envseal.json"));
  return JSON.stringify([environments, vaults, project.read(".env.vault"), project.read(".env.production.vault")]);
}
