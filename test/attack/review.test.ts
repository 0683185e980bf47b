import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLI, type Project, sealedProject } from "../support/sandbox.ts";

/** What an attacker with our sources found, each with its mend. */

const PHRASE = "orbit velvet cactus mango quartz lantern";
const FILES = { ".env": "API_KEY=sk_live_0123456789\n" };

function person(project: Project, name: string) {
  return { env: project.sandbox.otherHome(name) };
}

function join_(project: Project, name: string) {
  const who = person(project, name);
  project.ok(["join", "--name", name, "-q"], who);
  project.ok(["grant", name, "--yes", "-q"]);
  return who;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the attacker makes of it
function edit(project: Project, change: (manifest: any) => void): void {
  const manifest = JSON.parse(project.read("envseal.json"));
  change(manifest);
  project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Runs envseal and kills it right after the manifest was replaced. */
async function killedAfterManifest(project: Project, args: readonly string[]): Promise<void> {
  project.write(
    "../kill.cjs",
    'const fs = require("node:fs"); const rename = fs.renameSync; fs.renameSync = (from, to) => { rename(from, to); if (String(to).endsWith("envseal.json")) process.kill(process.pid, "SIGKILL"); };',
  );
  await new Promise((done) =>
    spawn(process.execPath, ["-r", join(project.sandbox.root, "kill.cjs"), CLI, ...args], {
      cwd: project.folder,
      env: project.sandbox.env,
      stdio: "ignore",
    }).on("close", done),
  );
}

describe("an attack of our own", () => {
  it("lock wipes nothing through a link, and nothing in another's folder", () => {
    const project = sealedProject(FILES);
    const runtime = join(project.sandbox.root, "run");
    mkdirSync(join(runtime, "envseal"), { recursive: true, mode: 0o700 });
    const { project: id } = JSON.parse(project.read("envseal.json"));
    writeFileSync(join(project.sandbox.root, "thesis"), "years of work");
    symlinkSync(join(project.sandbox.root, "thesis"), join(runtime, "envseal", id));
    project.ok(["lock"], { env: { XDG_RUNTIME_DIR: runtime } });
    project.ok(["lock", "--all"], { env: { XDG_RUNTIME_DIR: runtime } });
    expect(readFileSync(join(project.sandbox.root, "thesis"), "utf8")).toBe("years of work");
  });

  it("a folder that looks like a bare repository runs nothing", () => {
    const project = sealedProject({ "app/.env": "A=1\n", "app/.gitkeep": "" });
    project.write("app/HEAD", "ref: refs/heads/x\n");
    project.write("app/objects/.keep", "");
    project.write("app/refs/heads/x", "1".repeat(40));
    const pwned = join(project.sandbox.root, "pwned");
    project.write(
      "app/config",
      `[core]\n\trepositoryformatversion = 1\n\tworktree = .\n\tfsmonitor = "touch ${pwned}; false"\n[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n\turl = .\n\tuploadpack = "touch ${pwned}; false"\n`,
    );
    for (const args of [
      ["doctor"],
      ["status"],
      ["check", "--all"],
      ["check", "--staged"],
      ["scan"],
      ["get", "A"],
      ["decrypt", "--yes"],
      ["rotate"],
    ])
      project.envseal([...args, "--cwd", "app"]);
    expect(existsSync(pwned)).toBe(false);
  });

  it("an identity under a passphrase survives a manifest that was thrown away", () => {
    const project = sealedProject(FILES);
    project.commitAll();
    project.write("../phrase", PHRASE);
    const phrase = ["--passphrase-file", join(project.sandbox.root, "phrase")];
    project.ok(["custody", "move", "passphrase", ...phrase]);
    project.git("checkout", "-q", "envseal.json");
    project.ok(["unlock", ...phrase], { env: { XDG_RUNTIME_DIR: join(project.sandbox.root, "run") } });
    expect(project.ok(["get", "API_KEY"], { env: { XDG_RUNTIME_DIR: join(project.sandbox.root, "run") } }).stdout).toBe(
      "sk_live_0123456789\n",
    );
  });

  it("nothing is written that no reader would accept", () => {
    const project = sealedProject(FILES);
    project.write("../phrase", PHRASE);
    expect(project.fails(["custody", "move", "passphrase", "--passphrase-file", "../phrase", "--hint", "two\nlines"]).error).toBe(
      "BAD_VALUE",
    );
    project.ok(["rotate", "-q"]);
    expect(
      project.fails(["keys", "destroy", "v1", "--yes", "--waive-backup", "destroy v1 without a backup", "--reason", "x".repeat(501)]).error,
    ).toBe("BAD_VALUE");
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });

  it("a revocation upon an interrupted one makes a key of its own", async () => {
    const project = sealedProject(FILES);
    join_(project, "bob");
    const carol = join_(project, "carol");
    await killedAfterManifest(project, ["revoke", "bob", "--yes", "-q"]);
    const kept = JSON.parse(project.read("envseal.json")).environments.default.access.carol;
    edit(project, (manifest) => delete manifest.environments.default.access.carol);
    project.ok(["revoke", "carol", "--yes", "-q"]);
    edit(project, (manifest) => {
      manifest.environments.default.access.carol = kept;
      manifest.recipients.carol ??= { recipient: "x", added: "2026-01-01" };
    });
    expect(project.envseal(["get", "API_KEY"], carol).stdout).toBe("");
  });

  it("one identity under two names is refused, and revoked under both", () => {
    const project = sealedProject(FILES);
    const bob = join_(project, "bob");
    const { recipient } = JSON.parse(project.read("envseal.json")).recipients.bob;
    expect(project.fails(["grant", "ci-runner", recipient, "--yes"])).toMatchObject({
      error: "USAGE",
      stderr: expect.stringContaining("is bob already"),
    });
    expect(project.fails(["join", "--name", "bob-2"], bob)).toMatchObject({ error: "USAGE", stderr: expect.stringContaining("--new") });
    project.ok(["join", "--name", "bob-2", "--new", "-q"], bob);
    edit(project, (manifest) => {
      manifest.recipients.twin = { ...manifest.recipients.bob };
    });
    project.ok(["revoke", "bob", "--yes", "-q"]);
    const { recipients } = JSON.parse(project.read("envseal.json"));
    expect(Object.keys(recipients).sort()).toEqual(["ada", "bob-2"]);
  });

  it("check notices that the key at hand lost its access, and that the manifest is gone", () => {
    const project = sealedProject(FILES);
    const bob = join_(project, "bob");
    project.commitAll();
    project.ok(["get", "API_KEY"], bob);
    edit(project, (manifest) => delete manifest.environments.default.access.bob);
    project.git("add", "-A");
    expect(project.envseal(["check", "--all"], bob)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("the access entry of bob was removed, and nothing says that an admin took it away"),
    });
    project.git("rm", "-q", "--cached", "envseal.json");
    expect(project.envseal(["check", "--staged"])).toMatchObject({ code: 1, stdout: expect.stringContaining("envseal.json was deleted") });
  });

  it("a twin recipient with a bogus entry stops neither an app nor a command", () => {
    const project = sealedProject(FILES);
    project.install();
    const { access } = JSON.parse(project.read("envseal.json")).environments.default;
    for (const wrapped of ["age:AAAA", access.ada.wrapped]) {
      edit(project, (manifest) => {
        const twin = { recipient: manifest.recipients.ada.recipient, added: "2026-01-01" };
        manifest.recipients = { aaa: twin, ...manifest.recipients };
        manifest.environments.default.access = { aaa: { ...access.ada, wrapped }, ...access };
      });
      expect(project.ok(["get", "API_KEY"]).stdout).not.toBe("");
      const boot = project.node(["-e", "require('envseal/config'); console.log('started')"]);
      expect(boot).toMatchObject({ code: 0, stdout: "started\n" });
      // And it is told of: it would get nothing at the next rotation.
      expect(project.envseal(["check", "--all"]).stdout + project.envseal(["recipients"]).stderr).toContain("aaa");
    }
  });

  it("a stranger's entry with one's own recipient takes nothing over", () => {
    const project = sealedProject(FILES);
    edit(project, (manifest) => {
      manifest.recipients = { a: { recipient: manifest.recipients.ada.recipient, added: "2026-01-01" }, ...manifest.recipients };
    });
    expect(project.ok(["custody", "show"]).stdout).toContain("ada: file");
    project.write("../phrase", PHRASE);
    project.ok(["custody", "move", "passphrase", "--passphrase-file", "../phrase"]);
    expect(JSON.parse(project.read("envseal.json")).recipients.ada.custody.kind).toBe("passphrase");
  });

  it("keys compromise and suspend finish what was interrupted", async () => {
    const project = sealedProject(FILES);
    await killedAfterManifest(project, ["keys", "suspend", "v1", "--yes", "-q"]);
    project.ok(["keys", "suspend", "v1", "--yes", "-q"]);
    expect(project.statement().floor).toBe(project.statement().active);
    expect(project.read(".env.vault")).not.toContain("enc:v1.");
    const vault = project.read(".env.vault");
    project.write(".env.vault", vault.replace(/^API_KEY=.*\n\n/m, ""));
    const manifest = project.read("envseal.json");
    expect(project.fails(["keys", "compromise", "v1", "--yes"]).code).toBe(4);
    expect(project.read("envseal.json")).toBe(manifest);
  });

  it("nobody is left without a key, and one push does not stop offboarding or backups", () => {
    const project = sealedProject(FILES);
    const bob = join_(project, "bob");
    edit(project, (manifest) => {
      manifest.environments.aaa = { ...structuredClone(manifest.environments.default), access: {} };
    });
    // Nobody's authority names it: it is no environment.
    expect(project.ok(["revoke", "bob", "--yes"]).stderr).toContain("bob no longer has access");
    expect(project.envseal(["get", "API_KEY", "-e", "default"], bob).stdout).toBe("");
    expect(project.ok(["backup", "create", "../b", "--passphrase-file", "../words"]).stderr).not.toContain("aaa");
    edit(project, (manifest) => delete manifest.environments.aaa);
    const carol = join_(project, "carol");
    edit(project, (manifest) => {
      manifest.environments.default.access.carol.tag = manifest.environments.default.access.ada.tag;
    });
    expect(project.fails(["revoke", "ada", "--yes"]).stderr).toContain("last recipient");
    expect(project.envseal(["get", "API_KEY"], carol).code).not.toBe(0);
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });

  it("junk in history does not fail a good backup", () => {
    const project = sealedProject(FILES);
    project.commitAll();
    project.ok(["rotate", "-q"]);
    project.commitAll();
    const { keys } = project.statement();
    project.ok(["backup", "create", "../b", "--passphrase-file", "../words", "-q"]);
    project.git("checkout", "-q", "-b", "junk");
    for (const id of Object.keys(keys)) project.write(`x/${id}/.env.vault`, `hello .${id}: world\n`);
    project.commitAll();
    project.git("checkout", "-q", "main");
    expect(project.ok(["backup", "verify", "../b", "--passphrase-file", "../words"]).stdout.match(/opens \.env\.vault/g)).toHaveLength(2);
  });

  it("a swapped recipient is not granted by --yes alone", () => {
    const project = sealedProject(FILES);
    join_(project, "bob");
    const mallory = project.ok(["join", "--name", "mallory", "--print"], person(project, "mallory"));
    edit(project, (manifest) => {
      manifest.recipients.bob.recipient = mallory.stdout.trim();
    });
    expect(project.fails(["grant", "bob", "--yes"])).toMatchObject({
      error: "NEEDS_TERMINAL",
      stderr: expect.stringContaining(
        "bob had access, or a role, with another identity, and anybody can write what stands in envseal.json now",
      ),
    });
    expect(project.fails(["grant", "bob", "--yes", "--fingerprint", "0000-0000-0000-0000-0000"]).error).toBe("NEEDS_CONFIRMATION");
  });

  it("what a folder is called does not reach the terminal", () => {
    const project = sealedProject({ ...FILES, "a\u001b]0;PWN\u0007b/x": "" });
    const { stderr } = project.envseal(["get", "A", "-f", "a\u001b]0;PWN\u0007b/.env.vault"]);
    expect(stderr).not.toContain("\u001b");
  });

  it("KDF costs are bounded together", () => {
    const project = sealedProject(FILES);
    project.write("../phrase", PHRASE);
    project.ok(["custody", "move", "passphrase", "--passphrase-file", "../phrase"]);
    edit(project, (manifest) => Object.assign(manifest.recipients.ada.custody, { n: 2 ** 18, r: 16, p: 2 }));
    expect(project.fails(["unlock", "--passphrase-file", "../phrase"])).toMatchObject({
      error: "MALFORMED_MANIFEST",
      stderr: expect.stringContaining("twice the default work"),
    });
  });
});
