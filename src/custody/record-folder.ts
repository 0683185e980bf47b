import { existsSync } from "node:fs";
import { join } from "node:path";
import { configFolder } from "../project/own-folders.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Where this person's records of custody are; null without a home. */
export function recordFolder(env: Env): string | null {
  const folder = configFolder(env);
  return folder === null ? null : join(folder, "custody");
}

/** False on a machine where every identity is a file: most, and they need no second look. */
export function hasCustodyRecords(env: Env): boolean {
  const folder = recordFolder(env);
  return folder !== null && existsSync(folder);
}
