import { describe, expect, it } from "vitest";
import { ascii, hex, range, suites, unhex } from "./suites.ts";

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
});
