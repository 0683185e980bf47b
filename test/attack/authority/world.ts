import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unlock } from "../../../src/age/unlock.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import type { Keyring } from "../../../src/core/keys/keyring.ts";
import { parseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { parseIdentityText } from "../../../src/custody/identity-file.ts";
import { type ProjectPerson, personOf } from "../../../src/features/access/person.ts";
import { type Options, type Project, type Sandbox, sealedProject } from "../../support/sandbox.ts";

/** People around one project, each with a home of their own; what an attacker has is taken from theirs. */
export interface World {
  project: Project;
  sandbox: Sandbox;
  as: (name: string) => Options;
  manifest: () => Manifest;
  put: (manifest: Manifest) => void;
}

export function world(files?: Record<string, string>): World {
  const project = sealedProject(files);
  const { sandbox } = project;
  project.commitAll("init");
  return {
    project,
    sandbox,
    as: (name) => ({ env: sandbox.otherHome(name) }),
    manifest: () => parseManifest(project.read("envseal.json")),
    put: (manifest) => project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`),
  };
}

/** Somebody asks for access and gets it, with a role or without. */
export function joined({ project, as }: World, name: string, ...role: string[]): void {
  project.ok(["join", "--name", name], as(name));
  project.ok(["grant", name, "--yes", "--all", ...role]);
  project.ok(["pin", "confirm", "--yes"], as(name));
  project.commitAll(name);
}

export function identityOf({ sandbox, manifest }: World, name: string): Uint8Array {
  const home = name === "ada" ? "home" : name;
  return parseIdentityText(readFileSync(join(sandbox.root, home, "config/envseal/identities", manifest().project), "utf8"), name);
}

export function signerFor(world: World, name: string): ProjectPerson {
  return personOf(identityOf(world, name), world.manifest().project, name);
}

/** What somebody's identity opens of a manifest. */
export function opened(manifest: Manifest, identity: Uint8Array, environment = "default"): Keyring {
  return unlock(manifest, environment, { type: "identity", identity, pins: [], personal: true, environment: null, source: "theirs" });
}
