import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatIdentity } from "../../src/age/keys.ts";
import { identityPath, readIdentityFile } from "../../src/custody/identity-file.ts";
import { setIdentityAside, wipeIdentityFile, writeIdentityFile } from "../../src/custody/identity-write.ts";
import { readCustodyRecord, removeCustodyRecord, writeCustodyRecord } from "../../src/custody/record.ts";
import { hasCustodyRecords, recordFolder } from "../../src/custody/record-folder.ts";
import { sessionFolder } from "../../src/custody/session.ts";
import { stateFolder } from "../../src/project/own-folders.ts";
import { errorOf, tempFolders } from "../support/folders.ts";

const secret = new Uint8Array(32).fill(51);
const folder = tempFolders();
const { HOME } = process.env;

describe.runIf(process.platform !== "win32")("a person's own folder", () => {
  beforeEach(() => {
    process.env.HOME = "/home/of/nobody";
  });
  afterEach(() => {
    if (HOME === undefined) delete process.env.HOME;
    else process.env.HOME = HOME;
  });

  it.each([
    ["unset", {}],
    ["empty", { XDG_CONFIG_HOME: "", XDG_STATE_HOME: "" }],
    ["a relative path, which may lead into a repository", { XDG_CONFIG_HOME: "config", XDG_STATE_HOME: "./state" }],
    ["a path that is another one for each process", { XDG_CONFIG_HOME: "/proc/self/cwd/x", XDG_STATE_HOME: "/x/../dev/fd/3" }],
    ["a folder of the work tree", { XDG_CONFIG_HOME: process.cwd(), XDG_STATE_HOME: join(process.cwd(), "no", "such") }],
  ])("is in the home folder where its variable is %s", (_, env) => {
    expect(identityPath(env, "p")).toBe("/home/of/nobody/.config/envseal/identities/p");
    expect(recordFolder(env)).toBe("/home/of/nobody/.config/envseal/custody");
    expect(stateFolder(env)).toBe("/home/of/nobody/.local/state/envseal");
  });

  it.each(["run", "/proc/self/cwd/run", join(process.cwd(), "run")])("of sessions is not where the project is (%s)", (place) => {
    expect(sessionFolder({ XDG_RUNTIME_DIR: place })).toBe(join(tmpdir(), `envseal-${process.getuid?.()}`));
    vi.stubEnv("TMPDIR", resolve(place));
    expect(sessionFolder({})).toBe(`/tmp/envseal-${process.getuid?.()}`);
    vi.unstubAllEnvs();
  });

  it.each(["", "home", ".", "/proc/self/cwd"])("is nowhere without a home (HOME=%s): nothing is found, nothing kept", (home) => {
    process.env.HOME = home;
    expect([identityPath({}, "p"), recordFolder({}), stateFolder({})]).toEqual([null, null, null]);
    expect([readIdentityFile({}, "p"), readCustodyRecord({}, "p"), hasCustodyRecords({})]).toEqual([null, null, false]);
    for (const action of [setIdentityAside, wipeIdentityFile, removeCustodyRecord]) expect(errorOf(() => action({}, "p"))).toBeUndefined();
    expect(errorOf(() => writeIdentityFile({}, "p", secret, "2026-01-02"))).toMatchObject({ code: "IO", hint: "set XDG_CONFIG_HOME" });
    expect(errorOf(() => writeCustodyRecord({}, "p", { kind: "keychain", name: "ada" }))).toMatchObject({
      code: "CUSTODY",
      hint: "set XDG_CONFIG_HOME",
    });
  });

  it("is never sought from the folder that a program runs in", () => {
    const env = { XDG_CONFIG_HOME: relative(process.cwd(), folder()) };
    const planted = join(env.XDG_CONFIG_HOME, "envseal", "identities", "p");
    mkdirSync(dirname(planted), { recursive: true, mode: 0o700 });
    writeFileSync(planted, formatIdentity(secret), { mode: 0o600 });
    expect(existsSync(planted)).toBe(true);
    expect(readIdentityFile(env, "p")).toBeNull();
  });
});
