import { describe, expect, it } from "vitest";
import { ascii, hex, none, range, suites, times, unhex } from "./suites.ts";

/** RFC 4231 section 4. Case 5 is the one that truncates. */
const HMAC: [string, Uint8Array, Uint8Array, string][] = [
  ["1", times("0b", 20), ascii("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
  ["2", ascii("Jefe"), ascii("what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
  ["3", times("aa", 20), times("dd", 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
  ["4", range(1, 25), times("cd", 50), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"],
  ["5", times("0c", 20), ascii("Test With Truncation"), "a3b6167473100ee06e0c796c2955552b"],
  [
    "6",
    times("aa", 131),
    ascii("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    "7",
    times("aa", 131),
    ascii(
      "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
    ),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
];

/** RFC 5869 appendix A: ikm, salt, info, PRK, OKM. */
const HKDF: [string, Uint8Array, Uint8Array, Uint8Array, string, string][] = [
  [
    "1",
    times("0b", 22),
    range(0, 12),
    range(0xf0, 0xf9),
    "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  ],
  [
    "2",
    range(0, 0x4f),
    range(0x60, 0xaf),
    range(0xb0, 0xff),
    "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
  ],
  [
    "3",
    times("0b", 22),
    none,
    none,
    "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  ],
];

describe.each(suites)("%s", (_, suite) => {
  it.each(HMAC)("HMAC-SHA256, RFC 4231 case %s", (_case, key, data, expected) => {
    expect(hex(suite.hmac(key, data))?.slice(0, expected.length)).toBe(expected);
  });

  it.each(HKDF)("HKDF-SHA256, RFC 5869 case %s", (_case, ikm, salt, info, prk, okm) => {
    expect(hex(suite.hmac(salt, ikm))).toBe(prk);
    expect(hex(suite.hkdf(ikm, salt, info, okm.length / 2))).toBe(okm);
    expect(hex(suite.hkdfExpand(unhex(prk), info, okm.length / 2))).toBe(okm);
  });

  it("SHA-256 of nothing, of abc and of two blocks (FIPS 180-4)", () => {
    expect(hex(suite.sha256(none))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(hex(suite.sha256(ascii("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const blocks = ascii("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    expect(hex(suite.sha256(blocks))).toBe("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  });
});
