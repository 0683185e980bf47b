import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What systemd.exec(5) says of double quotes: a backslash keeps the next of `\"$\`` and joins lines, all else is itself. */
export function readUnitFile(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const row = /([A-Za-z_]\w*)="((?:[^"\\$`]|\\[\s\S])*)"\n/y;
  while (row.lastIndex < text.length) {
    const [, name, quoted] = row.exec(text) ?? [];
    if (name === undefined || quoted === undefined) throw new Error("this is no line of an EnvironmentFile");
    found[name] = quoted.replace(/\\([\s\S])/g, (both, next) => (next === "\n" ? "" : '"\\$`'.includes(next) ? next : both));
  }
  return found;
}

const library = ["/usr/lib/systemd", "/usr/lib64/systemd", "/usr/lib/x86_64-linux-gnu/systemd", "/usr/lib/aarch64-linux-gnu/systemd"]
  .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
  .find((path) => /libsystemd-shared-[\w.-]+\.so$/.test(path));

/** The functions that read an EnvironmentFile for a service, called where no systemd runs. */
const SCRIPT = `import ctypes, json, sys
lib = ctypes.CDLL(sys.argv[1])
Strings = ctypes.POINTER(ctypes.c_char_p)
lib.load_env_file.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(Strings)]
clean = lib.strv_env_clean_with_callback
clean.argtypes, clean.restype = [Strings, ctypes.c_void_p, ctypes.c_void_p], Strings
found = Strings()
if lib.load_env_file(None, sys.argv[2].encode(), ctypes.byref(found)) != 0: sys.exit(1)
found = clean(found, None, None)
index, values = 0, {}
while found[index] is not None:
    name, _, value = found[index].decode().partition("=")
    values[name], index = value, index + 1
print(json.dumps(values))`;

const reading = (path: string) => spawnSync("python3", ["-c", SCRIPT, library ?? "", path], { encoding: "utf8" });

export const systemdIsHere = library !== undefined && reading("/etc/os-release").status === 0;

export function readBySystemd(path: string): Record<string, string> {
  const { status, stdout, stderr } = reading(path);
  if (status !== 0) throw new Error(`systemd cannot read ${path}: ${stderr}`);
  return JSON.parse(stdout);
}
