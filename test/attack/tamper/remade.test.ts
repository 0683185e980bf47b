import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unlock } from "../../../src/age/unlock.ts";
import type { Environment, Manifest } from "../../../src/core/authority/manifest.ts";
import { parseKeyString } from "../../../src/core/keys/keystring.ts";
import { withVault } from "../../../src/core/keys/manifest-edits.ts";
import { parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { refused } from "./rows.ts";
import { forge, forgeRoot, Scene } from "./scene.ts";
import { ENV, MANIFEST, PRODUCTION, PRODUCTION_VAULT, useWorld, VAULT, world } from "./world.ts";

useWorld();

refused("an environment made anew", [
  { name: "T12: the environment made anew for the same people", edit: (s) => forge(s, "default", VAULT), code: "FORGED_MANIFEST" },
  { name: "the authority made anew too", edit: (s) => forgeRoot(s, "default", VAULT), code: "PIN_MISMATCH" },
  {
    name: "the same for a deploy key",
    edit: (s) => forgeRoot(s, "default", VAULT),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default }),
    code: "PIN_MISMATCH",
  },
  {
    name: "the same for an age identity with its pin",
    edit: (s) => forgeRoot(s, "default", VAULT),
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: /^AGE-.+$/m.exec(readFileSync(s.identity, "utf8"))?.[0] as string, ENVSEAL_PIN: world.pin }),
    code: "PIN_MISMATCH",
  },
  {
    name: "the machine's pins damaged: they prove nothing",
    edit: (s) => {
      const folder = join(s.sandbox.home, "state/envseal/pins");
      for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "{}x");
    },
    code: "PIN_MISMATCH",
  },
  {
    name: "production's vault made anew as another environment's",
    edit: (s) => forge(s, "evil", PRODUCTION_VAULT, PRODUCTION),
    args: ["-e", "production"],
    env: () => ({ ENVSEAL_ENV: "production" }),
    code: "MALFORMED_MANIFEST",
    boot: "FOREIGN_VAULT",
  },
  {
    name: "the default vault made anew as another environment's",
    edit: (s) => forge(s, "evil", VAULT),
    code: "MALFORMED_MANIFEST",
    boot: "MALFORMED_MANIFEST",
  },
  {
    name: "an environment that nobody added, chosen by name",
    edit: (s) => forge(s, "staging", ".env.staging.vault"),
    args: ["-e", "staging"],
    env: () => ({ ENVSEAL_ENV: "staging" }),
    code: "UNKNOWN_ENVIRONMENT",
    exit: 2,
  },
  {
    name: "the same for a deploy key of another",
    edit: (s) => forge(s, "staging", ".env.staging.vault"),
    args: ["-e", "staging"],
    env: (s) => ({ ...s.away(), ENVSEAL_KEY: world.keys.default, ENVSEAL_ENV: "staging" }),
    code: "WRONG_KEY",
  },
  {
    name: "production's listing replaced by that of a vault of another environment",
    edit: (s) => {
      s.editManifest(({ vaults }) => Object.assign(vaults, { [PRODUCTION_VAULT]: vaults[VAULT] }));
      s.write(PRODUCTION_VAULT, s.read(VAULT));
    },
    args: ["-e", "production"],
    env: () => ({ ENVSEAL_ENV: "production" }),
    code: "MALFORMED_MANIFEST",
    boot: "FOREIGN_VAULT",
  },
  {
    name: "the same, signed by somebody who holds the other environment's key alone",
    edit: (s) => {
      const manifest = parseManifest(s.read(MANIFEST));
      const key = parseKeyString(world.keys.default, "test");
      if (key.type !== "identity") throw new Error("there should be an identity");
      const { tagger } = unlock(manifest, "default", { ...key, pins: [key.pin], personal: false, source: "test" });
      s.write(MANIFEST, serialiseManifest(withVault(manifest, tagger, PRODUCTION_VAULT, manifest.vaults[VAULT]?.id as string)));
      s.write(PRODUCTION_VAULT, s.read(VAULT));
    },
    args: ["-e", "production"],
    env: () => ({ ENVSEAL_ENV: "production" }),
    code: "MALFORMED_MANIFEST",
    boot: "FOREIGN_VAULT",
  },
]);

