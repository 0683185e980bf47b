import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, uptime } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatIdentity } from "../../src/age/keys.ts";
import { everyLogin, isOwn, readSession, sessionFolder, sessionPath } from "../../src/custody/session.ts";
import { endSession, endSessions, sessionsLeft, writeSession } from "../../src/custody/session-write.ts";
import { errorOf, tempFolders } from "../support/folders.ts";

const posix = process.platform !== "win32";
const secret = new Uint8Array(32).fill(31);
const text = formatIdentity(secret);
const folder = tempFolders();
const HOUR = 3_600_000;
/** Of a session that is written here: what is to wipe it sleeps no longer. */
const TTL = 10_000;
const NOW = 1_800_000_000_000;
const up = Math.floor(uptime());
/** Of a machine that has run for longer than a session lasts, which this one may not have. */
const AWAKE = 10_000;

function runtime(): NodeJS.ProcessEnv {
  return { XDG_RUNTIME_DIR: folder(), PATH: process.env.PATH };
}

interface Told {
  created?: number | string;
  expires?: number | string;
  uptime?: number | string;
  identity?: string;
}

/** A session as `unlock` leaves it, but for what is told otherwise. */
function session(told: Told = {}, mode = 0o600): NodeJS.ProcessEnv {
  const env = runtime();
  const { created = NOW, expires = NOW + HOUR, uptime: was = up, identity = text } = told;
  mkdirSync(sessionFolder(env), { mode: 0o700 });
  writeFileSync(sessionPath(env, "p"), `# created: ${created}\n# expires: ${expires}\n# uptime: ${was}\n${identity}\n`);
  chmodSync(sessionPath(env, "p"), mode);
  return env;
}

describe("where a session is kept", () => {
  it("is the runtime folder, else one of this person's own in the temporary one", () => {
    expect(sessionFolder({ XDG_RUNTIME_DIR: "/run/user/7" })).toBe(join("/run/user/7", "envseal"));
    const own = posix ? join(tmpdir(), `envseal-${process.getuid?.()}`) : sessionFolder({});
    expect([sessionFolder({}), sessionFolder({ XDG_RUNTIME_DIR: "" })]).toEqual([own, own]);
    expect(sessionPath({}, "p")).toBe(join(own, "p"));
  });
});

describe("a person's logins", () => {
  const places = (env: NodeJS.ProcessEnv) => everyLogin(env).map(sessionFolder);
  const own = sessionFolder({});

  it.runIf(posix)("keep sessions in the runtime folder, and without one where a login has none", () => {
    const usual = join(`/run/user/${process.getuid?.()}`, "envseal");
    expect(places({ XDG_RUNTIME_DIR: "/run/user/7" })).toEqual([join("/run/user/7", "envseal"), own]);
    expect(places({})).toEqual([own, usual]);
    expect(places({ XDG_RUNTIME_DIR: "" })).toEqual([own, usual]);
    expect(everyLogin({ HOME: "/h" })[1]).toMatchObject({ HOME: "/h" });
  });
});

describe("what is left of sessions", () => {
  it("is every file of this person's own, in whatever state, and nothing else", () => {
    const env = session({}, 0o644);
    const kept = sessionFolder(env);
    writeFileSync(join(kept, "half"), "");
    mkdirSync(join(kept, "folder"));
    symlinkSync(join(kept, "half"), join(kept, "link"));
    expect(sessionsLeft(env).sort()).toEqual([join(kept, "half"), join(kept, "p")]);
    if (process.getuid?.() === 0) {
      chownSync(join(kept, "half"), 12_345, 12_345);
      expect(sessionsLeft(env)).toEqual([join(kept, "p")]);
    }
  });

  it("is nothing where there is no folder, or a file in its place", () => {
    const env = runtime();
    expect(sessionsLeft(env)).toEqual([]);
    writeFileSync(sessionFolder(env), "");
    expect(sessionsLeft(env)).toEqual([]);
  });
});

/** What is run when a session is over: here a script that says how. */
const [, started = ""] = process.argv;
beforeEach(() => {
  const said = folder();
  process.argv[1] = join(said, "cli.cjs");
  writeFileSync(
    process.argv[1],
    `const fs = require("node:fs"); if (fs.existsSync(__dirname)) fs.writeFileSync(__dirname + "/said", JSON.stringify([process.argv.slice(2), process.cwd(), process.env, process.ppid, Date.now()]));`,
  );
});
afterEach(() => {
  process.argv[1] = started;
});

