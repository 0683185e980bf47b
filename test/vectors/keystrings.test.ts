import { describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { encodeKeyString, parseKeyString } from "../../src/core/keys/keystring.ts";
import { openVault } from "../../src/core/vault/open-vault.ts";
import { parseVault } from "../../src/core/vault/vault.ts";
import { vaultKeyFromRoot } from "../../src/core/vaultkey.ts";
import { hex, read, unhex } from "./read.ts";

interface KeyStringVector {
  type: 1 | 3;
  environment: string;
  pin: string;
  identity?: string;
  vaultId?: string;
  version?: number;
  root?: string;
  text: string;
}

describe("keystrings.json", () => {
  const { valid, malformed } = read<{ valid: KeyStringVector[]; malformed: { about: string; text: string }[] }>("keystrings.json");

  it.each(valid.map((vector) => [`${vector.environment}, type ${vector.type}`, vector] as const))("%s", (_, vector) => {
    const parsed = parseKeyString(vector.text, "the vector");
    expect(encodeKeyString(parsed)).toBe(vector.text);
    const { type, text: _text, ...expected } = vector;
    const { type: kind, environment, ...fields } = parsed;
    const shown = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, value instanceof Uint8Array ? hex(value) : value]),
    );
    expect({ environment, ...shown }).toEqual(expected);
    expect(kind).toBe(type === 1 ? "identity" : "read-only");
  });

  it.each(malformed.map(({ about, text }) => [about, text]))("refuses %s", (_, text) => {
    expect(() => parseKeyString(text, "the vector")).toThrow(expect.objectContaining({ code: "MALFORMED_KEY" }));
  });

  it("the read-only one opens its vault", () => {
    const vector = valid.find(({ type }) => type === 3) as Required<KeyStringVector>;
    const identity = { environment: vector.environment, vaultId: unhex(vector.vaultId) };
    const pin = unhex(vector.pin);
    const key = vaultKeyFromRoot(unhex(vector.root), identity, { keyId: b64u(pin.subarray(0, 6)), version: vector.version, pin });
    const { base } = read<{ base: string }>("refused.json");
    expect(openVault(parseVault(base), { keyFor: () => key }).assignments.get("API_KEY")?.value).toBe("hunter2");
  });
});
