import { createCipheriv, createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commitmentOf } from "../../src/core/keyring.ts";
import * as node from "../../src/crypto/node.ts";
import * as portable from "../../src/crypto/portable.ts";
import type { CryptoSuite } from "../../src/crypto/suite.ts";
import { runs } from "../support/arbitraries.ts";

const suites: [string, CryptoSuite][] = [
  ["node", node],
  ["portable", portable],
];

const unhex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("hex"));
const ascii = (text: string) => new Uint8Array(Buffer.from(text));
const times = (byte: string, count: number) => unhex(byte.repeat(count));
const range = (from: number, to: number) => Uint8Array.from({ length: to - from + 1 }, (_, index) => from + index);
const none = new Uint8Array(0);

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

interface GcmCase {
  name: string;
  key: string;
  nonce: string;
  aad: string;
  ciphertext: string;
  tag: string;
  /** Null where the tag must not verify. */
  plaintext: string | null;
}

const gcm = (
  name: string,
  key: string,
  nonce: string,
  aad: string,
  ciphertext: string,
  tag: string,
  plaintext: string | null,
): GcmCase => ({
  name,
  key,
  nonce,
  aad,
  ciphertext,
  tag,
  plaintext,
});

const SPEC_KEY = "feffe9928665731c6d6a8f9467308308".repeat(2);
const SPEC_NONCE = "cafebabefacedbaddecaf888";
const SPEC_TEXT =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const SPEC_SEALED =
  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";

/** McGrew and Viega's specification, test cases 13 to 16, and a few of the CAVP's, the refused ones too. */
const GCM: GcmCase[] = [
  gcm("specification 13", "00".repeat(32), "00".repeat(12), "", "", "530f8afbc74536b9a963b4f1c4cb738b", ""),
  gcm(
    "specification 14",
    "00".repeat(32),
    "00".repeat(12),
    "",
    "cea7403d4d606b6e074ec5d3baf39d18",
    "d0d1c8a799996bf0265b98b5d48ab919",
    "00".repeat(16),
  ),
  gcm("specification 15", SPEC_KEY, SPEC_NONCE, "", SPEC_SEALED, "b094dac5d93471bdec1a502270e3cc6c", SPEC_TEXT),
  gcm(
    "specification 16",
    SPEC_KEY,
    SPEC_NONCE,
    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    SPEC_SEALED.slice(0, 120),
    "76fc6ece0f4e1768cddf8853bb2d551b",
    SPEC_TEXT.slice(0, 120),
  ),
  gcm(
    "CAVP encrypt, nothing at all",
    "b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4",
    "516c33929df5a3284ff463d7",
    "",
    "",
    "bdc1ac884d332457a1d2664f168c76f0",
    "",
  ),
  gcm(
    "CAVP encrypt, AAD alone",
    "78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223",
    "d79cf22d504cc793c3fb6c8a",
    "b96baa8c1c75a671bfb2d08d06be5f36",
    "",
    "3e5d486aa2e30b22e040b85723a06e76",
    "",
  ),
  gcm(
    "CAVP encrypt, 13 bytes",
    "69b458f2644af9020463b40ee503cdf083d693815e2659051ae0d039e606a970",
    "8d1da8ab5f91ccd09205944b",
    "036ad5e5494ef817a8af2f5828784a4bfedd1653",
    "c0a62d77e6031bfdc6b13ae217",
    "a794a9aaee48cd92e47761bf1baff0af",
    "f3e0e09224256bf21a83a5de8d",
  ),
  gcm(
    "CAVP encrypt, 51 bytes",
    "463b412911767d57a0b33969e674ffe7845d313b88c6fe312f3d724be68e1fca",
    "611ce6f9a6880750de7da6cb",
    "0a682fbc6192e1b47a5e0868787ffdafe5a50cead3575849990cdd2ea9b3597749403efb4a56684f0c6bde352d4aeec5",
    "8886e196010cb3849d9c1a182abe1eeab0a5f3ca423c3669a4a8703c0f146e8e956fb122e0d721b869d2b6fcd4216d7d4d3758",
    "2469cecd70fd98fec9264f71df1aee9a",
    "e7d1dcf668e2876861940e012fe52a98dacbd78ab63c08842cc9801ea581682ad54af0c34d0d7f6f59e8ee0bf4900e0fd85042",
  ),
  gcm(
    "CAVP decrypt, 32 bytes",
    "c3d99825f2181f4808acd2068eac7441a65bd428f14d2aab43fefc0129091139",
    "cafabd9672ca6c79a2fbdc22",
    "",
    "84e5f23f95648fa247cb28eef53abec947dbf05ac953734618111583840bd980",
    "79651c875f7941793d42bbd0af1cce7c",
    "25431587e9ecffc7c37f8d6d52a9bc3310651d46fb0e3bad2726c8f2db653749",
  ),
  gcm(
    "CAVP refused, nothing at all",
    "e5a8123f2e2e007d4e379ba114a2fb66e6613f57c72d4e4f024964053028a831",
    "51e43385bf533e168427e1ad",
    "",
    "",
    "38fe845c66e66bdd884c2aecafd280e6",
    null,
  ),
  gcm(
    "CAVP refused, AAD alone",
    "2c392a5eb1a9c705371beda3a901c7c61dca4d93b4291de1dd0dd15ec11ffc45",
    "0723fb84a08f4ea09841f32a",
    "140be561b6171eab942c486a94d33d43",
    "",
    "aa0e1c9b57975bfc91aa137231977d2c",
    null,
  ),
  gcm(
    "CAVP refused, 13 bytes",
    "de1bb0d8acd23457c593c490e45858698d9acb887cf12c4a2931ea14a010a985",
    "a787cb34d6f88921f036b833",
    "6ffa289ec67aa3c1f8b4068af8d9acadc434cfc2",
    "ca0e93b01a47910918c18f1d7a",
    "ef745fdf7d78d283b39a4597ca82f8cb",
    null,
  ),
];

