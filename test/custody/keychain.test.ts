import { createRequire } from "node:module";
import type { Entry as KeychainEntry } from "@napi-rs/keyring";
import { afterEach, describe, expect, it } from "vitest";
import { formatIdentity } from "../../src/age/keys.ts";
import { readKeychain, removeKeychain, writeKeychain } from "../../src/custody/keychain.ts";
import { errorOf } from "../support/folders.ts";

/** `npm run mutation` starts one of its own; test/e2e/custody/keychain.test.ts too, for the built program. */
const here = process.env.ENVSEAL_TEST_KEYCHAIN === "1";
const bus = process.env.DBUS_SESSION_BUS_ADDRESS !== undefined || process.platform !== "linux";
const identity = new Uint8Array(32).fill(41);
const other = new Uint8Array(32).fill(42);

const keyring = createRequire(import.meta.url);
const entry = (account: string): KeychainEntry => {
  const { Entry } = keyring("@napi-rs/keyring") as typeof import("@napi-rs/keyring");
  return new Entry("envseal", account, { linux: { store: "secret-service" } });
};

const secretService = here ? "" : " (skipped: needs a Secret Service)";

describe("custody keychain", () => {
  /** One test leaves nothing that another finds, even where it fails. */
  afterEach(() => {
    if (here) for (const name of ["one", "two", "bad"]) entry(name).deleteCredential();
  });

  it.runIf(here)(`gives back what it was given, for its project alone${secretService}`, () => {
    expect(readKeychain("one")).toBeNull();
    writeKeychain("one", identity);
    writeKeychain("two", other);
    expect([readKeychain("one"), readKeychain("two")]).toEqual([identity, other]);
    expect(entry("one").getPassword()).toBe(formatIdentity(identity));
    expect(entry("one probe").getPassword() ?? null).toBeNull();
    writeKeychain("one", other);
    expect(readKeychain("one")).toEqual(other);
    removeKeychain("one");
    expect([readKeychain("one"), readKeychain("two")]).toEqual([null, other]);
    removeKeychain("two");
    removeKeychain("two");
  });

  it.runIf(here)(`refuses what is no identity${secretService}`, () => {
    entry("bad").setPassword("no identity");
    expect(errorOf(() => readKeychain("bad"))).toMatchObject({ code: "CUSTODY", hint: expect.stringContaining("envseal / bad") });
  });

  it.runIf(here)(`says in its own words what the keychain says of it${secretService}`, () => {
    entry("bad").setSecret(Buffer.of(0xff, 0xfe));
    expect(errorOf(() => readKeychain("bad"))).toMatchObject({
      code: "CUSTODY",
      message: "the OS keychain cannot be used: Password data is not valid UTF-8",
      hint: expect.stringContaining("envseal unlock --recovery"),
    });
  });

  it("says how to go on where its package cannot be loaded", () => {
    const forget = () => delete keyring.cache[keyring.resolve("@napi-rs/keyring")];
    const { NAPI_RS_NATIVE_LIBRARY_PATH: before } = process.env;
    process.env.NAPI_RS_NATIVE_LIBRARY_PATH = "/nowhere";
    forget();
    try {
      expect(errorOf(() => readKeychain("p"))).toMatchObject({
        code: "CUSTODY",
        message: "the OS keychain needs the package @napi-rs/keyring, which is not installed",
        hint: expect.stringContaining("npm install @napi-rs/keyring"),
        cause: { message: expect.stringContaining("native binding") },
      });
    } finally {
      if (before === undefined) delete process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
      else process.env.NAPI_RS_NATIVE_LIBRARY_PATH = before;
      forget();
    }
  });

  it.skipIf(bus)("fails where there is none, rather than to keep it in memory", () => {
    for (const action of [() => readKeychain("p"), () => writeKeychain("p", identity), () => removeKeychain("p")])
      expect(errorOf(action)).toMatchObject({ code: "CUSTODY", message: expect.stringMatching(/^the OS keychain cannot be used: ./) });
  });
});
