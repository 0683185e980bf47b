// How long it takes to reach version 1 from version N, in this process: links are opened one after the other.
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { sources } from "../sources.mjs";

const { emptyManifest, signerOf, withEnvironment, Keyring, rotated } = await sources([
  "core/keys/manifest-edits",
  "core/keys/keyring",
  "core/keys/rotate",
]);

const project = new Uint8Array(12).fill(1);
let dataKey = new Uint8Array(32).fill(1);
let manifest = withEnvironment(emptyManifest(project), signerOf(dataKey, Buffer.from(project).toString("base64url"), "default"), {
  created: "2026-01-01T00:00:00Z",
  publicPatterns: [],
});
let keyring = new Keyring(manifest, "default", dataKey);
const first = keyring.active.keyId;
const versions = Number(process.argv[2] ?? 50);
for (let version = 2; version <= versions; version++) {
  dataKey = randomBytes(32);
  const step = rotated(manifest, keyring, {
    dataKey,
    nonce: new Uint8Array(12).fill(version),
    reason: "scheduled",
    at: "2026-01-01T00:00:00Z",
    wrapped: new Map(),
  });
  ({ manifest, keyring } = step);
}
const before = performance.now();
new Keyring(manifest, "default", dataKey).dataKey(first, "the benchmark");
console.log((performance.now() - before).toFixed(1));