function holdsGcm(suite: CryptoSuite, one: GcmCase): void {
  const [key, nonce, aad, ciphertext] = [one.key, one.nonce, one.aad, one.ciphertext].map(unhex) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  expect(hex(suite.aeadOpen(key, nonce, unhex(one.ciphertext + one.tag), aad)), one.name).toBe(one.plaintext);
  if (one.plaintext === null) return;
  expect(hex(suite.aeadSeal(key, nonce, unhex(one.plaintext), aad)), one.name).toBe(one.ciphertext + one.tag);
  expect(hex(suite.aeadPeek(key, nonce, ciphertext)), one.name).toBe(one.plaintext);
}

const CAVP = ["gcmEncryptExtIV256.rsp", "gcmDecrypt256.rsp"].map(
  (file) => `/usr/lib/python3/dist-packages/cryptography_vectors/ciphers/AES/GCM/${file}`,
);
const cavpIsHere = CAVP.every((file) => existsSync(file));
const cavpNotice = cavpIsHere ? "" : " (skipped: needs python3-cryptography-vectors)";

/** The cases of a CAVP response file that have our sizes: 96-bit nonce, 128-bit tag. */
function cavpCases(file: string): GcmCase[] {
  return readFileSync(file, "utf8")
    .split(/(?=\[Keylen = )/)
    .slice(1)
    .filter((section) => section.includes("[IVlen = 96]") && section.includes("[Taglen = 128]"))
    .flatMap((section) => section.split(/^Count = /m).slice(1))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name} = ?(.*?)\\r?$`, "m").exec(block)?.[1] ?? "";
      const plaintext = /^FAIL/m.test(block) ? null : field("PT");
      return gcm(`${file} ${block.split("\n")[0]}`, field("Key"), field("IV"), field("AAD"), field("CT"), field("Tag"), plaintext);
    });
}

/** RFC 7748 sections 5.2 and 6.1: scalar, u, product. */
const X25519 = [
  [
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
  ],
  [
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
  ],
] as const;

const ALICE = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
const ALICE_PUBLIC = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const BOB = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
const BOB_PUBLIC = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
const SHARED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

/** Every point of low order, and the non-canonical spellings of them that fit 255 bits. */
const LOW_ORDER = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];

/** RFC 8439's sunscreen with its key and nonce (section 2.8.2) but without AAD, and the empty text. */
const CHACHA_KEY = range(0x80, 0x9f);
const CHACHA_NONCE = unhex("070000004041424344454647");
const CHACHA: [string, string][] = [
  [
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61166a23a4681fd59456aea1d29f82477216",
  ],
  ["", "a0784d7a4716f3feb4f64e7f4b39bf04"],
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

  it.each(GCM)("AES-256-GCM, $name", (one) => holdsGcm(suite, one));

  it.runIf(cavpIsHere)(`AES-256-GCM, every CAVP case of our sizes${cavpNotice}`, () => {
    const cases = CAVP.flatMap(cavpCases);
    expect(cases.length).toBe(750);
    expect(cases.filter(({ plaintext }) => plaintext === null).length).toBe(191);
    for (const one of cases) holdsGcm(suite, one);
  });

  it("ChaCha20-Poly1305, RFC 8439 without AAD", () => {
    for (const [plaintext, sealed] of CHACHA) {
      expect(hex(suite.chachaOpen(CHACHA_KEY, CHACHA_NONCE, unhex(sealed)))).toBe(hex(ascii(plaintext)));
      for (const at of [0, sealed.length / 2 - 1]) {
        const tampered = unhex(sealed);
        tampered[at] = (tampered[at] as number) ^ 1;
        expect(suite.chachaOpen(CHACHA_KEY, CHACHA_NONCE, tampered)).toBeNull();
      }
    }
  });

  it.each(X25519)("X25519, RFC 7748 section 5.2: %s", (scalar, u, product) => {
    expect(hex(suite.x25519(unhex(scalar), unhex(u)))).toBe(product);
  });

  it("X25519, RFC 7748 section 5.2: iterated 1 and 1000 times", () => {
    let [scalar, u]: [Uint8Array, Uint8Array] = [unhex(`09${"00".repeat(31)}`), unhex(`09${"00".repeat(31)}`)];
    const after: (string | null)[] = [];
    for (let count = 1; count <= 1000; count++) {
      const product = suite.x25519(scalar, u) as Uint8Array;
      [scalar, u] = [product, scalar];
      if (count === 1 || count === 1000) after.push(hex(product));
    }
    expect(after).toEqual([
      "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
      "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51",
    ]);
  });

  it("X25519, RFC 7748 section 6.1: Diffie and Hellman", () => {
    expect(hex(suite.x25519Public(unhex(ALICE)))).toBe(ALICE_PUBLIC);
    expect(hex(suite.x25519Public(unhex(BOB)))).toBe(BOB_PUBLIC);
    expect(hex(suite.x25519(unhex(ALICE), unhex(BOB_PUBLIC)))).toBe(SHARED);
    expect(hex(suite.x25519(unhex(BOB), unhex(ALICE_PUBLIC)))).toBe(SHARED);
  });

  it("X25519 with a point of low order is null, with the top bit set too", () => {
    for (const point of LOW_ORDER) {
      const high = unhex(point);
      high[31] = (high[31] as number) | 0x80;
      expect(suite.x25519(unhex(ALICE), unhex(point)), point).toBeNull();
      expect(suite.x25519(unhex(ALICE), high), `${point} with the top bit`).toBeNull();
    }
  });

  /** Why a key has a commitment (FORMAT.md section 1): GCM alone opens one sealed text under two keys. */
  it("AES-256-GCM opens a salamander under both of its keys, and only their commitments tell them apart", () => {
    const nonce = times("07", 12);
    const sealed = unhex("a9f7e97965d6cf799a529102a973b8b945a1d6b472c04816251b815cbd9ad13f1877d47adc9f769717b857258e5e8545");
    const keys = ["key v1", "key v2"].map((text) => suite.sha256(ascii(text))) as [Uint8Array, Uint8Array];
    const opened = keys.map((key) => hex(suite.aeadOpen(key, nonce, sealed, ascii("env:prod|API_KEY"))));
    expect(opened).toEqual([
      "9d5193f88ecd198582af9fe97af7e7e575113bd6931b5dae72c4b6a3d32577bd",
      "9e6ba99f620ad0a52bf7efa19b1c2b605c0db6423a595950bf33a8c4306cceca",
    ]);
    expect(hex(commitmentOf(keys[0]))).not.toBe(hex(commitmentOf(keys[1])));
  });

  it("refuses base64 that is not the one text of its bytes", () => {
    for (const url of [true, false]) {
      expect(hex(suite.decodeBase64("", url))).toBe("");
      expect(hex(suite.decodeBase64("AAA", url))).toBe("0000");
      for (const bad of ["AA==", "AAA=", "A", "AAAAA", "AAB", "AB", "AA A", "AAAA\n", " AAAA", "AAA\u0100", "AA\0A", "AA.A"]) {
        expect(suite.decodeBase64(bad, url), JSON.stringify(bad)).toBeNull();
      }
    }
    for (const foreign of ["+AAA", "/AAA"]) expect(suite.decodeBase64(foreign, true)).toBeNull();
    for (const foreign of ["-AAA", "_AAA"]) expect(suite.decodeBase64(foreign, false)).toBeNull();
  });

  it("is strict about UTF-8 and keeps a BOM", () => {
    expect(suite.decodeUtf8(unhex("efbbbf41"))).toBe("\uFEFFA");
    for (const bad of ["ff", "c080", "c1bf", "eda080", "f4908080", "e282", "80", "f8a0808080"]) {
      expect(suite.decodeUtf8(unhex(bad)), bad).toBeNull();
    }
    expect(hex(suite.encodeUtf8("\uD800"))).toBe("efbfbd");
  });

  it("opens nothing that is shorter than a tag", () => {
    const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
    for (let length = 0; length < 16; length++) {
      expect(suite.aeadOpen(key, nonce, new Uint8Array(length), none)).toBeNull();
      expect(suite.chachaOpen(key, nonce, new Uint8Array(length))).toBeNull();
    }
  });

  it("throws for keys, nonces and points of a length that no caller has", () => {
    const bytes = (length: number) => new Uint8Array(length).fill(7);
    const [key, nonce, text] = [bytes(32), bytes(12), bytes(40)];
    for (const length of [0, 16, 24, 31, 33, 64]) {
      for (const sealed of [text, none]) {
        expect(() => suite.aeadSeal(bytes(length), nonce, sealed, none)).toThrow(RangeError);
        expect(() => suite.aeadOpen(bytes(length), nonce, sealed, none)).toThrow(RangeError);
        expect(() => suite.aeadPeek(bytes(length), nonce, sealed)).toThrow(RangeError);
        expect(() => suite.chachaOpen(bytes(length), nonce, sealed)).toThrow(RangeError);
      }
      expect(() => suite.x25519(bytes(length), key)).toThrow(RangeError);
      expect(() => suite.x25519(key, bytes(length))).toThrow(RangeError);
      expect(() => suite.x25519Public(bytes(length))).toThrow(RangeError);
    }
    for (const length of [0, 7, 8, 11, 13, 16]) {
      expect(() => suite.aeadSeal(key, bytes(length), text, none)).toThrow(RangeError);
      expect(() => suite.aeadPeek(key, bytes(length), text)).toThrow(RangeError);
      expect(() => suite.chachaOpen(key, bytes(length), text)).toThrow(RangeError);
    }
    for (const length of [0, 7, 65]) expect(() => suite.aeadOpen(key, bytes(length), text, none)).toThrow(RangeError);
    expect(() => suite.hkdf(key, none, none, 255 * 32 + 1)).toThrow();
    expect(() => suite.hkdfExpand(key, none, 255 * 32 + 1)).toThrow();
    expect(suite.equal(key, nonce)).toBe(false);
  });
});

const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonce12 = fc.uint8Array({ minLength: 12, maxLength: 12 });
const data = fc.uint8Array({ maxLength: 300 });
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.string({ unit: "grapheme", maxLength: 60 }));

/** A copy with one bit changed: a key that was used is never written into. */
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at % bytes.length ? byte ^ (1 << (at % 8)) : byte));
}

/** What both implementations say, which must be the same. */
function agreed<T>(ask: (suite: CryptoSuite) => T, show: (answer: T) => unknown): T {
  const answer = ask(node);
  expect(show(ask(portable))).toEqual(show(answer));
  return answer;
}

describe("both implementations give the same bytes", () => {
  it("hmac, sha256, hkdf, hkdfExpand", () => {
    fc.assert(
      fc.property(data, data, data, fc.integer({ min: 1, max: 200 }), (a, b, c, length) => {
        agreed((suite) => suite.hmac(a, b), hex);
        agreed((suite) => suite.sha256(a), hex);
        agreed((suite) => suite.hkdf(a, b, c, length), hex);
        const prk = node.hmac(a, b);
        expect(hex(agreed((suite) => suite.hkdfExpand(prk, c, length), hex))).toBe(hex(node.hkdf(b, a, c, length)));
      }),
      runs(300),
    );
  });

  it("aeadSeal, aeadOpen, aeadPeek; a changed bit anywhere opens nothing", () => {
    fc.assert(
      fc.property(key32, nonce12, data, data, fc.nat(), (key, nonce, plaintext, aad, at) => {
        const sealed = agreed((suite) => suite.aeadSeal(key, nonce, plaintext, aad), hex);
        expect(hex(agreed((suite) => suite.aeadOpen(key, nonce, sealed, aad), hex))).toBe(hex(plaintext));
        const peeked = agreed((suite) => suite.aeadPeek(key, nonce, sealed.subarray(0, -16)), hex);
        expect(hex(peeked)).toBe(hex(plaintext));
        const parts = { key, nonce, sealed, aad };
        for (const name of ["key", "nonce", "sealed", "aad"] as const) {
          if (parts[name].length === 0) continue;
          const changed = { ...parts, [name]: flipped(parts[name], at) };
          expect(
            agreed((suite) => suite.aeadOpen(changed.key, changed.nonce, changed.sealed, changed.aad), hex),
            name,
          ).toBeNull();
        }
      }),
      runs(200),
    );
  });

  it("aeadOpen with the nonces of other tools, of 8 to 64 bytes", () => {
    fc.assert(
      fc.property(key32, fc.uint8Array({ minLength: 8, maxLength: 64 }), data, data, (key, nonce, plaintext, aad) => {
        const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
        const sealed = new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
        expect(hex(agreed((suite) => suite.aeadOpen(key, nonce, sealed, aad), hex))).toBe(hex(plaintext));
      }),
      runs(100),
    );
  });

  it("chachaOpen, of what node:crypto seals and of what was tampered with", () => {
    fc.assert(
      fc.property(key32, nonce12, data, fc.nat(), (key, nonce, plaintext, at) => {
        const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
        const sealed = new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
        expect(hex(agreed((suite) => suite.chachaOpen(key, nonce, sealed), hex))).toBe(hex(plaintext));
        const tampered = flipped(sealed, at);
        expect(agreed((suite) => suite.chachaOpen(key, nonce, tampered), hex)).toBeNull();
      }),
      runs(200),
    );
  });

  it("x25519 and x25519Public, for any 32 bytes as a point", () => {
    fc.assert(
      fc.property(key32, key32, (secret, other) => {
        const point = agreed((suite) => suite.x25519Public(secret), hex);
        agreed((suite) => suite.x25519(secret, other), hex);
        const shared = node.x25519(other, point);
        expect(hex(agreed((suite) => suite.x25519(secret, suite.x25519Public(other)), hex))).toBe(hex(shared));
      }),
      runs(60),
    );
  });

  it("equal", () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        expect(agreed((suite) => suite.equal(a, b), Boolean)).toBe(hex(a) === hex(b));
        expect(agreed((suite) => suite.equal(a, a.slice()), Boolean)).toBe(true);
      }),
      runs(200),
    );
  });

  it("base64 in both alphabets, and no second text for the same bytes", () => {
    const almost = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9_-]{0,12}={0,2}$/),
      fc.stringMatching(/^[A-Za-z0-9+/]{0,12}={0,2}$/),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(data, almost, fc.boolean(), (bytes, candidate, url) => {
        const encoded = agreed((suite) => suite.encodeBase64(bytes, url), String);
        expect(encoded).not.toContain("=");
        expect(hex(agreed((suite) => suite.decodeBase64(encoded, url), hex))).toBe(hex(bytes));
        const decoded = agreed((suite) => suite.decodeBase64(candidate, url), hex);
        if (decoded !== null) expect(node.encodeBase64(decoded, url)).toBe(candidate);
      }),
      runs(1000),
    );
  });

  it("UTF-8 both ways, for any bytes and any string", () => {
    fc.assert(
      fc.property(data, text, (bytes, string) => {
        agreed((suite) => suite.decodeUtf8(bytes), String);
        const encoded = agreed((suite) => suite.encodeUtf8(string), hex);
        expect(node.decodeUtf8(encoded)).toBe(string.toWellFormed());
      }),
      runs(1000),
    );
  });

  it("works on views into a larger buffer, and leaves their inputs alone", () => {
    const whole = createHash("sha512").update("a larger buffer").digest();
    const before = whole.toString("hex");
    const [key, nonce, plaintext] = [whole.subarray(3, 35), whole.subarray(35, 47), whole.subarray(47)];
    const sealed = agreed((suite) => suite.aeadSeal(key, nonce, plaintext, nonce), hex);
    agreed((suite) => suite.aeadOpen(key, nonce, sealed, nonce), hex);
    agreed((suite) => suite.aeadPeek(key, nonce, sealed), hex);
    agreed((suite) => suite.x25519(key, whole.subarray(20, 52)), hex);
    agreed((suite) => suite.encodeBase64(plaintext, true), String);
    agreed((suite) => suite.decodeUtf8(plaintext), String);
    expect(whole.toString("hex")).toBe(before);
  });
});
