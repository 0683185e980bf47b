import { existsSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseManifest, serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { CLI, type Project, sealedProject } from "../support/sandbox.ts";

/** An older manifest, with its vaults, is put back after somebody lost access: what was taken away would count again. */

const BEFORE = "known-to-bob-0123456789";
const AFTER = "new-after-bob-0123456789";
const APP = "console.log('STARTED', process.env.API_KEY)";

interface Revoked {
  project: Project;
  bob: Record<string, string>;
  /** What was committed while Bob had access. */
  older: { manifest: string; vault: string };
  newer: { manifest: string; vault: string };
}

function revoked(): Revoked {
  const project = sealedProject({ ".env": `API_KEY=${BEFORE}\n` });
  project.install();
  const bob = project.teammate("bob");
  rmSync(project.path(".env"));
  project.commitAll("with bob");
  const files = () => ({ manifest: project.read("envseal.json"), vault: project.read(".env.vault") });
  const older = files();
  project.ok(["revoke", "bob", "--yes", "-q"]);
  project.ok(["set", "API_KEY", "-q"], { input: AFTER });
  rmSync(project.path(".env"), { force: true });
  project.commitAll("without bob");
  return { project, bob, older, newer: files() };
}

function putBack({ project, older }: Revoked): void {
  project.write("envseal.json", older.manifest);
  project.write(".env.vault", older.vault);
}

describe("an older manifest put back after a revocation", () => {
  it("is refused by get, run, export, decrypt and the loader, with nothing decrypted", () => {
    const world = revoked();
    const { project } = world;
    putBack(world);
    for (const args of [
      ["get", "API_KEY"],
      ["run", "--", process.execPath, "-e", APP],
      ["export"],
      ["decrypt", ".env", "--stdout"],
      ["decrypt", "--yes"],
      ["set", "API_KEY"],
      ["sync"],
      ["rotate"],
      ["grant", "bob", "--yes"],
    ]) {
      const result = project.fails(args, { input: "typed" });
      expect({ args, error: result.error, code: result.code, stdout: result.stdout }).toEqual({
        args,
        error: "OLDER_CHECKOUT",
        code: 4,
        stdout: "",
      });
      expect(result.stderr).not.toContain(BEFORE);
    }
    expect(existsSync(project.path(".env"))).toBe(false);
    for (const args of [
      ["-r", "envseal/config", "-e", APP],
      ["-e", "console.log(require('envseal').load().API_KEY)"],
    ]) {
      const boot = project.node(args);
      expect(boot).toMatchObject({ stdout: "", stderr: expect.stringContaining("OLDER_CHECKOUT") });
      expect(boot.code).not.toBe(0);
      expect(boot.stderr).not.toContain(BEFORE);
    }
    // A person who means it reads it; nobody seals under it by that.
    const env = { ENVSEAL_ALLOW_OLDER: "1" };
    expect(project.ok(["get", "API_KEY"], { env }).stdout).toBe(`${BEFORE}\n`);
    expect(project.fails(["set", "API_KEY"], { env, input: "typed" }).error).toBe("OLDER_CHECKOUT");
    expect(project.read(".env.vault")).toBe(world.older.vault);
  });

  it("is stopped by the hooks, which write no plaintext of it", () => {
    const world = revoked();
    const { project } = world;
    project.ok(["hooks", "install", "-q"]);
    project.git("checkout", "-q", "-b", "back");
    putBack(world);
    project.git("add", "envseal.json", ".env.vault");
    const committed = project.execute(["git", "commit", "-qm", "back"]);
    expect(committed.code).not.toBe(0);
    expect(committed.stderr + committed.stdout).toContain("envseal.json");
    expect(committed.stderr + committed.stdout).not.toContain(BEFORE);
    project.git("reset", "-q", "--hard");
    // The hooks after a checkout and a merge have no reason to open it.
    project.git("checkout", "-q", "HEAD~1");
    expect(existsSync(project.path(".env"))).toBe(false);
    project.git("checkout", "-q", "back");
    expect(project.ok(["get", "API_KEY"]).stdout).toBe(`${AFTER}\n`);
  });

  it("is not opened by a machine that was told the newer pin, nor by the key of whoever came later", () => {
    const world = revoked();
    const { project } = world;
    const key = project.ok(["deploy-key", "create", "server", "-q"]).stdout.trim();
    const pin = JSON.parse(project.ok(["status", "--json"]).stdout).pin;
    expect(project.ok(["get", "API_KEY"], { env: { ...project.sandbox.otherHome("server"), ENVSEAL_KEY: key } }).stdout).toBe(`${AFTER}\n`);
    putBack(world);
    for (const env of [{ ENVSEAL_KEY: key }, { ENVSEAL_KEY: key, ENVSEAL_PIN: pin }, { ENVSEAL_KEY: key, ENVSEAL_ALLOW_OLDER: "1" }]) {
      const away = { ...project.sandbox.otherHome("server"), ...env };
      const got = project.fails(["get", "API_KEY"], { env: away });
      expect([got.error, got.stdout]).toEqual(["PIN_MISMATCH", ""]);
      expect(project.node(["-r", "envseal/config", "-e", APP], { env: away })).toMatchObject({
        code: expect.not.stringMatching("0"),
        stdout: "",
      });
    }
  });

  it.each([
    ["the environment alone", (older, newer) => ({ ...newer, environments: older.environments })],
    ["the authority alone", (older, newer) => ({ ...newer, authority: older.authority })],
    ["all but the authority", (older, newer) => ({ ...older, authority: newer.authority })],
  ] as [string, (older: ReturnType<typeof parseManifest>, newer: ReturnType<typeof parseManifest>) => ReturnType<typeof parseManifest>][])(
    "in part gives nobody what was taken away: %s",
    (_part, mix) => {
      const { project, bob, older, newer } = revoked();
      project.write("envseal.json", serialiseManifest(mix(parseManifest(older.manifest), parseManifest(newer.manifest))));
      for (const vault of [older.vault, newer.vault]) {
        project.write(".env.vault", vault);
        expect(project.envseal(["get", "API_KEY"]).stdout, vault).not.toContain(BEFORE);
        expect(project.envseal(["get", "API_KEY"], { env: bob }).stdout).not.toContain(AFTER);
      }
      project.git("add", "-A");
      expect(project.envseal(["check", "--staged"]).code).toBe(1);
    },
  );
});

describe("half of a revocation", () => {
  it("is visible in every other clone, with a key and without, until an admin has finished it", () => {
    const { project } = revoked();
    const carol = project.teammate("carol");
    project.commitAll("with carol");
    project.write(
      "../kill.cjs",
      'const fs = require("node:fs"); const rename = fs.renameSync; fs.renameSync = (from, to) => { rename(from, to); if (String(to).endsWith("envseal.json")) process.kill(process.pid, "SIGKILL"); };',
    );
    const dave = project.teammate("dave");
    project.commitAll("with dave");
    project.execute([process.execPath, "-r", project.path("../kill.cjs"), CLI, "revoke", "carol", "--yes", "-q"]);
    project.git("commit", "-qam", "half of it", "--no-verify");
    const clone = project.clone("elsewhere");
    for (const env of [dave, project.sandbox.otherHome("stranger")]) {
      expect(clone.envseal(["status"], { env }).stdout).toMatch(/was interrupted/);
      expect(clone.envseal(["check", "--all"], { env }).stdout + clone.envseal(["check", "--all"], { env }).stderr).toContain(
        "unfinished-rotation",
      );
    }
    const got = clone.ok(["get", "API_KEY"], { env: dave });
    expect(got.stdout).toBe(`${AFTER}\n`);
    expect(got.stderr).toContain("somebody who lost access knows the key");
    expect(clone.envseal(["get", "API_KEY"], { env: carol }).stdout).toBe("");
    project.ok(["rotate", "-q"]);
    project.git("commit", "-qam", "the rest", "--no-verify");
    clone.git("pull", "-q");
    expect(clone.envseal(["check", "--all"], { env: dave }).stdout).not.toContain("unfinished-rotation");
    const { statement } = clone.manifest().environments.default;
    expect([statement.floor, clone.manifest().authority.at(-1).environments.default.lowest]).toEqual([
      statement.active,
      statement.revision,
    ]);
  });
});
