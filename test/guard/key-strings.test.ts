import { describe, expect, it } from "vitest";
import { formatIdentity } from "../../src/age/keys.ts";
import { encodeKeyString } from "../../src/core/keys/keystring.ts";
import { inspectKeys } from "../../src/guard/key-strings.ts";
import { MemoryProject } from "../support/vaults.ts";

/** Made here, so that no guard finds one in this file. */
const IDENTITY = formatIdentity(new Uint8Array(32).fill(9));
const bytes = (length: number) => new Uint8Array(length).fill(5);
const identityOf = (environment: string) => encodeKeyString({ type: "identity", environment, pin: bytes(16), identity: bytes(32) });
const KEY = identityOf("default");
const LONG = "a-name-as-long-as-one-can-be-123";

const found = (text: string | Buffer) => inspectKeys("f", Buffer.from(text as string)).map(({ message }) => message);
const keyOn = (line: number) => `f line ${line} holds an envseal key string`;
const identityOn = (line: number) => `f line ${line} holds an age identity`;
/** The last letter is another: what a checksum is for. */
const mistyped = (key: string) => key.slice(0, -1) + (key.endsWith("A") ? "Q" : "A");

describe("key strings", () => {
  it.each([
    ["an environment's key string", KEY, keyOn(1)],
    ["one of a short name", identityOf("x"), keyOn(1)],
    ["one of the longest name", identityOf(LONG), keyOn(1)],
    ["one that reads only", new MemoryProject({ environment: LONG }).readOnlyKey(), keyOn(1)],
    ["an age identity", IDENTITY, identityOn(1)],
  ])("are found: %s", (_what, key, message) => {
    for (const text of [key, `KEY=${key}`, `"${key}",`, `${key}\n`, `see:${key}.`]) expect(found(text), text).toEqual([message]);
    expect(found(`one\ntwo\nthree ${key}`)).toEqual([message.replace("line 1", "line 3")]);
  });

  it.each([
    ["an environment's key string", KEY, keyOn(1)],
    ["one of the longest name", identityOf(LONG), keyOn(1)],
    ["one that reads only", new MemoryProject({ environment: LONG }).readOnlyKey(), keyOn(1)],
    ["an age identity", IDENTITY, identityOn(1)],
  ])("are found whatever letters stand at both ends, as in a database, an archive or text that goes on: %s", (_what, key, message) => {
    const wide = message.replace(" line 1", "");
    for (const after of ["A", "a", "7", "-", "_", "hello", "PK\x03\x04", "A".repeat(300)])
      for (const before of ["", "ci", "KEY_", "esk_", "AGE-SECRET-KEY-1"]) {
        expect(found(before + key + after), before + after).toEqual([message]);
        expect(found(Buffer.from(before + key + after, "utf16le")), before + after).toEqual([wide]);
        expect(found(before + mistyped(key) + after), before + after).toEqual([]);
      }
    expect(found(`${key}${key}x${key}`)).toEqual([message, message, message]);
  });

  it("are reported by place and kind, and what to do; never themselves", () => {
    const [finding] = inspectKeys("a/b.txt", Buffer.from(`\n${KEY}\n`));
    expect(finding).toEqual({
      rule: "key-in-file",
      path: "a/b.txt",
      line: 2,
      message: "a/b.txt line 2 holds an envseal key string",
      fix: expect.stringContaining("envseal revoke"),
    });
    expect(inspectKeys("b.bin", Buffer.from(`\0\n${IDENTITY}`))).toMatchObject([
      { line: undefined, message: "b.bin holds an age identity" },
    ]);
  });

  it.each(["key string", "identity"])("are found in base64, as in a Kubernetes secret, whatever stands around them: %s", (kind) => {
    const key = kind === "identity" ? IDENTITY : KEY;
    const message = `f line 1 holds ${kind === "identity" ? "an age identity" : "an envseal key string"} in base64`;
    for (const before of ["", "x", "xy", "user:", "KEY=", '{"key":"', "\n\n"])
      for (const after of ["", "\n", '"}', " and more"]) {
        const code = Buffer.from(before + key + after).toString("base64");
        for (const text of [code, `  key: ${code}\n`, `"${code}",`, code.replaceAll("=", "")])
          expect(found(text), before + after).toEqual([message]);
        expect(found(Buffer.from(before + mistyped(key) + after).toString("base64"))).toEqual([]);
      }
    const code = Buffer.from(key).toString("base64");
    expect(found(`one\n\n${code}\n`)).toEqual([message.replace("line 1", "line 3")]);
    expect(found(`one\n${"A".repeat(100)}${code}\n`)).toEqual([message.replace("line 1", "line 2")]);
    expect(found(`${"A".repeat(4096 - code.replace(/=+$/, "").length)}${code}`)).toEqual([message]);
    expect(found(`${"A".repeat(4097 - code.replace(/=+$/, "").length)}${code}`)).toEqual([]);
    // A slash in front, which is no letter of a run, belongs to the same group of base64.
    const behind = Buffer.concat([Buffer.from([0xff]), Buffer.from(key)]).toString("base64");
    expect([behind[0], found(behind)]).toEqual(["/", [message]]);
    // Of data that happens to be base64, a key in it is not looked for.
    expect(found(Buffer.from("x".repeat(9000) + key).toString("base64"))).toEqual([]);
    for (const after of ["A", "abc", "-", "_x"]) expect(found(Buffer.from(key + after).toString("base64")), after).toEqual([message]);
  });

  it.each(["key string", "identity"])("are found in UTF-16, as PowerShell writes it with >: %s", (kind) => {
    const key = kind === "identity" ? IDENTITY : KEY;
    const message = kind === "identity" ? "f holds an age identity" : "f holds an envseal key string";
    for (const text of [key, `\uFEFFfirst\r\nKEY=${key}\r\n`, `"${key}" ${mistyped(key)}`]) {
      const wide = Buffer.from(text, "utf16le");
      expect(found(wide), text).toEqual([message]);
      expect(found(wide.swap16()), text).toEqual([message]);
    }
    expect(found(Buffer.from(mistyped(key), "utf16le"))).toEqual([]);
    expect(found(Buffer.from(key, "utf16le").subarray(2))).toEqual([]);
    expect(found(Buffer.concat([Buffer.from("\0"), Buffer.from(key.slice(1), "utf16le")]))).toEqual([]);
  });

  it.each([
    ["a key string with a letter mistyped", mistyped(KEY)],
    ["an identity with a letter mistyped", mistyped(IDENTITY)],
    ["a key string cut off", KEY.slice(0, -1)],
    ["an identity cut off", IDENTITY.slice(0, -1)],
    ["a key string without its end, and other letters there", `${KEY.slice(0, -9)}AAAAAAAAA`],
    ["an identity without its end, and other letters there", `${IDENTITY.slice(0, -3)}QQQ`],
    ["an identity in small letters", IDENTITY.toLowerCase()],
    ["an environment that cannot be", `esk_${"a".repeat(33)}_${KEY.slice("esk_default_".length)}`],
    ["another environment's name", KEY.replace("_default_", "_staging_")],
    ["nothing but the mark", "esk_"],
    ["much of what keys are made of", "A".repeat(300)],
    ["the marks over and over", "esk_AGE-SECRET-KEY-1".repeat(40)],
    ["a key string across two lines", `${KEY.slice(0, 40)}\n${KEY.slice(40)}`],
    ["no text", ""],
  ])("are not: %s", (_what, text) => expect(found(text)).toEqual([]));

  it("are found behind look-alikes, each once, with their lines", () => {
    const text = `esk_esk_\nAGE-SECRET-KEY-1${IDENTITY}\nx ${IDENTITY} ${IDENTITY}\n${IDENTITY}A\n`;
    expect(found(text)).toEqual([2, 3, 3, 4].map(identityOn));
    expect(found(`esk_${KEY} ${mistyped(KEY)} ${KEY}`)).toEqual([1, 1].map(keyOn));
  });

  it("are found where one holds the mark of the other", () => {
    expect(found(`esk_${IDENTITY}`)).toEqual([identityOn(1)]);
    expect(found(`AGE-SECRET-KEY-1${KEY}`)).toEqual([keyOn(1)]);
    expect(found(`${KEY}\n${IDENTITY}\n${KEY}`)).toEqual([keyOn(1), identityOn(2), keyOn(3)]);
  });

  it("are found at the end of a long run of letters", () => {
    expect(found(`${"x".repeat(100_000)}${KEY}`)).toEqual([keyOn(1)]);
  });
});
