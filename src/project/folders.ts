import { homedir } from "node:os";
import { join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** Where the person's own files are (XDG base directories; `%APPDATA%` and `%LOCALAPPDATA%` on Windows), or null without a home. */
function base(env: Env, xdg: string, windows: string, fallback: readonly string[]): string | null {
  const set = process.platform === "win32" ? env[windows] : env[xdg];
  if (set !== undefined && set !== "") return join(set, "envseal");
  try {
    return join(homedir(), ...fallback, "envseal");
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
