import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { readCustodyRecord, removeCustodyRecord, setRecordAside, writeCustodyRecord } from "../../src/custody/record.ts";
import { hasCustodyRecords } from "../../src/custody/record-folder.ts";
import { errorOf, tempFolders } from "../support/folders.ts";

const folder = tempFolders();
const salt = b64u(new Uint8Array(16));
/** Nonce, identity, pin and tag. */
const sealed = `aead:${b64u(new Uint8Array(76))}`;
const scrypt = { kind: "passphrase", kdf: "scrypt", n: 131072, r: 8, p: 1, salt, sealed } as const;
const pbkdf2 = { kind: "passphrase", kdf: "pbkdf2-sha256", iterations: 600_000, salt, sealed } as const;

function home() {
  const root = folder();
  const env = { XDG_CONFIG_HOME: root, APPDATA: root };
  return { env, root, path: join(root, "envseal", "custody", "project.json") };
}

function put(text: string) {
  const made = home();
  mkdirSync(dirname(made.path), { recursive: true, mode: 0o700 });
  writeFileSync(made.path, text, { mode: 0o600 });
  return made;
}

describe("a custody record", () => {
  it("is kept under another name for a new identity, and counts no more", () => {
    const { env, path } = home();
    setRecordAside(env, "project");
    writeCustodyRecord(env, "project", { kind: "keychain", name: "ada" });
    const before = readFileSync(path, "utf8");
    setRecordAside(env, "project");
    expect(readCustodyRecord(env, "project")).toBeNull();
    const [aside = "", ...more] = readdirSync(dirname(path));
    expect([aside.endsWith(".old"), more, readFileSync(join(dirname(path), aside), "utf8")]).toEqual([true, [], before]);
    expect(() => setRecordAside({}, "project")).not.toThrow();
  });

  it("is what was written, for its project alone, until it is removed", () => {
    const { env, path } = home();
    expect(hasCustodyRecords(env)).toBe(false);
    expect(readCustodyRecord(env, "project")).toBeNull();
    removeCustodyRecord(env, "project");
    for (const record of [
      { kind: "keychain", name: "ada" },
      { kind: "command", name: "ada", command: ["/usr/bin/pass", "show x y"] },
      { kind: "passphrase", name: "ada" },
      { kind: "passphrase", name: "ada", sealed: scrypt },
      { kind: "passphrase", name: "ada", sealed: { ...pbkdf2, hint: "blue book" } },
    ] as const) {
      writeCustodyRecord(env, "project", record as never);
      expect(readCustodyRecord(env, "project")).toEqual(record);
    }
    expect(hasCustodyRecords(env)).toBe(true);
    expect(readCustodyRecord(env, "another")).toBeNull();
    expect(readdirSync(dirname(path))).toEqual(["project.json"]);
    if (process.platform !== "win32") expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readFileSync(path, "utf8")).toMatch(/^\{\n {2}"kind"/);
    removeCustodyRecord(env, "project");
    expect(readCustodyRecord(env, "project")).toBeNull();
  });

  it.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["null", "null"],
    ["empty", "{}"],
    ["a kind twice", '{"kind":"keychain","kind":"keychain","name":"ada"}'],
    ["of an unknown kind", { kind: "cloud", name: "ada" }],
    ["custody file", { kind: "file", name: "ada" }],
    ["without a name", { kind: "keychain" }],
    ["of a name that is none", { kind: "keychain", name: "Ada L." }],
    ["of a number as a name", { kind: "keychain", name: 1 }],
    ["with more than it needs", { kind: "keychain", name: "ada", command: ["x"] }],
    ["without a command", { kind: "command", name: "ada" }],
    ["of a command of no word", { kind: "command", name: "ada", command: [] }],
    ["of a command in one text", { kind: "command", name: "ada", command: "pass show" }],
    ["of an empty word", { kind: "command", name: "ada", command: ["x", ""] }],
    ["of a word with a NUL", { kind: "command", name: "ada", command: ["x\0y"] }],
    ["of a word too long", { kind: "command", name: "ada", command: ["x".repeat(4097)] }],
    ["of a word that is a number", { kind: "command", name: "ada", command: ["x", 1] }],
    ["sealed at too low a cost", { kind: "passphrase", name: "ada", sealed: { ...scrypt, n: 65536 } }],
    ["sealed at too few iterations", { kind: "passphrase", name: "ada", sealed: { ...pbkdf2, iterations: 599_999 } }],
    ["sealed by an unknown way", { kind: "passphrase", name: "ada", sealed: { ...scrypt, kdf: "md5" } }],
  ])("is refused where it is %s", (_, content) => {
    const { env, path } = put(typeof content === "string" ? content : JSON.stringify(content));
    expect(errorOf(() => readCustodyRecord(env, "project"))).toMatchObject({
      code: "CUSTODY",
      message: expect.stringContaining(`the custody record at ${path} cannot be read: `),
      hint: expect.stringContaining("envseal recovery use"),
    });
  });

  it("says of a damaged one which part is wrong", () => {
    const messages = ["{", { kind: "keychain", name: 1 }, { kind: "command", name: "ada", command: [] }].map((content) => {
      const { env } = put(typeof content === "string" ? content : JSON.stringify(content));
      return errorOf(() => readCustodyRecord(env, "project"))
        ?.message?.split(": ")
        .at(-1);
    });
    expect(messages).toEqual(["it is not valid JSON", "it.name is no recipient's name", "it.command names no program"]);
  });

  it.runIf(process.platform !== "win32")("does not count where others may write it: it may name a program", () => {
    const { env, path } = put('{"kind":"command","name":"ada","command":["/bin/sh"]}');
    expect(readCustodyRecord(env, "project")).toMatchObject({ kind: "command" });
    for (const [place, loose, tight] of [
      [path, 0o644, 0o600],
      [dirname(path), 0o755, 0o700],
    ] as const) {
      chmodSync(place, loose);
      expect(errorOf(() => readCustodyRecord(env, "project"))).toMatchObject({
        code: "CUSTODY",
        message: expect.stringContaining(`${place} can be read by others`),
      });
      chmodSync(place, tight);
    }
  });

  it("has a longest word, which may have line ends", () => {
    const record = { kind: "command", name: "ada", command: ["/x", "a\nb", "x".repeat(4096)] } as const;
    const { env } = put(JSON.stringify(record));
    expect(readCustodyRecord(env, "project")).toEqual(record);
  });

  it("is refused where it is no text, or too large", () => {
    const { env, path } = put("");
    writeFileSync(path, Uint8Array.of(0xff, 0xff));
    expect(errorOf(() => readCustodyRecord(env, "project"))).toMatchObject({ code: "CUSTODY" });
    writeFileSync(path, " ".repeat((1 << 20) + 1));
    expect(errorOf(() => readCustodyRecord(env, "project"))).toMatchObject({ code: "IO" });
  });

  it("is never written in part, and says where it could not be", () => {
    const { env, root, path } = home();
    writeFileSync(join(root, "envseal"), "in the way");
    expect(errorOf(() => writeCustodyRecord(env, "project", { kind: "keychain", name: "ada" }))).toMatchObject({
      code: "IO",
      message: expect.stringContaining(`cannot write ${path} (`),
    });
    expect(existsSync(path)).toBe(false);
    expect(hasCustodyRecords(env)).toBe(false);
  });
});
