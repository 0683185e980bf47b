import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatIdentity, recipientOf } from "../../src/age/keys.ts";
import { identityPath, parseIdentityText, readIdentityFile } from "../../src/custody/identity-file.ts";
import { setIdentityAside, sweepIdentities, wipeFile, wipeIdentityFile, writeIdentityFile } from "../../src/custody/identity-write.ts";
import { createFile } from "../../src/system/private-file.ts";
import { stagingName } from "../../src/system/staging.ts";
import { errorOf, tempFolders } from "../support/folders.ts";

const posix = process.platform !== "win32";
const secret = new Uint8Array(32).fill(21);
const text = formatIdentity(secret);
const folder = tempFolders();

function home(): { env: NodeJS.ProcessEnv; path: string } {
  const env = { XDG_CONFIG_HOME: folder(), APPDATA: folder() };
  return { env, path: identityPath(env, "project") as string };
}

function put(path: string, content: string | Uint8Array, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, content);
  chmodSync(path, mode);
}

describe("what a killed process left of an identity", () => {
  it("is swept, and nothing else in its folder", () => {
    const { env, path } = home();
    sweepIdentities(env, "project");
    put(path, text);
    const space = stagingName().split("-")[3];
    const [left, foreign] = [`.project.tmp-4194303-1-${space}-0123456789ab`, "tmp-of-mine"];
    for (const name of [left, foreign]) put(join(dirname(path), name), text);
    sweepIdentities(env, "project");
    expect(readdirSync(dirname(path)).sort()).toEqual(["project", foreign]);
    expect(() => sweepIdentities({}, "project")).not.toThrow();
  });
});

describe("an identity's text", () => {
  it.each([
    ["bare", text],
    ["as age-keygen writes it", `# created: 2026-01-01\n# public key: age1x\n${text}\n`],
    ["with CRLF and white space", `\r\n#c\r\n  ${text}  \r\n\r\n`],
  ])("is read %s", (_, source) => {
    expect(parseIdentityText(source, "it")).toEqual(secret);
  });

  it.each([
    ["nothing", ""],
    ["comments alone", "# a\n# b\n"],
    ["two", `${text}\n${formatIdentity(new Uint8Array(32).fill(22))}\n`],
    ["one twice", `${text}\n${text}\n`],
    ["one and a word", `${text}\nx\n`],
    ["a word and one", `x\n${text}\n`],
    ["one behind a #", `# ${text}\n`],
    ["one in lower case", text.toLowerCase()],
    ["one cut short", text.slice(0, -1)],
    ["one mistyped", `${text.slice(0, 30)}${text[30] === "Q" ? "P" : "Q"}${text.slice(31)}`],
    ["a recipient", recipientOf(secret)],
  ])("is refused where it is %s", (_, source) => {
    const error = errorOf(() => parseIdentityText(source, "the place"));
    expect(error).toMatchObject({ code: "MALFORMED_KEY", message: expect.stringMatching(/^the place /) });
    expect(error?.hint).toContain("AGE-SECRET-KEY-1");
    expect(JSON.stringify(error)).not.toContain(text.slice(20, 40));
  });
});

