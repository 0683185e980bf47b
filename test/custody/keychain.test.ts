import { createRequire } from "node:module";
import type { Entry as KeychainEntry } from "@napi-rs/keyring";
import { describe, expect, it } from "vitest";
import { formatIdentity } from "../../src/age/keys.ts";
import { readKeychain, removeKeychain, writeKeychain } from "../../src/custody/keychain.ts";
import { errorOf } from "../support/folders.ts";

/** `npm run mutation` starts one of its own; test/e2e/custody.test.ts too, for the built program. */
const here = process.env.ENVSEAL_TEST_KEYCHAIN === "1";
const bus = process.env.DBUS_SESSION_BUS_ADDRESS !== undefined || process.platform !== "linux";
const identity = new Uint8Array(32).fill(41);
const other = new Uint8Array(32).fill(42);

const entry = (account: string): KeychainEntry => {
  const { Entry } = createRequire(import.meta.url)("@napi-rs/keyring") as typeof import("@napi-rs/keyring");
  return new Entry("envseal", account, { linux: { store: "secret-service" } });
};

describe("custody keychain", () => {
  it.runIf(here)(`gives back what it was given, for its project alone${here ? "" : " (skipped: needs a Secret Service)"}`, () => {
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

  it.runIf(here)(`refuses what is no identity${here ? "" : " (skipped: needs a Secret Service)"}`, () => {
    entry("bad").setPassword("no identity");
    expect(errorOf(() => readKeychain("bad"))).toMatchObject({ code: "CUSTODY", hint: expect.stringContaining("envseal / bad") });
    removeKeychain("bad");
  });

  it.skipIf(bus)("fails where there is none, rather than to keep it in memory", () => {
    for (const action of [() => readKeychain("p"), () => writeKeychain("p", identity), () => removeKeychain("p")])
      expect(errorOf(action)).toMatchObject({ code: "CUSTODY", message: expect.stringMatching(/^the OS keychain cannot be used: ./) });
  });
});
