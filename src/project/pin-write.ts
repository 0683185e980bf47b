import { b64u } from "../core/bytes.ts";
import { type Json, prettyJson } from "../core/json.ts";
import type { Keyring } from "../core/keyring.ts";
import { replaceFile } from "./own-file.ts";
import { type Pins, pinsPath, readPins } from "./pins.ts";

/**
 * Records the keyring's active key as this machine's pin, after it was verified to lead to the one before.
 * @returns the pin, or null where nothing could be written (a read-only or absent home is no error)
 */
export function movePin(env: NodeJS.ProcessEnv, project: string, keyring: Keyring): string | null {
  const path = pinsPath(env, project);
  if (path === null) return null;
  const pins = readPins(env, project);
  const [pin = "", ...older] = keyring.pins().map(b64u);
  const verified = new Set([...(pins[keyring.environment]?.verified ?? []), pins[keyring.environment]?.pin ?? pin, ...older]);
  verified.delete(pin);
  const next: Pins = { ...pins, [keyring.environment]: { pin, verified: [...verified] } };
  try {
    replaceFile(path, prettyJson(next as unknown as Json), 0o600);
  } catch {
    return null;
  }
  return pin;
}
