import { quoteValue } from "../core/quoting.ts";
import { EnvsealError } from "../errors.ts";

export const EXPORT_FORMATS = ["dotenv", "json", "shell", "docker", "systemd", "github", "k8s"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

interface Options {
  /** The Secret's name for `k8s`. */
  name: string;
  /** For `github`: a line that no value can hold. */
  delimiter: string;
}

/** The values in another tool's syntax, exactly. @throws BAD_VALUE, BAD_NAME where that syntax cannot hold one */
export function exportAs(format: ExportFormat, values: ReadonlyMap<string, string>, options: Options): string {
  const rows = (write: (name: string, value: string) => string) => [...values].map(([name, value]) => `${write(name, value)}\n`).join("");
  switch (format) {
    case "dotenv":
      return rows((name, value) => `${name}=${quoteValue(value, name)}`);
    case "json":
      return `${JSON.stringify(Object.fromEntries(values), null, 2)}\n`;
    case "shell":
      return rows((name, value) => `export ${shellName(name)}=${shellQuoted(value)}`);
    case "docker":
      return rows((name, value) => `${name}=${oneLine(name, value)}`);
    case "systemd":
      return rows((name, value) => `${shellName(name)}=${unitQuoted(name, value)}`);
    case "github":
      return rows((name, value) => `${shellName(name)}<<${options.delimiter}\n${value}\n${options.delimiter}`);
    case "k8s":
      return secret(values, options.name);
  }
}

/**
 * GitHub's `::add-mask::` for every value and for each of its lines, since a log is masked line by line. `%`, CR and LF are
 * escaped, so that a value cannot end its line and begin another command.
 */
export function githubMasks(values: Iterable<string>): string {
  const parts = [...values].flatMap((value) => [value, ...value.split(/[\r\n]+/)]).flatMap((part) => [part, part.trim()]);
  const masked = [...new Set(parts)].filter((part) => part.trim() !== "");
  const data = (part: string) => part.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return masked.map((part) => `::add-mask::${data(part)}\n`).join("");
}

/** For sh and fish alike: in single quotes, fish reads backslashes, so those stand outside of them. */
function shellQuoted(value: string): string {
  return `'${value.replace(/['\\]/g, "'\\$&'")}'`;
}

function shellName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  throw new EnvsealError("BAD_NAME", `${name} is no name a shell can export`, {
    hint: "choose another format (json, dotenv), or rename it",
  });
}

/** What bash or zsh set by themselves: an assignment has no effect, is read as a number, or makes root another user. */
const KEPT_BY_SHELLS =
  /^(S?RANDOM|SECONDS|EPOCH(SECONDS|REALTIME)|LINENO|HISTCMD|FUNCNAME|DIRSTACK|GROUPS|USERNAME|E?UID|E?GID|PPID|BASHPID)$/;

/** Those of the names for which `shell` gives some shells another value than the vault's. */
export function keptByShells(names: Iterable<string>): string[] {
  return [...names].filter((name) => KEPT_BY_SHELLS.test(name)).sort();
}

/** docker --env-file takes the rest of the line as it is: it has no way to write a line break. */
function oneLine(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return value;
  throw new EnvsealError("BAD_VALUE", `docker --env-file cannot hold the line breaks in ${name}`, {
    hint: "mount it as a file, or start the app with envseal run or the loader",
  });
}

/** systemd.exec(5), EnvironmentFile=: in double quotes a line break is one. Some (RHEL 8's 239) leave out, unsaid, a value with a control character. */
function unitQuoted(name: string, value: string): string {
  if (!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(value)) return `"${value.replace(/["\\`$]/g, "\\$&")}"`;
  throw new EnvsealError("BAD_VALUE", `a systemd EnvironmentFile cannot hold the control characters in ${name}`, {
    hint: "encode it, for example as base64, or start the service with envseal run or the loader",
  });
}

function secret(values: ReadonlyMap<string, string>, name: string): string {
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name))
    throw new EnvsealError("USAGE", "this is no name for a Kubernetes Secret", {
      hint: "--name takes lower-case letters, digits, - and .",
    });
  const data = [...values].map(([key, value]) => `  ${JSON.stringify(key)}: ${Buffer.from(value).toString("base64") || '""'}\n`);
  return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${JSON.stringify(name)}\ntype: Opaque\ndata:${data.length === 0 ? " {}\n" : `\n${data.join("")}`}`;
}
