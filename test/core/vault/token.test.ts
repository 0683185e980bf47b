import { describe, expect, it } from "vitest";
import { b64u, equalBytes, u32 } from "../../../src/core/bytes.ts";
import { isPaddedFrom, pad } from "../../../src/core/vault/padding.ts";
import { decodeFlags, decodeLine, encodeFlags, encodeLine, KIND, openToken, parseToken, sealToken } from "../../../src/core/vault/token.ts";
import { idOf } from "../../support/keyring-builder.ts";
import { tokenByHand } from "../../support/tokens.ts";
import { MemoryProject } from "../../support/vaults.ts";

describe("a token", () => {
  const project = new MemoryProject();
  const key = project.keyring.vaultKey(project.keyring.active.keyId, idOf(1));
  const place = { kind: KIND.secret, name: "A", previous: "" } as const;
  const since = new Uint8Array(6).fill(1);
  const token = sealToken(key, place, encodeLine({ since, end: 0, raw: "A=1" }));

  it("opens in its place alone", () => {
    const opened = decodeLine(openToken(key, place, token, true) as Uint8Array, KIND.secret);
    expect(opened).toMatchObject({ end: 0, raw: "A=1" });
    expect(opened?.since).toHaveLength(6);
    expect(equalBytes(opened?.since as Uint8Array, since)).toBe(true);
    for (const other of [{ kind: KIND.public }, { kind: KIND.comment }, { kind: KIND.end }, { name: "B" }, { previous: "B" }])
      for (const strict of [true, false]) expect(openToken(key, { ...place, ...other }, token, strict)).toBeNull();
    expect(openToken(key, place, { ...token, version: 2 }, false)).toBeNull();
    expect(openToken(key, place, { ...token, keyId: "AAAAAAAA" }, false)).toBeNull();
  });

  it("is what FORMAT.md makes of its place, however long the names", () => {
    for (const name of [1, 127, 128, 129, 300].map((length) => "N".repeat(length)))
      for (const previous of [0, 127, 128, 129, 300].map((length) => "P".repeat(length))) {
        const here = { ...place, name, previous };
        expect(sealToken(key, here, Uint8Array.of(1)), `${name.length} ${previous.length}`).toEqual(
          tokenByHand(key, here, Uint8Array.of(1)),
        );
      }
  });

  it("is bound to long names as to short ones", () => {
    for (const length of [127, 128, 129, 300]) {
      const long = { ...place, name: "N".repeat(length), previous: "P".repeat(length) };
      const sealed = sealToken(key, long, pad(new Uint8Array(1)));
      expect(openToken(key, long, sealed, true)).not.toBeNull();
      for (const other of [{ name: "N".repeat(length + 1) }, { previous: "P".repeat(length - 1) }, { previous: "" }])
        expect(openToken(key, { ...long, ...other }, sealed, true)).toBeNull();
    }
  });

  const head = `enc:v1.${key.keyId}:`;
  it.each([
    "",
    "enc:v1",
    head,
    `x${head}AAAA`,
    `${head}AA=`,
    `${head}A+A`,
    head.replace("v1", "v0").concat("AAAA"),
    head.replace("v1", "v01").concat("AAAA"),
    head.replace("v1", "v4294967296").concat("AAAA"),
    head.replace("v1", "v99999999999").concat("AAAA"),
    `enc:v1.${key.keyId}A:AAAA`,
    `enc:v1.${key.keyId.slice(1)}:AAAA`,
    `${head}AAAA\n`,
  ])("is not %j", (bad) => expect(parseToken(bad)).toBeNull());

  it("is taken apart, and too short a body does not open", () => {
    expect(parseToken(token.text)).toEqual(token);
    expect(parseToken(head.replace("v1", "v4294967295").concat("AAAA"))).toMatchObject({ version: 4294967295 });
    for (const bytes of [1, 12, 27])
      expect(openToken(key, place, { ...token, text: head + b64u(new Uint8Array(bytes)) }, false)).toBeNull();
    expect(openToken(key, place, { ...token, text: `${head}A` }, false)).toBeNull();
  });

  it("holds one line, padded with zeros and no more", () => {
    const line = encodeLine({ since, end: 4, raw: "A=ü" });
    expect(decodeLine(pad(line), KIND.secret)).toEqual({ since, end: 4, raw: "A=ü" });
    expect(decodeLine(pad(line), KIND.public)).not.toBeNull();
    expect(decodeLine(pad(line), KIND.comment)).toBeNull();
    const zero = encodeLine({ since: new Uint8Array(6), end: 0, raw: "# c" });
    expect(decodeLine(pad(zero), KIND.comment)?.raw).toBe("# c");
    expect(decodeLine(pad(zero), KIND.secret)).toBeNull();
    const badEnd = pad(line);
    badEnd[6] = 5;
    expect(decodeLine(badEnd, KIND.secret)).toBeNull();
    const dirty = pad(line);
    dirty[63] = 1;
    expect(decodeLine(dirty, KIND.secret)).toBeNull();
    const long = pad(line);
    long.set(u32(54), 7);
    expect(decodeLine(long, KIND.secret)).toBeNull();
    const utf = pad(line);
    utf[11] = 0xff;
    expect(decodeLine(utf, KIND.secret)).toBeNull();
    expect(decodeLine(new Uint8Array(10), KIND.secret)).toBeNull();
    expect(decodeLine(new Uint8Array(96).fill(1, 0, 6), KIND.secret)).toBeNull();
    expect([isPaddedFrom(new Uint8Array(64), 64), isPaddedFrom(new Uint8Array(64), 65), isPaddedFrom(new Uint8Array(65), 3)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("holds a file's flags, each by itself", () => {
    for (const bom of [true, false])
      for (const eol of [1, 2, 3] as const)
        for (const finalNewline of [true, false]) {
          const flags = { bom, eol, finalNewline };
          expect(decodeFlags(pad(encodeFlags(flags)))).toEqual(flags);
        }
    for (const byte of [0, 1, 8, 9, 16, 18, 255]) expect(decodeFlags(pad(Uint8Array.of(byte)))).toBeNull();
    expect(decodeFlags(pad(Uint8Array.of(2, 1)))).toBeNull();
    expect(decodeFlags(new Uint8Array(96).fill(2, 0, 1))).toBeNull();
  });
});

describe("bytes", () => {
  it("are equal where all are, and their number is", () => {
    const equal = (a: number[], b: number[]) => equalBytes(Uint8Array.from(a), Uint8Array.from(b));
    expect([equal([], []), equal([1, 2], [1, 2])]).toEqual([true, true]);
    expect([equal([1, 2], [1, 3]), equal([1], [1, 2]), equal([1, 2], [1]), equal([], [0])]).toEqual([false, false, false, false]);
  });
});
