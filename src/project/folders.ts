import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Where the person's own files are (XDG base directories; `%APPDATA%` and `%LOCALAPPDATA%` on Windows), or null without a home.
 * A relative path counts for nothing, as the XDG standard says: identities would lie wherever envseal runs, in a repository too.
 */
function base(env: Env, xdg: string, windows: string, fallback: readonly string[]): string | null {
  const set = process.platform === "win32" ? env[windows] : env[xdg];
  if (set !== undefined && isAbsolute(set)) return join(set, "envseal");
  try {
    const home = homedir();
    return isAbsolute(home) ? join(home, ...fallback, "envseal") : null;
  } catch {
    return null;
  }
}

export function configFolder(env: Env): string | null {
  return base(env, "XDG_CONFIG_HOME", "APPDATA", [".config"]);
}

export function stateFolder(env: Env): string | null {
  return base(env, "XDG_STATE_HOME", "LOCALAPPDATA", [".local", "state"]);
}
