import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));
const hex = (bytes) => (bytes === null ? null : Buffer.from(bytes).toString("hex"));

/** What a suite gives for a case, as hex, beside what it should. "acceptable" is what an implementation may refuse. */
const CHECKS = {
  aes_gcm: (suite, { key, iv, aad, msg, ct, tag, result }) => {
    const [k, nonce, sealed] = [unhex(key), unhex(iv), unhex(ct + tag)];
    const opened = hex(suite.aeadOpen(k, nonce, sealed, unhex(aad)));
    if (result === "valid" && nonce.length === 12 && hex(suite.aeadSeal(k, nonce, unhex(msg), unhex(aad))) !== ct + tag)
      return "sealed otherwise";
    return opened === (result === "valid" ? msg : null);
  },
  chacha20_poly1305: (suite, { key, iv, msg, ct, tag, result }) =>
    hex(suite.chachaOpen(unhex(key), unhex(iv), unhex(ct + tag))) === (result === "valid" ? msg : null),
  hkdf_sha256: (suite, { ikm, salt, info, size, okm, result }) => {
    const prk = suite.hmac(salt === "" ? new Uint8Array(32) : unhex(salt), unhex(ikm));
    const same = (made) => (hex(made) === okm) === (result === "valid");
    return same(suite.hkdf(unhex(ikm), unhex(salt), unhex(info), size)) && same(suite.hkdfExpand(prk, unhex(info), size));
  },
  hmac_sha256: (suite, { key, msg, tag, tagSize, result }) =>
    (hex(suite.hmac(unhex(key), unhex(msg))).slice(0, tagSize / 4) === tag) === (result === "valid"),
  x25519: (suite, { private: secret, public: point, shared }) =>
    hex(suite.x25519(unhex(secret), unhex(point))) === (/^0+$/.test(shared) ? null : shared),
  ed25519: (suite, { pk, msg, sig, result }) => suite.ed25519Verify(unhex(pk), unhex(msg), unhex(sig)) === (result === "valid"),
};

/** How many cases of each file were checked, and which of them failed. */
export function check(suite, names = Object.keys(CHECKS)) {
  const counts = {};
  const failed = [];
  for (const name of names) {
    const tests = read(name);
    counts[name] = tests.length;
    for (const test of tests) if (CHECKS[name](suite, test) !== true) failed.push(`${name} ${test.tcId} (${test.comment})`);
  }
  return { counts, failed };
}
