import { describe, expect, it } from "vitest";
import type { KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import { keysBelow } from "../../../src/core/authority/reachable-keys.ts";
import { sealLink } from "../../../src/core/keys/rotate.ts";
import { errorOf } from "../../support/folders.ts";
import { Ring } from "../../support/keyring-builder.ts";

const [older, newer, newest] = [
  Ring.start().grant("ada", 11),
  Ring.start().grant("ada", 11).rotate(2),
  Ring.start().grant("ada", 11).rotate(2).rotate(3),
] as const;
const garbage = `aead:${"A".repeat(80)}`;

describe("links that a statement lists", () => {
  const linked = ({ statement: { keys } }: Ring, from: string, to: string, link: string) => ({
    ...keys,
    [from]: { ...(keys[from] as KeyEntry), links: { ...keys[from]?.links, [to]: link } },
  });

  it("lead to older keys alone: neither upwards nor in a circle", () => {
    const { keyring, statement } = newer.raise();
    expect(keyring.isAtOrAboveFloor(older.active)).toBe(false);
    const up = newer.raise().state({ keys: linked(newer.raise(), older.active, newer.active, garbage) });
    expect([older.active, newer.active].map((keyId) => up.keyring.isAtOrAboveFloor(keyId))).toEqual([false, true]);
    expect(keysBelow(up.statement, older.active)).toEqual([]);
    expect(keysBelow(up.statement, newer.active)).toEqual(keysBelow(statement, newer.active));
  });

  it("put a key above the floor where they open, though another way leads to both", () => {
    expect(newest.keyring.isAtOrAboveFloor(newer.active)).toBe(true);
    const direct = sealLink({ dataKey: newest.dataKey, nonce: new Uint8Array(12) }, newest.active, older.keyring);
    const both = newest.state({ keys: linked(newest, newest.active, older.active, direct) });
    expect(both.keyring.isAtOrAboveFloor(newer.active)).toBe(true);
    const forged = both.state({ keys: linked(both, newer.active, older.active, garbage) });
    expect(errorOf(() => forged.keyring.isAtOrAboveFloor(newer.active))).toMatchObject({ code: "FORGED_MANIFEST" });
  });
});
