import { rmSync } from "node:fs";
import { afterAll, beforeAll } from "vitest";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { parseKeyString } from "../../../src/core/keys/keystring.ts";
import { parseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { type Project, Sandbox } from "../../support/sandbox.ts";

export const SECRETS = [
  "sk_live_0123456789",
  "correct horse battery",
  "sk_test_in_a_comment",
  "tail-secret",
  "web-secret",
  "prod-secret",
  "old-secret",
];
export const ENV = [
  "# stripe: sk_test_in_a_comment",
  "API_KEY=sk_live_0123456789",
  "DB_PASSWORD='correct horse battery'",
  "",
  "FLAG=",
  "# local",
  "PORT=3000",
  "NEXT_PUBLIC_URL=https://shop.example",
  "LAST=tail-secret",
  "",
].join("\n");
export const WEB = ENV.replace("tail-secret", "web-secret");
export const PRODUCTION = ENV.replace("tail-secret", "prod-secret");

export const VAULT = ".env.vault";
export const WEB_VAULT = "apps/web/.env.vault";
export const PRODUCTION_VAULT = ".env.production.vault";
export const MANIFEST = "envseal.json";

interface World {
  sandbox: Sandbox;
  project: Project;
  foreign: Project;
  /** Key strings: a deploy key for each environment, a read-only one, and one of the other project. */
  keys: Record<"default" | "production" | "readOnly" | "foreign", string>;
  pin: string;
  /** The vault and the manifest before the last change of API_KEY and before LAST was required. */
  earlier: { vault: string; manifest: string };
  manifest: Manifest;
}

export let world: World;

/** Builds the world that the tests of one file spoil copies of. */
export function useWorld(): void {
  beforeAll(() => {
    const sandbox = new Sandbox();
    const project = sandbox.project({
      ".env": ENV.replace("sk_live_0123456789", "old-secret"),
      "apps/web/.env": WEB,
      ".env.production": PRODUCTION,
    });
    project.ok(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
    for (const path of [".env", "apps/web/.env", ".env.production"]) rmSync(project.path(path));
    const make = (args: string[], at = project) => at.ok(["deploy-key", "create", ...args, "-q"]).stdout.trim();
    const ci = make(["ci", "-e", "default"]);
    const production = make(["prod", "-e", "production"]);
    const earlier = { vault: project.read(VAULT), manifest: project.read(MANIFEST) };
    project.ok(["set", "API_KEY", "-q"], { input: "sk_live_0123456789" });
    project.ok(["require", "LAST", "-e", "default", "-q"]);
    const readOnly = make(["any", "-e", "default", "-f", VAULT, "--read-only"]);
    const foreign = sandbox.project({ ".env": ENV }, { name: "foreign" });
    foreign.ok(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
    const manifest = parseManifest(project.read(MANIFEST));
    const pin = Buffer.from(parseKeyString(ci, "test").pin).toString("base64url");
    const keys = { default: ci, production, readOnly, foreign: make(["ci"], foreign) };
    world = { sandbox, project, foreign, keys, pin, earlier, manifest };
  });

  afterAll(() => world.sandbox.remove());
}
