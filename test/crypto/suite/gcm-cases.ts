import { existsSync, readFileSync } from "node:fs";

export interface GcmCase {
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
export const GCM: GcmCase[] = [
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

export const CAVP = ["gcmEncryptExtIV256.rsp", "gcmDecrypt256.rsp"].map(
  (file) => `/usr/lib/python3/dist-packages/cryptography_vectors/ciphers/AES/GCM/${file}`,
);
export const cavpIsHere = CAVP.every((file) => existsSync(file));
export const cavpNotice = cavpIsHere ? "" : " (skipped: needs python3-cryptography-vectors)";

/** The cases of a CAVP response file that have our sizes: 96-bit nonce, 128-bit tag. */
export function cavpCases(file: string): GcmCase[] {
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
