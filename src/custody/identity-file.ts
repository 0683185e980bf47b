import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseIdentity } from "../age/keys.ts";
import { EnvsealError } from "../errors.ts";
import { shellWord } from "../printable.ts";
import { configFolder } from "../project/folders.ts";
import { readText } from "../project/read.ts";

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
  if (process.platform !== "win32") {
    assertPrivate(path, "600");
    assertPrivate(dirname(path), "700");
  }
  return parseIdentityText(text, path);
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

function assertPrivate(path: string, wanted: "600" | "700"): void {
  const { mode } = statSync(path);
  if ((mode & 0o077) !== 0) {
    throw new EnvsealError("KEY_FILE_MODE", `${path} can be read by others (mode ${(mode & 0o777).toString(8)})`, {
      hint: `chmod ${wanted} ${shellWord(path)}; if others may have read it, take a new identity (envseal join --new --name NAME-2, a teammate grants it) and revoke this one, which rotates`,
    });
  }
}
