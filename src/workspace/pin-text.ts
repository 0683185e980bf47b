import { pinOfDigest } from "../core/authority.ts";
import { b64u } from "../core/bytes.ts";
import type { Manifest } from "../core/manifest.ts";
import type { SeenProject } from "../core/seen.ts";
import { pinOfManifest } from "../core/trust.ts";

/** The pin of a manifest's authority as people compare it. */
export function pinText(manifest: Manifest): string {
  return b64u(pinOfManifest(manifest));
}

/** That of the newest authority that this machine has seen. */
export function seenPinText({ digests }: SeenProject): string {
  return b64u(pinOfDigest(digests.at(-1) as string));
}
