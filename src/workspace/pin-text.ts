import { b64u } from "../core/bytes.ts";
import type { Manifest } from "../core/manifest.ts";
import { pinOfManifest } from "../core/trust.ts";

/** The pin of a manifest's authority as people compare it. */
export function pinText(manifest: Manifest): string {
  return b64u(pinOfManifest(manifest));
}
