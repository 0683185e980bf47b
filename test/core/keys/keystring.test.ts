import { describe, expect, it } from "vitest";
import { b64u, concat, readU32, u32, unb64u, utf8 } from "../../../src/core/bytes.ts";
import { crc32 } from "../../../src/core/crc32.ts";
import { encodeKeyString, looksLikeKeyString, parseKeyString } from "../../../src/core/keys/keystring.ts";
import { errorOf } from "../../support/folders.ts";
import { keyOf } from "../../support/keyring-builder.ts";

describe("a key string", () => {
  const pin = new Uint8Array(16).fill(1);
  const own = { type: "identity", environment: "a", pin, identity: keyOf(2) } as const;
  const readOnly = { type: "read-only", environment: "a", pin, vaultId: new Uint8Array(12).fill(3), version: 7, root: keyOf(4) } as const;
  const made = (bytes: Uint8Array, environment = "a") =>
    `esk_${environment}_${b64u(concat(bytes, u32(crc32(concat(utf8(environment), bytes)))))}`;

  const plain = (key: object) =>
    Object.fromEntries(Object.entries(key).map(([name, value]) => [name, value instanceof Uint8Array ? b64u(value) : value]));
  it("is read as it was written", () => {
    for (const key of [own, readOnly]) expect(plain(parseKeyString(encodeKeyString(key), "x"))).toEqual(plain(key));
    expect(made(concat(Uint8Array.of(1), pin, keyOf(2)))).toBe(encodeKeyString(own));
    expect([looksLikeKeyString("esk_"), looksLikeKeyString("xesk_"), looksLikeKeyString("")]).toEqual([true, false, false]);
  });

  it.each([
    ["of an environment that is none", made(concat(Uint8Array.of(1), pin, keyOf(2)), "local"), "names no environment"],
    ["of an environment that begins with a dash", made(concat(Uint8Array.of(1), pin, keyOf(2)), "-a"), "names no environment"],
    ["of kind 0", made(concat(Uint8Array.of(0), pin, keyOf(2))), "is of a kind this release does not know"],
    ["of the reserved kind", made(concat(Uint8Array.of(2), pin, keyOf(2))), "is of a kind this release does not know"],
    ["an identity of 31 bytes", made(concat(Uint8Array.of(1), pin, new Uint8Array(31))), "is of a kind this release does not know"],
    ["an identity of 33 bytes", made(concat(Uint8Array.of(1), pin, new Uint8Array(33))), "is of a kind this release does not know"],
    ["a read-only one of the other's length", made(concat(Uint8Array.of(3), pin, keyOf(2))), "is of a kind this release does not know"],
    [
      "an identity of the other's length",
      made(concat(Uint8Array.of(1), pin, new Uint8Array(12), u32(1), keyOf(2))),
      "is of a kind this release does not know",
    ],
    ["of version 0", made(concat(Uint8Array.of(3), pin, new Uint8Array(12), u32(0), keyOf(2))), "names key version 0"],
    ["nothing but a checksum", made(new Uint8Array(0)), "is cut off or mistyped"],
    ["a kind and a checksum", made(Uint8Array.of(1)), "is cut off or mistyped"],
    ["of three bytes", `esk_a_${b64u(new Uint8Array(3))}`, "is cut off or mistyped"],
    ["without a body", "esk_a_", "is no envseal key string"],
    ["with a character that is none", `${encodeKeyString(own)}!`, "is no envseal key string"],
    ["behind a space", ` ${encodeKeyString(own)}`, "is no envseal key string"],
    ["before a line end", `${encodeKeyString(own)}\n`, "is no envseal key string"],
  ])("is refused where it is %s", (_, string, what) => {
    const error = errorOf(() => parseKeyString(string, "the place"));
    expect(error).toMatchObject({ code: "MALFORMED_KEY", message: expect.stringContaining(`the key in the place ${what}`) });
  });

  it("has numbers in big-endian", () => {
    for (const value of [0, 1, 255, 256, 65_536, 0x01020304, 0x80000000, 0xffffffff]) expect(readU32(u32(value), 0)).toBe(value);
    expect([...u32(0x01020304)]).toEqual([1, 2, 3, 4]);
    expect(readU32(concat(new Uint8Array(3).fill(9), u32(0xfffefdfc)), 3)).toBe(0xfffefdfc);
    expect([unb64u("AAAA", 3), unb64u("AAAA", 4), unb64u("AAA="), unb64u("AB"), unb64u("")]).toEqual([
      expect.any(Uint8Array),
      null,
      null,
      null,
      expect.objectContaining({ length: 0 }),
    ]);
  });
});
