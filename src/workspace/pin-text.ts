import { pinOfDigest } from "../core/authority/authority.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import type { SeenProject } from "../core/authority/seen.ts";
import { pinOfManifest } from "../core/authority/trust.ts";
import { b64u } from "../core/bytes.ts";

/** The pin of a manifest's authority as people compare it. */
export function pinText(manifest: Manifest): string {
  return b64u(pinOfManifest(manifest));
}

/** That of the newest authority that this machine has seen. */
export function seenPinText({ digests }: SeenProject): string {
  return b64u(pinOfDigest(digests.at(-1) as string));
}
