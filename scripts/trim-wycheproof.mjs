// Makes test/vectors/wycheproof/*.json from a folder with Wycheproof's testvectors_v1: only the parameters that envseal
// uses, one case a row. usage: node scripts/trim-wycheproof.mjs FOLDER
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const target = new URL("../test/vectors/wycheproof/", import.meta.url);
const anyNonce = ({ ivSize }) => ivSize >= 64 && ivSize <= 512;

const FILES = {
  aes_gcm: { group: (group) => group.keySize === 256 && group.tagSize === 128 && anyNonce(group), test: () => true },
  chacha20_poly1305: { group: ({ ivSize, tagSize }) => ivSize === 96 && tagSize === 128, test: ({ aad }) => aad === "" },
  hkdf_sha256: { group: () => true, test: ({ size }) => size <= 255 * 32 },
  hmac_sha256: { group: () => true, test: () => true },
  x25519: { group: () => true, test: () => true },
  ed25519: { group: () => true, test: () => true },
};

/** What a group says once and its cases need. */
const FROM_GROUP = {
  hmac_sha256: ({ tagSize }) => ({ tagSize }),
  ed25519: ({ publicKey }) => ({ pk: publicKey.pk }),
};

for (const [name, keep] of Object.entries(FILES)) {
  const source = join(process.argv[2], `${name}_test.json`);
  if (!existsSync(source)) continue;
  const tests = JSON.parse(readFileSync(source, "utf8"))
    .testGroups.filter(keep.group)
    .flatMap((group) => group.tests.filter(keep.test).map(({ flags, ...test }) => ({ ...FROM_GROUP[name]?.(group), ...test })));
  const rows = tests.map((test) => JSON.stringify(test)).join(",\n");
  writeFileSync(new URL(`${name}.json`, target), `[\n${rows}\n]\n`);
  process.stdout.write(`${name}: ${tests.length}\n`);
}
