import { quoteValue } from "../../core/vault/quoting.ts";
import { EnvsealError } from "../../errors.ts";
import { ARMOUR } from "../../guard/redaction-needles.ts";

export const EXPORT_FORMATS = ["dotenv", "json", "shell", "docker", "compose", "systemd", "github", "k8s"] as const;
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
    case "compose":
      return rows((name, value) => `${composeName(name)}=${composeQuoted(value)}`);
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
 * escaped, so that a value cannot end its line and begin another command. What is short or common stays: each `{` and each
 * `true` of a log would be a row of stars, which hides nothing and shows where the secret has one.
 */
export function githubMasks(values: Iterable<string>): string {
  const parts = [...values].flatMap((value) => {
    const lines = value.split(/[\r\n]+/);
    return lines.length === 1 ? [value].filter(isWorthMasking) : [value, ...lines.filter(isTellingLine)];
  });
  const masked = new Set(parts.flatMap((part) => [part, part.trim()]).filter((part) => part !== ""));
  const data = (part: string) => part.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return [...masked].map((part) => `::add-mask::${data(part)}\n`).join("");
}

const COMMON = /^(true|false|yes|no|on|off|null|none|nil|undefined|production|development|staging|test|debug|info|warn|error|localhost)$/i;

function isWorthMasking(value: string): boolean {
  const text = value.trim();
  return text.length >= 3 && !COMMON.test(text);
}

/** Of a value of several lines: no bracket, no `"a": 1,` and no first line of a PEM file, which stand in much else. */
function isTellingLine(line: string): boolean {
  const text = line.trim();
  const bare = text.replace(/^\W+|\W+$/g, "");
  if (ARMOUR.test(text) || COMMON.test(bare)) return false;
  return bare.length >= 8 || (bare.length >= 5 && /[a-z]/i.test(bare) && /\d/.test(bare));
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

/** docker refuses a file with a line of 64 KiB (its reader's buffer). */
const MOST_OF_LINE = 64 * 1024 - 1;

/** docker --env-file takes the rest of the line as it is: it has no way to write a line break. */
function oneLine(name: string, value: string): string {
  const length = Buffer.byteLength(`${name}=${value}`);
  if (length > MOST_OF_LINE)
    throw new EnvsealError("BAD_VALUE", `docker --env-file takes lines of at most 65,535 bytes, and that of ${name} has ${length}`, {
      hint: "mount it as a file, or start the app with envseal run or the loader",
    });
  if (!/[\r\n]/.test(value)) return value;
  throw new EnvsealError("BAD_VALUE", `docker --env-file cannot hold the line breaks in ${name}`, {
    hint: "mount it as a file, or start the app with envseal run or the loader",
  });
}

/**
 * For `env_file:` of a compose file. In single quotes compose takes all as it is; a quote or a backslash there depends on what
 * comes after it, so those go into double quotes, in which `$` is doubled: compose would put variables in place of it.
 */
function composeQuoted(value: string): string {
  return /['\\]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&").replaceAll("$", "$$$$")}"` : `'${value}'`;
}

function composeName(name: string): string {
  if (/^[A-Za-z_][\w.-]*$/.test(name)) return name;
  throw new EnvsealError("BAD_NAME", `compose leaves out ${name}, a name that begins with a digit`, {
    hint: "choose another format (docker, with format: raw in the compose file), or rename it",
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
