import { join } from "node:path";
import { parseIdentity } from "../age/keys.ts";
import { EnvsealError } from "../errors.ts";
import { configFolder } from "../project/own-folders.ts";
import { exposed } from "../system/permissions.ts";
import { readText } from "../system/read.ts";

/** Custody `file`: `$XDG_CONFIG_HOME/envseal/identities/<project>`, 0600 in 0700, one age identity. */
export function identityPath(env: NodeJS.ProcessEnv, project: string): string | null {
  const folder = configFolder(env);
  return folder === null ? null : join(folder, "identities", project);
}

/** The identity's 32 secret bytes, or null where there is no file. @throws KEY_FILE_MODE, MALFORMED_KEY */
export function readIdentityFile(env: NodeJS.ProcessEnv, project: string): Uint8Array | null {
  const path = identityPath(env, project);
  if (path === null) return null;
  const text = readText(path, 16 * 1024, "MALFORMED_KEY");
  if (text === null) return null;
  const open = exposed(path);
  if (open === null) return parseIdentityText(text, path);
  throw new EnvsealError("KEY_FILE_MODE", open.what, {
    hint: `${open.fix}; if others may have read it, take a new identity (envseal join --new --name NAME-2, a teammate grants it) and revoke this one, which rotates`,
  });
}

/** The one identity of an age key file; comment lines are skipped. @throws MALFORMED_KEY */
export function parseIdentityText(text: string, source: string): Uint8Array {
  const rows = text
    .split("\n")
    .map((row) => row.trim())
    .filter((row) => row !== "" && !row.startsWith("#"));
  const secret = rows.length === 1 ? parseIdentity(rows[0] as string) : null;
  if (secret === null) {
    throw new EnvsealError("MALFORMED_KEY", `${source} does not hold exactly one age X25519 identity`, {
      hint: "it should have one line that starts with AGE-SECRET-KEY-1",
    });
  }
  return secret;
}
