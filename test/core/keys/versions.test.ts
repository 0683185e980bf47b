import { describe, expect, it } from "vitest";
import type { EnvironmentStatement, KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import { findVersion, versionLabel } from "../../../src/core/keys/versions.ts";
import { errorOf } from "../../support/folders.ts";
import { Ring } from "../../support/keyring-builder.ts";

const base = Ring.start();
const second = base.rotate(2);
const third = second.rotate(3);
const [v1, v2, v3] = [base, second, third].map((ring, index) => `v${index + 1} (${ring.active})`) as [string, string, string];

describe("a key version's name", () => {
  const find = (text: string, entry: EnvironmentStatement = third.statement) => findVersion(entry, "default", text);

  it("is its number, with or without v, or its id", () => {
    expect([find("2"), find("v2"), find(second.active)]).toEqual(Array(3).fill(second.active));
    expect(versionLabel("abc", third.statement.keys[third.active] as KeyEntry)).toBe("v3 (abc)");
  });

  it.each(["", "0", "v0", "02", "4", "v", "vv2", "2.", " 2", "2 ", "2x", "-2", "toString", "99999999999"])("is not %j", (text) => {
    expect(errorOf(() => find(text))).toMatchObject({
      code: "USAGE",
      message: "default has no such key version",
      hint: `it has ${Object.keys(third.statement.keys)
        .map((keyId) => [v1, v2, v3].find((label) => label.includes(keyId)))
        .join(", ")}`,
    });
  });

  it("is not a number that two keys have", () => {
    const twin = {
      ...third.statement,
      keys: { ...third.statement.keys, [second.active]: { ...(third.statement.keys[second.active] as KeyEntry), version: 3 } },
    };
    const error = errorOf(() => find("3", twin));
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringMatching(/^default has 2 keys of version 3,/) });
    expect(error?.hint?.replace("name one by its id: ", "").split(", ").sort()).toEqual([second.active, third.active].sort());
  });
});