describe("what a writer must not sign or seal for somebody without the key", () => {
  /** A forger's own recipient, by a key that the test can open with. */
  function ownRecipient(): string {
    return (JSON.parse(world.foreign.read(MANIFEST)) as Manifest).recipients.ada?.recipient as string;
  }

  it("a recipient slipped in gets nothing from a rotation", () => {
    const scene = Scene.open();
    scene.editManifest((manifest) => {
      manifest.recipients.mallory = { recipient: ownRecipient(), added: "2026-01-01" };
      Object.assign(manifest.environments.default?.access ?? {}, { mallory: manifest.environments.default?.access.ada });
    });
    expect(scene.ok(["rotate", "-e", "default"]).stderr).toContain("mallory");
    expect(Object.keys(parseManifest(scene.read(MANIFEST)).environments.default?.access ?? {}).sort()).toEqual(["ada", "ci"]);
  });

  it("an entry whose recipient was replaced gets nothing from a rotation", () => {
    const scene = Scene.open();
    scene.entry(({ access }) => Object.assign(access.ci ?? {}, { recipient: ownRecipient() }));
    scene.ok(["rotate", "-e", "default", "-q"]);
    expect(Object.keys(parseManifest(scene.read(MANIFEST)).environments.default?.access ?? {})).toEqual(["ada"]);
  });

  it("a claim that a recipient has another key changes nobody's access in a rotation", () => {
    const scene = Scene.open();
    scene.editManifest(({ recipients }) => Object.assign(recipients.ci ?? {}, { recipient: ownRecipient() }));
    scene.ok(["rotate", "-e", "default", "-q"]);
    const { access } = parseManifest(scene.read(MANIFEST)).environments.default as Environment;
    expect(Object.values(access).map(({ recipient }) => recipient)).not.toContain(ownRecipient());
    const env = { ...scene.away(), ENVSEAL_KEY: world.keys.default };
    expect(scene.ok(["get", "API_KEY"], { env }).stdout).toBe("sk_live_0123456789\n");
  });

  it("a recovery recipient slipped in gets no new environment", () => {
    const scene = Scene.open();
    scene.editManifest(({ recipients, environments }) => {
      recipients.backup = { recipient: ownRecipient(), added: "2026-01-01", custody: { kind: "recovery", confirmed: "2026-01-01" } };
      const { access } = environments.default as Environment;
      Object.assign(access, { backup: { ...access.ada, kind: "recovery", recipient: ownRecipient() } });
    });
    scene.write(".env.staging", "API_KEY=staging-secret\n");
    scene.ok(["init", "--yes", "--no-hooks", "-q"]);
    const { environments } = parseManifest(scene.read(MANIFEST));
    expect(Object.keys(environments.staging?.access ?? {})).toEqual(["ada"]);
  });

  it("set never seals to a forger", async () => {
    const scene = Scene.open();
    await forge(scene, "evil", PRODUCTION_VAULT, PRODUCTION);
    const before = scene.read(PRODUCTION_VAULT);
    scene.envseal(["set", "API_KEY", "-e", "production", "-q"], { input: "typed-by-the-victim" });
    expect(scene.read(PRODUCTION_VAULT)).toBe(before);
  });

  it("load({ path }) holds a file to its name's environment", async () => {
    const scene = Scene.open();
    await forge(scene, "evil", PRODUCTION_VAULT, PRODUCTION);
    const result = scene.node(["-e", "console.log(require('envseal').load({ path: '.env.production.vault' }))"]);
    expect(result.code).not.toBe(0);
  });

  it("an environment that nobody added is made anew by an admin, with none of it", async () => {
    const scene = Scene.open();
    await forge(scene, "staging", ".env.staging.vault");
    const forged = parseManifest(scene.read(MANIFEST)).environments.staging?.statement.active;
    scene.editManifest(({ vaults }) => void delete vaults[".env.staging.vault"]);
    rmSync(scene.path(".env.staging.vault"));
    scene.write(".env.staging", "API_KEY=staging-secret\n");
    scene.ok(["init", "--yes", "--no-hooks", "-q"]);
    const { access, statement } = parseManifest(scene.read(MANIFEST)).environments.staging as Environment;
    expect([Object.keys(access), Object.keys(statement.keys).includes(forged as string)]).toEqual([["ada"], false]);
    expect(scene.ok(["get", "API_KEY", "-e", "staging"]).stdout).toBe("staging-secret\n");
  });

  it("an environment that vanished is not made anew while the authority names it", () => {
    const scene = Scene.open();
    scene.editManifest((manifest) => {
      delete manifest.environments.production;
      delete manifest.vaults[PRODUCTION_VAULT];
    });
    rmSync(scene.path(PRODUCTION_VAULT));
    scene.write(".env.production", PRODUCTION);
    expect(scene.fails(["init", "--yes", "--no-hooks", "-q"]).code).toBe(4);
  });

  it("init leaves a vault alone whose manifest is gone", () => {
    const scene = Scene.open();
    rmSync(scene.path(MANIFEST));
    const before = scene.read(VAULT);
    scene.envseal(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
    expect(scene.read(VAULT)).toBe(before);
  });

  it("init leaves a vault of dotenv-vault alone", () => {
    const scene = Scene.open();
    rmSync(scene.path(MANIFEST));
    scene.write(".env", ENV);
    scene.write(VAULT, '#/--- .env.vault ---/\nDOTENV_VAULT_CI="AAAA"\n');
    scene.envseal(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
    expect(scene.read(VAULT)).toContain("DOTENV_VAULT_CI");
  });

  it("revoke rotates although the leaver removed their own entry", () => {
    const scene = Scene.open();
    scene.ok(["grant", "mallory", ownRecipient(), "-e", "default", "--yes", "-q"]);
    scene.entry((entry) => void delete entry.access.mallory);
    scene.ok(["revoke", "mallory", "--yes"]);
    const { environments, recipients } = parseManifest(scene.read(MANIFEST));
    expect(environments.default?.statement.active).not.toBe(world.manifest.environments.default?.statement.active);
    expect([Object.keys(recipients), Object.keys(environments.default?.access ?? {})].flat()).not.toContain("mallory");
    expect(scene.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });
});
