import { chmodSync, existsSync, linkSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { start } from "./project.ts";

describe("custody", () => {
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
});

describe("lock", () => {
  it("does not call nothing what it cannot take away", () => {
    const { project, phrase, session, runtime } = start();
    project.ok(["custody", "move", "passphrase", ...phrase]);
    project.ok(["unlock", ...phrase]);
    const fails = () => {
      for (const args of [["lock"], ["lock", "--all"]]) expect(project.fails(args).error).toBe("KEY_FILE_MODE");
    };
    chmodSync(join(runtime, "envseal"), 0o755);
    fails();
    chmodSync(join(runtime, "envseal"), 0o700);
    linkSync(session, join(project.sandbox.root, "second"));
    fails();
    rmSync(join(project.sandbox.root, "second"));
    expect(project.ok(["lock"]).stderr).toBe("locked\n");
  });
});

describe("lock, from another login", () => {
  it("ends what was unlocked where there was no runtime folder", () => {
    const { project, phrase } = start();
    project.ok(["custody", "move", "passphrase", ...phrase]);
    const ssh = { env: { XDG_RUNTIME_DIR: undefined } };
    for (const lock of [["lock"], ["lock", "--all"]]) {
      project.ok(["unlock", ...phrase], ssh);
      expect(project.ok(["get", "A", "-e", "default"], ssh).stdout).toBe("secret-one\n");
      expect(project.ok(lock).stderr).toMatch(/^(locked|1 session ended)\n$/);
      expect(project.fails(["get", "A", "-e", "default"], ssh).error).toBe("NEEDS_TERMINAL");
      expect(project.ok(["lock"]).stderr).toBe("nothing was unlocked\n");
    }
  });
});

describe("a session whose time is over", () => {
  it("is wiped by whoever is asked again, should nothing have wiped it", () => {
    const { project, phrase, session } = start();
    project.ok(["custody", "move", "passphrase", ...phrase]);
    project.ok(["unlock", ...phrase]);
    writeFileSync(session, readFileSync(session, "utf8").replace(/(expires: )\d{13}/, "$11700000000000"), { mode: 0o600 });
    expect(project.fails(["get", "A", "-e", "default"]).error).toBe("NEEDS_TERMINAL");
    expect(existsSync(session)).toBe(false);
  });
});
