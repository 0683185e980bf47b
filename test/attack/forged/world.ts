import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { parseIdentityText } from "../../../src/custody/identity-file.ts";
import { type Project, Sandbox } from "../../support/sandbox.ts";

export const NAME = "default";

export let sandbox: Sandbox;
export let project: Project;
export let good: string;
export let vault: string;
/** What Bob has: his identity, and the manifest and vault of the time when he had access. */
export let bob: { identity: Uint8Array; manifest: Manifest; vault: string };
export let mallory: string;

/** Builds what every row forges a copy of. */
export function useWorld(): void {
  beforeAll(() => {
    sandbox = new Sandbox();
    project = sandbox.project({ ".env": "API_KEY=sk_live_0123456789\nPORT=3000\n" });
    project.ok(["init", "--yes", "--no-hooks", "-q"]);
    const others = ["bob", "mallory"].map((name) => ({ env: sandbox.otherHome(name) }));
    for (const [index, name] of ["bob", "mallory"].entries()) project.ok(["join", "--name", name], others[index]);
    const joined = JSON.parse(project.read("envseal.json"));
    mallory = joined.recipients.mallory.recipient;
    delete joined.recipients.mallory;
    project.write("envseal.json", JSON.stringify(joined, null, 2));
    project.ok(["grant", "bob", "--yes"]);
    project.ok(["rotate"]);
    project.write("../phrase", "orbit velvet cactus mango quartz lantern");
    project.ok(["join", "--name", "carol"], { env: sandbox.otherHome("carol") });
    project.ok(["custody", "move", "passphrase", "--passphrase-file", "../phrase"], { env: sandbox.otherHome("carol") });
    project.ok(["require", "API_KEY"]);
    project.commitAll("with bob");
    const secret = readFileSync(join(sandbox.root, "bob/config/envseal/identities", joined.project), "utf8");
    bob = {
      identity: parseIdentityText(secret, "bob"),
      manifest: JSON.parse(project.read("envseal.json")),
      vault: project.read(".env.vault"),
    };
    project.ok(["revoke", "bob", "--yes"]);
    project.ok(["deploy-key", "create", "ci"]);
    project.commitAll("without bob");
    good = project.read("envseal.json");
    vault = project.read(".env.vault");
  });

  afterAll(() => sandbox.remove());
}
