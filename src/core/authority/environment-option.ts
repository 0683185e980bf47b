import { environmentNames } from "./authority-of.ts";
import type { Manifest } from "./manifest.ts";

/** What completes a command line in a message: without it, one that is pasted asks which environment is meant, or takes another. */

/** Where it is known which environment. */
export function inEnvironment(manifest: Manifest, environment: string): string {
  return environmentNames(manifest).length > 1 ? ` -e ${environment}` : "";
}

/** Where there are several, and the reader has to choose. */
export function environmentOption(manifest: Manifest): string {
  return inEnvironment(manifest, "NAME");
}