describe("custody file", () => {
  it("writes 0600 in 0700, with the public key beside it, and reads it back", () => {
    const { env, path } = home();
    expect(readIdentityFile(env, "project")).toBeNull();
    expect(writeIdentityFile(env, "project", secret, "2026-01-02")).toBe(path);
    expect(readFileSync(path, "utf8")).toBe(`# created: 2026-01-02\n# public key: ${recipientOf(secret)}\n${text}\n`);
    if (posix) expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readIdentityFile(env, "project")).toEqual(secret);
    expect(readIdentityFile(env, "another")).toBeNull();
    expect(readdirSync(dirname(path))).toEqual(["project"]);
  });

  it.runIf(posix)("closes a folder that stood open", () => {
    const { env, path } = home();
    mkdirSync(dirname(path), { recursive: true });
    chmodSync(dirname(path), 0o755);
    writeIdentityFile(env, "project", secret, "2026-01-02");
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it("never writes over one, nor through a link", () => {
    const { env, path } = home();
    put(path, "mine");
    expect(errorOf(() => writeIdentityFile(env, "project", secret, "2026-01-02"))).toMatchObject({
      code: "IO",
      message: expect.stringMatching(/cannot write the identity to .*EEXIST/),
    });
    expect(readFileSync(path, "utf8")).toBe("mine");
    const target = join(folder(), "elsewhere");
    const link = join(dirname(path), "link");
    symlinkSync(target, link);
    expect(errorOf(() => createFile(link, "x", 0o600))).toBeDefined();
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(dirname(path)).sort()).toEqual(["link", "project"]);
  });

  it.runIf(posix).each([0o640, 0o604, 0o620, 0o601, 0o644, 0o660])("refuses a file of mode %o", (mode) => {
    const { env, path } = home();
    put(path, text, mode);
    expect(errorOf(() => readIdentityFile(env, "project"))).toMatchObject({
      code: "KEY_FILE_MODE",
      message: `${path} can be read by others (mode ${mode.toString(8)})`,
      hint: expect.stringContaining(`chmod 600 ${path};`),
    });
  });

  it.runIf(posix).each([0o750, 0o705, 0o755, 0o710])("refuses a folder of mode %o", (mode) => {
    const { env, path } = home();
    put(path, text);
    chmodSync(dirname(path), mode);
    expect(errorOf(() => readIdentityFile(env, "project"))).toMatchObject({
      code: "KEY_FILE_MODE",
      message: `${dirname(path)} can be read by others (mode ${mode.toString(8)})`,
      hint: expect.stringContaining(`chmod 700 ${dirname(path)};`),
    });
  });

  it.runIf(posix).each([0o400, 0o600, 0o700])("reads a file of mode %o", (mode) => {
    const { env, path } = home();
    put(path, text, mode);
    expect(readIdentityFile(env, "project")).toEqual(secret);
  });

  it("refuses what is no identity, too large, no text or a folder", () => {
    const { env, path } = home();
    put(path, "nothing of the kind");
    expect(errorOf(() => readIdentityFile(env, "project"))).toMatchObject({ code: "MALFORMED_KEY" });
    put(path, `${"#".repeat(16 * 1024)}\n${text}\n`);
    expect(errorOf(() => readIdentityFile(env, "project"))).toMatchObject({ code: "IO" });
    const most = `\n${text}\n`;
    put(path, "#".repeat(16 * 1024 - most.length) + most);
    expect(readIdentityFile(env, "project")).toEqual(secret);
    put(path, Uint8Array.of(0xff, 0xfe));
    expect(errorOf(() => readIdentityFile(env, "project"))).toMatchObject({ code: "MALFORMED_KEY" });
    mkdirSync(join(dirname(path), "folder"), { mode: 0o700 });
    expect(errorOf(() => readIdentityFile(env, "folder"))).toMatchObject({ code: "IO" });
  });

  it.runIf(posix)("says what stops it where a link leads round in a circle", () => {
    const { env, path } = home();
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    symlinkSync(path, path);
    expect(errorOf(() => readIdentityFile(env, "project"))).toMatchObject({ code: "IO", message: `cannot read ${path} (ELOOP)` });
  });

  it("has no identity where a file stands in the way of the folder", () => {
    const env = { XDG_CONFIG_HOME: folder(), APPDATA: folder() };
    writeFileSync(dirname(dirname(identityPath(env, "p") as string)), "x");
    expect(readIdentityFile(env, "p")).toBeNull();
    expect(errorOf(() => writeIdentityFile(env, "p", secret, "2026-01-02"))).toMatchObject({ code: "IO" });
  });
});

describe("an identity that is to be replaced", () => {
  it("is set aside under a name that nothing reads, whole", () => {
    const { env, path } = home();
    setIdentityAside(env, "project");
    put(path, text);
    setIdentityAside(env, "project");
    expect(existsSync(path)).toBe(false);
    const [aside, ...more] = readdirSync(dirname(path));
    expect(more).toEqual([]);
    expect(aside).toMatch(/^project\.\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z\.old$/);
    expect(readFileSync(join(dirname(path), aside as string), "utf8")).toBe(text);
  });

  it("is overwritten before it is removed", () => {
    const { env, path } = home();
    put(path, text);
    // A second name of the same file shows what became of its bytes.
    linkSync(path, `${path}.2`);
    wipeIdentityFile(env, "project");
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(`${path}.2`)).toEqual(Buffer.alloc(text.length));
    expect(wipeFile(`${path}.2`)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it.runIf(process.platform === "linux")("is open in this program no longer", () => {
    const { path } = home();
    put(path, text);
    wipeFile(path);
    const open = readdirSync("/proc/self/fd").map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return "";
      }
    });
    expect(open.filter((name) => name.startsWith(path))).toEqual([]);
  });

  it("tells where there is none; and does not follow a link", () => {
    const { env, path } = home();
    expect(() => wipeIdentityFile(env, "project")).not.toThrow();
    expect(wipeFile(path)).toBe(false);
    const target = join(folder(), "target");
    put(target, "theirs");
    const link = `${target}.link`;
    symlinkSync(target, link);
    expect(errorOf(() => wipeFile(link))).toMatchObject({ code: "IO", message: expect.stringMatching(/^cannot remove .*link \(ELOOP\)/) });
    expect(readFileSync(target, "utf8")).toBe("theirs");
    expect(existsSync(link)).toBe(true);
  });
});
