import { unlockPinned } from "../age/unlock.ts";
import type { Manifest } from "../core/manifest.ts";
import { isEnvsealError } from "../errors.ts";
import type { Finding } from "../guard/finding.ts";
import { forgedEnvironment, inspectEntries } from "../guard/manifest.ts";
import { injectedKey, personalKey } from "../loader/key.ts";
import { readPins } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";

const NOT_MINE = new Set(["NO_KEY", "NO_ACCESS", "NO_PIN", "CUSTODY", "KEY_FILE_MODE", "MALFORMED_KEY"]);

/**
 * What a manifest holds that nobody with its keys made, as far as the key at hand reaches.
 * @returns the findings, and the environments that could not be looked into
 */
export function authenticateManifest(
  path: string,
  before: Manifest | null,
  after: Manifest,
  context: Context,
): { findings: Finding[]; unseen: string[] } {
  const findings: Finding[] = [];
  const unseen: string[] = [];
  for (const environment of Object.keys(after.environments).sort()) {
    try {
      const key = injectedKey(context.env, environment) ?? personalKey(context.env, after.project, context.identity);
      if (key.type === "read-only" || (key.environment !== null && key.environment !== environment)) {
        unseen.push(environment);
        continue;
      }
      const record = key.pin === null ? readPins(context.env, after.project)[environment] : undefined;
      const { keyring } = unlockPinned(after, environment, key, record);
      findings.push(...inspectEntries(path, keyring));
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
      if (NOT_MINE.has(error.code)) unseen.push(environment);
      else findings.push(forgedEnvironment(path, error.message, before, after, environment));
    }
  }
  return { findings, unseen };
}