describe.runIf(posix)("a session", () => {
  it("opens until its time is over, and not from before its beginning", () => {
    const env = session();
    const open = (now: number) => readSession(env, "p", now);
    expect(open(NOW)).toEqual({ identity: secret, expires: NOW + HOUR });
    expect(open(NOW + HOUR - 1)).not.toBeNull();
    expect(open(NOW + HOUR)).toBeNull();
    expect(open(NOW - 1)).toBeNull();
    expect(readSession(env, "another", NOW)).toBeNull();
    expect(readSession(runtime(), "p", NOW)).toBeNull();
  });

  it("opens while the machine has run for less than its time, to the second", () => {
    const env = session({ uptime: 5000 });
    const opens = (awake: number) => readSession(env, "p", NOW, awake) !== null;
    expect([opens(5000), opens(5000 + 3599.9)]).toEqual([true, true]);
    expect([opens(4999.9), opens(5000 + 3600), opens(5000 + 3601)]).toEqual([false, false, false]);
  });

  it("is none where something stands before its first line", () => {
    const env = session();
    writeFileSync(sessionPath(env, "p"), `# more\n${readFileSync(sessionPath(env, "p"), "utf8")}`);
    expect(readSession(env, "p", NOW)).toBeNull();
  });

  it.each([
    ["the machine ran for its whole time, whatever the clock says", { uptime: AWAKE - 3601 }, false],
    ["the machine ran for less", { uptime: AWAKE - 3500 }, true],
    ["the machine was started since", { uptime: AWAKE + 1000 }, false],
    ["it says no beginning", { created: "" }, false],
    ["it says no end", { expires: "x" }, false],
    ["its end is written in another way", { expires: `0${NOW}` }, false],
    ["it says nothing of the machine", { uptime: "" }, false],
    ["a line stands before", { created: `${NOW}\n#` }, false],
  ])("where %s", (_, told, opens) => {
    expect(readSession(session({ uptime: AWAKE, ...told }), "p", NOW, AWAKE) !== null).toBe(opens);
  });

  it("is refused where it holds no identity, or too much", () => {
    expect(errorOf(() => readSession(session({ identity: "x" }), "p", NOW))).toMatchObject({ code: "MALFORMED_KEY" });
    expect(errorOf(() => readSession(session({ identity: `${text}\n${"#".repeat(4096)}` }), "p", NOW))).toMatchObject({ code: "IO" });
    const binary = session();
    writeFileSync(sessionPath(binary, "p"), Uint8Array.of(0xff));
    expect(errorOf(() => readSession(binary, "p", NOW))).toMatchObject({ code: "MALFORMED_KEY" });
  });

  it.each([0o640, 0o604, 0o660, 0o610, 0o601])("is refused where its file has mode %o", (mode) => {
    const env = session({}, mode);
    expect(errorOf(() => readSession(env, "p", NOW))).toMatchObject({
      code: "KEY_FILE_MODE",
      hint: `remove it and unlock again: rm ${sessionPath(env, "p")}`,
    });
    expect(endSession(env, "p")).toBe(true);
  });

  it.each([0o750, 0o705, 0o770, 0o701])("counts for nothing in a folder of mode %o, which another may have made", (mode) => {
    const env = session();
    chmodSync(sessionFolder(env), mode);
    expect(readSession(env, "p", NOW)).toBeNull();
    expect([endSession(env, "p"), endSessions(env, false)]).toEqual([false, 0]);
    expect(existsSync(sessionPath(env, "p"))).toBe(true);
    expect(errorOf(() => writeSession(env, "p", secret, TTL))).toMatchObject({
      code: "KEY_FILE_MODE",
      hint: expect.stringContaining("XDG_RUNTIME_DIR"),
    });
  });

  it("counts for nothing by a link, and is refused as a second name of a file, or a link", () => {
    const genuine = session();
    const linked = runtime();
    symlinkSync(sessionFolder(genuine), sessionFolder(linked));
    expect(readSession(linked, "p", NOW)).toBeNull();
    expect(errorOf(() => writeSession(linked, "p", secret, TTL))).toMatchObject({ code: "KEY_FILE_MODE" });
    linkSync(sessionPath(genuine, "p"), sessionPath(genuine, "second"));
    for (const name of ["p", "second"]) expect(errorOf(() => readSession(genuine, name, NOW))).toMatchObject({ code: "KEY_FILE_MODE" });
    expect(endSession(genuine, "p")).toBe(false);
    symlinkSync(sessionPath(genuine, "p"), sessionPath(genuine, "link"));
    expect(errorOf(() => readSession(genuine, "link", NOW))).toMatchObject({ code: "KEY_FILE_MODE" });
    expect(endSession(genuine, "link")).toBe(false);
    expect(readFileSync(sessionPath(genuine, "p"), "utf8")).toContain(text);
  });

  const root = process.getuid?.() === 0;
  it.runIf(root)(`counts for nothing in another's folder, and is refused as another's file${root ? "" : " (skipped: needs root)"}`, () => {
    const env = session();
    chownSync(sessionPath(env, "p"), 12345, 12345);
    expect(errorOf(() => readSession(env, "p", NOW))).toMatchObject({ code: "KEY_FILE_MODE" });
    expect(endSession(env, "p")).toBe(false);
    chownSync(sessionFolder(env), 12345, 12345);
    expect(readSession(env, "p", NOW)).toBeNull();
  });

  it("is one's own only as what it should be", () => {
    const env = session();
    const [dir, file] = [sessionFolder(env), sessionPath(env, "p")];
    expect([isOwn(dir, "folder"), isOwn(file, "file")]).toEqual([true, true]);
    expect([isOwn(dir, "file"), isOwn(file, "folder"), isOwn(join(dir, "no"), "file"), isOwn(join(dir, "no"), "folder")]).toEqual(
      Array(4).fill(false),
    );
    mkdirSync(join(dir, "more"), { mode: 0o700 });
    expect(isOwn(dir, "folder")).toBe(true);
  });

  it("is written anew over an old one, and wiped", () => {
    const env = runtime();
    const before = Date.now();
    const until = writeSession(env, "p", new Uint8Array(32).fill(1), 1000);
    expect(until.getTime()).toBeGreaterThanOrEqual(before + 1000);
    const again = writeSession(env, "p", secret, TTL);
    expect(readSession(env, "p", again.getTime() - 1)).toEqual({ identity: secret, expires: again.getTime() });
    expect(isOwn(sessionPath(env, "p"), "file")).toBe(true);
    linkSync(sessionPath(env, "p"), join(env.XDG_RUNTIME_DIR as string, "kept"));
    expect(endSession(env, "p")).toBe(false);
    writeSession(env, "p", secret, TTL);
    expect(endSession(env, "p")).toBe(true);
    expect(endSession(env, "p")).toBe(false);
    expect(readSession(env, "p")).toBeNull();
    expect(endSession(runtime(), "p")).toBe(false);
  });

  it("is wiped where its time is over or it cannot be read; those of others are left", () => {
    const env = runtime();
    expect(endSessions(env, true)).toBe(0);
    writeSession(env, "good", secret, TTL);
    const put = (name: string, content: string) => {
      writeFileSync(sessionPath(env, name), content, { mode: 0o600 });
      utimesSync(sessionPath(env, name), 1, 1);
    };
    put("over", readFileSync(sessionPath(env, "good"), "utf8").replace(/expires: \d+/, `expires: ${Date.now() - 1}`));
    put("broken", readFileSync(sessionPath(env, "good"), "utf8").replace(/AGE.*/, "x"));
    put("empty", "");
    expect(endSessions(env, true)).toBe(3);
    expect(readdirSync(sessionFolder(env))).toEqual(["good"]);
    expect(endSessions(env, true)).toBe(0);
    expect(endSessions(env, false)).toBe(1);
    expect(readdirSync(sessionFolder(env))).toEqual([]);
  });

  it("is wiped when its time is over, by nothing that lies in the work tree: a branch may track this program by then", async () => {
    const { XDG_RUNTIME_DIR, PATH } = runtime();
    const env = { XDG_RUNTIME_DIR, PATH: `${dirname(process.argv[1] as string)}:${PATH}` };
    writeFileSync(join(dirname(process.argv[1] as string), "sleep"), `#!/bin/sh\n: >"\${0%/*}/said"\n`, { mode: 0o755 });
    writeSession(env, "other", secret, TTL);
    const held = readFileSync(sessionPath(env, "other"), "utf8").replace(/expires: \d+/, "expires: 1800000000000");
    const over = held.replace(/expires: \d+/, `expires: ${Date.now() - 1}`).replace(/created: \d+/, "created: 1700000000000");
    const put = (name: string, content: string) => writeFileSync(sessionPath(env, name), content, { mode: 0o600 });
    for (const name of ["over", "linked"]) put(name, over);
    linkSync(sessionPath(env, "linked"), join(XDG_RUNTIME_DIR as string, "kept"));
    put("later", held.replace(/created: \d+/, `created: ${Date.now() + HOUR}`));
    put("broken", "x");
    symlinkSync(join(XDG_RUNTIME_DIR as string, "kept"), sessionPath(env, "link"));
    const until = writeSession(env, "p", secret, 1000);
    await vi.waitUntil(() => !existsSync(sessionPath(env, "p")), { timeout: 30_000 });
    expect(Date.now()).toBeGreaterThanOrEqual(until.getTime());
    await vi.waitUntil(() => readdirSync(sessionFolder(env)).length === 4, { timeout: 30_000 });
    expect(readdirSync(sessionFolder(env)).sort()).toEqual(["broken", "link", "linked", "other"]);
    expect(readFileSync(join(XDG_RUNTIME_DIR as string, "kept"), "utf8")).toBe(over);
    expect(existsSync(join(dirname(process.argv[1] as string), "said"))).toBe(false);
  });

  it("says where it could not be kept", () => {
    const env = runtime();
    writeFileSync(sessionFolder(env), "in the way");
    expect(errorOf(() => writeSession(env, "p", secret, TTL))).toMatchObject({
      code: "IO",
      message: expect.stringContaining(`cannot keep the session at ${sessionPath(env, "p")} (`),
    });
  });
});
