import { describe, expect, it } from "vitest";
import { aeadOpen, hmac } from "#crypto";
import { concat, lp } from "../../src/core/bytes.ts";
import type { LineEnd } from "../../src/core/vault/document.ts";
import {
  decodeFlags,
  decodeLine,
  encodeFlags,
  encodeLine,
  KIND,
  type Kind,
  openToken,
  parseToken,
  sealToken,
} from "../../src/core/vault/token.ts";
import { hex, id, read, unhex, vaultKeyOf } from "./read.ts";

interface TokenVector {
  about: string;
  kind: keyof typeof KIND;
  name: string;
  previous: string;
  since?: string;
  end?: LineEnd;
  raw?: string;
  flags?: number;
  plaintext: string;
  padded: string;
  nonce: string;
  aad: string;
  token: string;
}

describe("tokens.json", () => {
  const file = read<{ environment: string; version: number; vaultId: string; dataKey: string; tokens: TokenVector[] }>("tokens.json");
  const key = vaultKeyOf(unhex(file.dataKey), file.version, file.environment, id(file.vaultId));
  const placeOf = ({ kind, name, previous }: TokenVector) => ({ kind: KIND[kind], name, previous });

  it.each(file.tokens.map((vector) => [vector.about, vector] as const))("%s", (_, vector) => {
    const place = placeOf(vector);
    const sealed = sealToken(key, place, unhex(vector.plaintext));
    expect(sealed.text).toBe(vector.token);
    const token = parseToken(vector.token);
    expect(token).toEqual(sealed);
    if (token === null) return;
    const padded = openToken(key, place, token, true) as Uint8Array;
    expect(hex(padded)).toBe(vector.padded);
    if (vector.flags !== undefined) {
      const flags = decodeFlags(padded);
      expect(flags && hex(encodeFlags(flags))).toBe(vector.plaintext);
      expect(encodeFlags(flags as NonNullable<typeof flags>)[0]).toBe(vector.flags);
    } else {
      const content = decodeLine(padded, place.kind) as NonNullable<ReturnType<typeof decodeLine>>;
      expect({ since: hex(content.since), end: content.end, raw: content.raw }).toEqual({
        since: vector.since,
        end: vector.end,
        raw: vector.raw,
      });
      expect(hex(encodeLine(content))).toBe(vector.plaintext);
    }
    const bytes = id(vector.token.slice(vector.token.lastIndexOf(":") + 1));
    expect(hex(bytes.subarray(0, 12))).toBe(vector.nonce);
    expect(hex(aeadOpen(key.encrypt, bytes.subarray(0, 12), bytes.subarray(12), unhex(vector.aad)))).toBe(vector.padded);
    expect(hex(hmac(key.nonce(), concat(lp(unhex(vector.aad)), lp(unhex(vector.padded)))).subarray(0, 12))).toBe(vector.nonce);
  });

  it("open in their own place only", () => {
    for (const vector of file.tokens) {
      const token = parseToken(vector.token) as NonNullable<ReturnType<typeof parseToken>>;
      const own = placeOf(vector);
      for (const other of [
        { ...own, name: `${own.name}X` },
        { ...own, previous: `${own.previous}X` },
        ...Object.values(KIND)
          .filter((kind) => kind !== own.kind)
          .map((kind: Kind) => ({ ...own, kind })),
      ]) {
        expect(openToken(key, other, token, false), vector.about).toBeNull();
      }
    }
  });
});
