import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLI, type Project, ROOT, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

const PHRASE = "orbit velvet cactus mango quartz lantern";

function start() {
  const project = sealedProject({ ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" });
  const runtime = join(project.sandbox.root, "run");
  mkdirSync(runtime, { mode: 0o700 });
  project.sandbox.env.XDG_RUNTIME_DIR = runtime;
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
function sealed(project: Project) {
  const { environments, vaults } = JSON.parse(project.read("envseal.json"));
  return JSON.stringify([environments, vaults, project.read(".env.vault"), project.read(".env.production.vault")]);
}

describe("custody", () => {
  it("moves to a passphrase and back: vaults and access entries stay byte for byte", () => {
    const { project, phrase, identity, session } = start();
    const before = sealed(project);
    const secret = readFileSync(identity, "utf8").split("\n")[2] as string;
    const moved = project.ok(["custody", "move", "passphrase", ...phrase, "--hint", "in the blue book"]);
    expect(sealed(project)).toBe(before);
    expect(moved.stdout + moved.stderr + project.read("envseal.json")).not.toContain(secret.slice(16, 40));
    expect(existsSync(identity)).toBe(false);
    expect(project.ok(["custody", "show"]).stdout).toContain("ada: passphrase");
    expect(project.fails(["get", "A", "-e", "default"]).error).toBe("NEEDS_TERMINAL");
    project.ok(["unlock", ...phrase]);
    expect(statSync(session).mode & 0o777).toBe(0o600);
    expect(project.ok(["get", "A", "-e", "default"]).stdout).toBe("secret-one\n");
    project.install();
    expect(project.node(["-r", "envseal/config", "-p", "process.env.A"], { env: { ENVSEAL_ENV: "production" } }).stdout).toBe(
      "secret-two\n",
    );
    expect(project.fails(["custody", "move", "passphrase", ...phrase])).toMatchObject({
      error: "USAGE",
      stderr: expect.stringContaining("stays in git history"),
    });
    expect(project.fails(["custody", "move", "file"]).error).toBe("NEEDS_TERMINAL");
    project.ok(["custody", "move", "file", "--yes", ...phrase]);
    expect(readFileSync(identity, "utf8").split("\n")[2]).toBe(secret);
    expect(existsSync(session)).toBe(false);
    expect(sealed(project)).toBe(before);
  });

  it("refuses weak passphrases, telling hints, unknown kinds, and costs below or above the bounds", () => {
    const { project, phrase, identity } = start();
    project.write("../weak", "letmein123");
    expect(project.fails(["custody", "move", "passphrase", "--passphrase-file", join(project.sandbox.root, "weak")])).toMatchObject({
      code: 2,
      error: "WEAK_PASSPHRASE",
    });
    expect(project.fails(["custody", "move", "passphrase", ...phrase, "--hint", "velvet"]).error).toBe("WEAK_PASSPHRASE");
    expect(project.fails(["custody", "move", "cloud"]).error).toBe("USAGE");
    expect(project.fails(["custody", "move", "passphrase", ...phrase, "--kdf", "md5"]).error).toBe("USAGE");
    expect(project.fails(["custody", "move", "command"]).error).toBe("USAGE");
    expect(project.fails(["custody", "move", "file", "--", "x"]).error).toBe("USAGE");
    expect(existsSync(identity)).toBe(true);
    project.ok(["custody", "move", "passphrase", ...phrase, "--kdf", "pbkdf2-sha256"]);
    const manifest = JSON.parse(project.read("envseal.json"));
    for (const iterations of [599_999, 10_000_001, 600_000.5]) {
      manifest.recipients.ada.custody.iterations = iterations;
      project.write("envseal.json", JSON.stringify(manifest, null, 2));
      expect(project.fails(["unlock", ...phrase])).toMatchObject({
        code: 4,
        error: "MALFORMED_MANIFEST",
        stderr: expect.stringMatching(/custody|integer/),
      });
    }
  });

  it("tells a wrong passphrase from a changed entry, also where salt or sealed bytes were changed", () => {
    const { project, phrase } = start();
    project.ok(["custody", "move", "passphrase", ...phrase]);
    project.commitAll();
    project.write("../wrong", "ribbon walnut glacier fossil puppet tunnel");
    expect(project.fails(["unlock", "--passphrase-file", join(project.sandbox.root, "wrong")])).toMatchObject({
      code: 3,
      error: "WRONG_PASSPHRASE",
    });
    const manifest = project.read("envseal.json");
    const { salt } = JSON.parse(manifest).recipients.ada.custody;
    project.write("envseal.json", manifest.replace(salt, `${salt[0] === "A" ? "B" : "A"}${salt.slice(1)}`));
    expect(project.fails(["unlock", ...phrase])).toMatchObject({
      code: 4,
      error: "CORRUPT",
      stderr: expect.stringContaining("was changed since"),
    });
    expect(project.fails(["unlock", "--passphrase-file", join(project.sandbox.root, "wrong")]).error).toBe("WRONG_PASSPHRASE");
  });

  it("unlocks on a new machine with the repository and the passphrase alone", () => {
    const { project, phrase } = start();
    project.ok(["custody", "move", "passphrase", ...phrase]);
    const laptop = { env: { ...project.sandbox.otherHome("laptop"), XDG_RUNTIME_DIR: join(project.sandbox.root, "laptop") } };
    project.ok(["unlock", ...phrase], laptop);
    expect(project.ok(["get", "A", "-e", "default"], laptop).stdout).toBe("secret-one\n");
    expect(project.ok(["lock"], laptop).stderr).toBe("locked\n");
    expect(project.ok(["lock"], laptop).stderr).toBe("nothing was unlocked\n");
    expect(project.fails(["get", "A", "-e", "default"], laptop).error).toBe("NEEDS_TERMINAL");
  });

  it("keeps a session for its time only, and only where it is this person's alone", async () => {
    const { project, phrase, session, runtime } = start();
    project.ok(["custody", "move", "passphrase", ...phrase]);
    for (const ttl of ["0s", "8", "8d", "-1h", "1e3h", ""])
      expect(project.fails(["unlock", `--ttl=${ttl}`, ...phrase]).error).toBe("USAGE");
    project.ok(["unlock", "--ttl", "1s", ...phrase]);
    const text = readFileSync(session, "utf8");
    for (const deadline = Date.now() + 20_000; existsSync(session) && Date.now() < deadline; )
      await new Promise((done) => setTimeout(done, 100));
    expect(existsSync(session)).toBe(false);
    // One that outlived its time (the machine slept), and one from a clock that was set back.
    const get = () => project.fails(["get", "A", "-e", "default"]);
    writeFileSync(session, text, { mode: 0o600 });
    expect(get().error).toBe("NEEDS_TERMINAL");
    writeFileSync(
      session,
      text.replace(/\d{13}/g, (time) => String(Number(time) + 3_600_000)),
      { mode: 0o600 },
    );
    expect(get().error).toBe("NEEDS_TERMINAL");
    const live = text.replace(/(expires: )(\d{13})/, (_, name, time) => name + (Number(time) + 3_600_000));
    writeFileSync(session, live, { mode: 0o600 });
    expect(project.ok(["get", "A", "-e", "default"]).stdout).toBe("secret-one\n");
    chmodSync(session, 0o644);
    expect(get()).toMatchObject({ code: 3, error: "KEY_FILE_MODE" });
    project.ok(["lock"]);
    writeFileSync(join(project.sandbox.root, "planted"), live, { mode: 0o600 });
    symlinkSync(join(project.sandbox.root, "planted"), session);
    expect(get().error).toBe("KEY_FILE_MODE");
    // A folder that others may write to could be anybody's: nothing in it counts, and nothing of it is touched.
    chmodSync(join(runtime, "envseal"), 0o777);
    expect(get().error).toBe("NEEDS_TERMINAL");
    expect(project.ok(["lock"]).stderr).toBe("nothing was unlocked\n");
    expect(project.ok(["lock", "--all"]).stderr).toBe("0 sessions ended\n");
    expect(readFileSync(join(project.sandbox.root, "planted"), "utf8")).toBe(live);
    expect(project.fails(["unlock", ...phrase])).toMatchObject({
      error: "KEY_FILE_MODE",
      stderr: expect.stringContaining("XDG_RUNTIME_DIR"),
    });
  });

  it("takes the identity from a command of the user's own, never from one of the repository's", () => {
    const { project, identity, id } = start();
    const secret = readFileSync(identity, "utf8");
    const bin = join(project.sandbox.root, "bin");
    mkdirSync(bin);
    const program = (folder: string, name: string, script: string) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    writeFileSync(join(project.sandbox.root, "kept"), secret);
    program(bin, "keeper", `printenv ENVSEAL_KEY >&2; pwd >&2; cat "${join(project.sandbox.root, "kept")}"`);
    program(bin, "other", "echo AGE-SECRET-KEY-1NOTANIDENTITY");
    program(project.path("node_modules/.bin"), "evil", `touch ${project.path("pwned")}; cat "${join(project.sandbox.root, "kept")}"`);
    project.sandbox.env.PATH = `${project.path("node_modules/.bin")}:.:${bin}:${project.sandbox.env.PATH}`;
    expect(project.fails(["custody", "move", "command", "--", "evil"]).error).toBe("CUSTODY");
    expect(project.fails(["custody", "move", "command", "--", project.path("node_modules/.bin/evil")]).error).toBe("CUSTODY");
    expect(project.fails(["custody", "move", "command", "--", "nowhere"]).error).toBe("CUSTODY");
    expect(project.fails(["custody", "move", "command", "--", "other"]).error).toBe("MALFORMED_KEY");
    expect(existsSync(project.path("pwned"))).toBe(false);
    expect(existsSync(identity)).toBe(true);
    const before = sealed(project);
    project.ok(["custody", "move", "command", "--", "keeper"]);
    expect(sealed(project)).toBe(before);
    expect(existsSync(identity)).toBe(false);
    // The program that was trusted is the one that runs, also where the repository brings one of the same name.
    program(project.path("node_modules/.bin"), "keeper", `touch ${project.path("pwned")}`);
    const got = project.ok(["get", "A", "-e", "default"]);
    expect(got.stdout).toBe("secret-one\n");
    expect(got.stderr.split("\n")[0]).toBe("/");
    expect(existsSync(project.path("pwned"))).toBe(false);
    expect(JSON.stringify(JSON.parse(project.read("envseal.json")).recipients.ada.custody)).toBe('{"kind":"command"}');
    for (const [script, error] of [
      ["exit 3", "CUSTODY"],
      ["head -c 100000 /dev/zero", "CUSTODY"],
      ["true", "MALFORMED_KEY"],
    ] as const) {
      program(bin, "keeper", script);
      expect(project.fails(["get", "A", "-e", "default"]).error).toBe(error);
    }
    const record = join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/custody", `${id}.json`);
    writeFileSync(record, '{"kind":"command","name":"ada"}');
    expect(project.fails(["get", "A", "-e", "default"])).toMatchObject({ code: 5, error: "CUSTODY" });
  });

  const desktop = spawnSync("sh", ["-c", "command -v dbus-run-session && command -v gnome-keyring-daemon"]).status === 0;
  it.runIf(desktop)(`keeps it in a real Secret Service${desktop ? "" : " (skipped: needs dbus-run-session and gnome-keyring)"}`, () => {
    const { project, identity } = start();
    const before = sealed(project);
    const steps = (lines: string) =>
      execFileSync(
        "dbus-run-session",
        ["--", "sh", "-ec", `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n${lines}`],
        {
          cwd: project.folder,
          env: { ...project.sandbox.env, NODE: process.execPath, CLI },
          encoding: "utf8",
          stdio: "pipe",
        },
      );
    expect(steps('"$NODE" "$CLI" custody move keychain\n"$NODE" "$CLI" custody show\n"$NODE" "$CLI" get A -e default')).toMatch(
      /ada: keychain[\s\S]*secret-one\n$/,
    );
    expect(existsSync(identity)).toBe(false);
    expect(sealed(project)).toBe(before);
    expect(steps('"$NODE" "$CLI" get A -e production')).toBe("secret-two\n");
    // Without the Secret Service it fails, rather than to fall back to memory.
    expect(project.fails(["get", "A", "-e", "default"])).toMatchObject({ code: 5, error: "CUSTODY" });
    steps('"$NODE" "$CLI" custody move file --yes -q');
    expect(project.ok(["get", "A", "-e", "default"]).stdout).toBe("secret-one\n");
    expect(() =>
      steps(`cd "${ROOT}"; "$NODE" -e 'process.exit(require("@napi-rs/keyring").findCredentials("envseal").length)'`),
    ).not.toThrow();
  });

  it.runIf(terminalIsHere)(`asks in a terminal: 12 words shown once, three typed back; then the passphrase${terminalNotice}`, async () => {
    const { project } = start();
    const moving = new Terminal(project, ["custody", "move", "passphrase"]);
    await moving.waitFor(/a passphrase of your own/);
    moving.type("\r");
    await moving.waitFor(/these 12 words, in this order/);
    await moving.waitFor(/press Enter when they are on paper/);
    const words = [...moving.screen.matchAll(/(\d+)\. ([a-z]+)/g)]
      .sort((a, b) => Number(a[1]) - Number(b[1]))
      .map((match) => match[2] as string);
    expect(words).toHaveLength(12);
    moving.type("\r");
    for (let asked = 0; asked < 3; asked++) {
      const [, number] = await moving.waitFor(/◆ {2}word (\d+)/);
      moving.type(`${words[Number(number) - 1]}\r`);
    }
    await moving.waitFor(/is now held by: passphrase/);
    expect(await moving.end()).toBe(0);
    const getting = new Terminal(project, ["get", "A", "-e", "default"]);
    await getting.waitFor(/passphrase of ada/);
    getting.type("not this\r");
    await getting.waitFor(/not the passphrase of ada/);
    getting.type(`${words.join(" ")}\r`);
    await getting.waitFor(/secret-one/);
    expect(await getting.end()).toBe(0);
    expect(getting.screen).not.toContain(words.slice(0, 3).join(" "));
    const showing = new Terminal(project, ["custody", "move", "file"]);
    await showing.waitFor(/passphrase of ada/);
    showing.type(`${words.join(" ")}\r`);
    await showing.waitFor(/AGE-SECRET-KEY-1/);
    await showing.waitFor(/type "saved" when/);
    showing.type("yes\r");
    await showing.waitFor(/type "saved", or Ctrl-C/);
    showing.type("\u0015saved\r");
    await showing.waitFor(/is now held by: file/);
    expect(await showing.end()).toBe(0);
    expect(project.ok(["get", "A", "-e", "default"]).stdout).toBe("secret-one\n");
  });
});

describe("recovery words", () => {
  it.runIf(terminalIsHere)(`give someone who lost everything access again${terminalNotice}`, async () => {
    const { project } = start();
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    const words = readFileSync(join(project.sandbox.root, "words"), "utf8").trim();
    const lost = { ...project.sandbox.otherHome("lost"), XDG_RUNTIME_DIR: join(project.sandbox.root, "lost") };
    const wrong = new Terminal(project, ["recovery", "use", "--name", "ada-2"], lost);
    await wrong.waitFor(/the 24 recovery words/);
    wrong.type("abandon ".repeat(23));
    wrong.type("art\r");
    expect(await wrong.end()).toBe(3);
    expect(wrong.screen).toContain("not this project's");
    const session = new Terminal(project, ["unlock", "--recovery", "--ttl", "1h"], lost);
    await session.waitFor(/the 24 recovery words/);
    session.type(`${words}\r`);
    expect(await session.end()).toBe(0);
    expect(project.ok(["get", "A", "-e", "production"], { env: lost }).stdout).toBe("secret-two\n");
    project.ok(["lock"], { env: lost });
    const taken = new Terminal(project, ["recovery", "use", "--name", "ada"], lost);
    await taken.waitFor(/the 24 recovery words/);
    taken.type(`${words}\r`);
    expect(await taken.end()).toBe(2);
    const using = new Terminal(project, ["recovery", "use"], lost);
    await using.waitFor(/the 24 recovery words/);
    using.type(`${words}\r`);
    expect(await using.end()).toBe(0);
    expect(project.ok(["get", "A", "-e", "default"], { env: lost }).stdout).toBe("secret-one\n");
    expect(project.ok(["recipients"]).stdout).toMatch(/ada-2\s+default v1, production v1/);
    expect(readdirSync(project.folder).filter((name) => name.startsWith("tmp"))).toEqual([]);
  });
});
