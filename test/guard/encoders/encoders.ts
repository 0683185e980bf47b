import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { inspect } from "node:util";
import { stringify } from "yaml";
import { BY_PROGRAMS, type Encoder } from "./programs.ts";

const every = (value: string, write: (letter: string) => string) => [...value].map(write).join("");
const hexOf = (letter: string, width: number) => (letter.codePointAt(0) as number).toString(16).padStart(width, "0");
const bytes = (value: string) => [...Buffer.from(value)];
const guarded = (value: string, signs: RegExp, before = "\\") => value.replace(signs, `${before}$&`);

/** What Node and the packages at hand write. */
export const IN_NODE: Record<string, Encoder> = {
  encodeURIComponent,
  encodeURI,
  "encodeURIComponent, lower case": (value) => encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase()),
  URLSearchParams: (value) => new URLSearchParams({ key: value }).toString(),
  "URL userinfo": (value) => Object.assign(new URL("postgres://u@host/db"), { password: value }).href,
  "URL path": (value) => Object.assign(new URL("https://host/"), { pathname: value.replace(/[/\\%]/g, encodeURIComponent) }).href,
  "URL query": (value) => Object.assign(new URL("https://host/"), { search: value }).href,
  "URL fragment": (value) => Object.assign(new URL("https://host/"), { hash: value }).href,
  "escape of JavaScript": (value) => (globalThis as unknown as { escape: (text: string) => string }).escape(value),
  "every byte in percent": (value) =>
    bytes(value)
      .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
      .join(""),
  "JSON.stringify": (value) => JSON.stringify({ value }),
  "JSON.stringify, twice": (value) => JSON.stringify(JSON.stringify({ value })),
  "JSON for a page": (value) => JSON.stringify({ value }).replace(/[<>&'/\u2028\u2029]/g, (sign) => `\\u${hexOf(sign, 4).toUpperCase()}`),
  "JSON with slashes guarded": (value) => JSON.stringify({ value }).replaceAll("/", "\\/"),
  "JSON in base64": (value) => Buffer.from(JSON.stringify({ value })).toString("base64"),
  "JSON of wrapped base64": (value) =>
    JSON.stringify({
      data: (
        Buffer.from(`${"x".repeat(40)}${value}${"y".repeat(60)}`)
          .toString("base64")
          .match(/.{1,64}/g) ?? []
      ).join("\n"),
    }),
  "util.inspect": (value) => inspect({ value }, { breakLength: Infinity }),
  "\\u of every letter": (value) =>
    every(value, (letter) =>
      letter
        .split("")
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
        .join(""),
    ),
  "\\u{} of every letter": (value) => every(value, (letter) => `\\u{${hexOf(letter, 1)}}`),
  "\\x of every byte": (value) =>
    bytes(value)
      .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`)
      .join(""),
  "\\x of signs": (value) =>
    every(value, (letter) =>
      /[\w]/.test(letter)
        ? letter
        : bytes(letter)
            .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`)
            .join(""),
    ),
  "octal of every byte": (value) =>
    bytes(value)
      .map((byte) => `\\${byte.toString(8).padStart(3, "0")}`)
      .join(""),
  "\\U of every letter": (value) => every(value, (letter) => `\\U${hexOf(letter, 8)}`),
  "Node's Buffer in JSON": (value) => JSON.stringify(Buffer.from(value)),
  "Node's Buffer, inspected": (value) => inspect(Buffer.from(value), { maxArrayLength: null }).slice(0, 8 + 50 * 3),
  "a Uint8Array, inspected": (value) => inspect(new Uint8Array(Buffer.from(value)), { maxArrayLength: null }),
  "0x array of four a line": (value) =>
    (
      bytes(value)
        .map((byte) => `0x${byte.toString(16)}`)
        .join(", ")
        .match(/(?:\S+ ?){1,4}/g) ?? []
    ).join("\n    "),
  "numeric entities": (value) => every(value, (letter) => `&#${letter.codePointAt(0)};`),
  "hexadecimal entities": (value) => every(value, (letter) => `&#x${hexOf(letter, 1).toUpperCase()};`),
  "entities of signs, by name": (value) => value.replace(/[&<>"'$%!()*+,./:;=?@[\\\]^_`{|}#]/g, (sign) => `&${NAMES[sign]};`),
  Markdown: (value) => guarded(value, /[\\`*_{}[\]()#+\-.!~|<>]/g),
  LaTeX: (value) => value.replace(/[\\~^&%$#_{}]/g, (sign) => LATEX[sign] ?? `\\${sign}`),
  "a regular expression": (value) => guarded(value, /[.*+?^${}()|[\]\\/-]/g),
  PDF: (value) => guarded(value, /[()\\]/g),
  RTF: (value) => every(value, (letter) => (/[\\{}]/.test(letter) ? `\\${letter}` : letter > "~" ? `\\u${letter.charCodeAt(0)}?` : letter)),
  "RTF, bytes": (value) =>
    every(value, (letter) => (/[\\{}]/.test(letter) ? `\\${letter}` : letter > "~" ? `\\'${hexOf(letter, 2)}` : letter)),
  "CSS.escape": (value) => every(value, (letter) => (/[\w-]|[^ -~]/.test(letter) ? letter : `\\${letter}`)),
  "CSS, by number": (value) => every(value, (letter) => (/\w/.test(letter) ? letter : `\\${hexOf(letter, 1)} `)),
  "CSS, six digits": (value) => every(value, (letter) => `\\${hexOf(letter, 6)}`),
  ".properties": (value) =>
    every(value, (letter) => (/[:=#! \\]/.test(letter) ? `\\${letter}` : letter > "~" ? `\\u${hexOf(letter, 4)}` : letter)),
  YAML: (value) => stringify({ value }),
  "YAML, double quotes": (value) => stringify({ value }, { defaultStringType: "QUOTE_DOUBLE", lineWidth: 0 }),
  "YAML, double quotes, folded": (value) =>
    stringify({ value: `some words ${value}` }, { defaultStringType: "QUOTE_DOUBLE", lineWidth: 30, doubleQuotedMinMultiLineLength: 10 }),
  "YAML, single quotes": (value) => stringify({ value }, { defaultStringType: "QUOTE_SINGLE", lineWidth: 0 }),
  SQL: (value) => `'${value.replaceAll("'", "''")}'`,
  CSV: (value) => `a,"${value.replaceAll('"', '""')}",b`,
  "Compose and Make": (value) => value.replaceAll("$", "$$$$"),
  "a batch file": (value) => value.replaceAll("%", "%%"),
  "single quotes of the shell": (value) => `'${value.replaceAll("'", `'\\''`)}'`,
  "double quotes of the shell": (value) => `"${guarded(value, /["$`\\]/g)}"`,
  "zero-width letters between": (value) => [...value].join("\u200b"),
  "a byte order mark within": (value) => `${value.slice(0, 5)}\ufeff${value.slice(5)}`,
  "soft hyphens": (value) => `${value.slice(0, 3)}\u00ad${value.slice(3)}`,
  "UTF-16 in base64": (value) => Buffer.from(value, "utf16le").toString("base64"),
  "hex in capitals": (value) => Buffer.from(value).toString("hex").toUpperCase(),
  "Latin-1": (value) => Buffer.from(value, "latin1"),
  ...BY_PROGRAMS,
};

const NAMES: Record<string, string> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
  $: "dollar",
  "%": "percnt",
  "!": "excl",
  "(": "lpar",
  ")": "rpar",
  "*": "ast",
  "+": "plus",
  ",": "comma",
  ".": "period",
  "/": "sol",
  ":": "colon",
  ";": "semi",
  "=": "equals",
  "?": "quest",
  "@": "commat",
  "[": "lsqb",
  "\\": "bsol",
  "]": "rsqb",
  "^": "Hat",
  _: "lowbar",
  "`": "grave",
  "{": "lcub",
  "|": "verbar",
  "}": "rcub",
  "#": "num",
};
const LATEX: Record<string, string> = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" };

/** Programs that write what they read: each with its arguments, and whether it is here. */
const COMMANDS: Record<string, readonly [string, ...string[]]> = {
  xxd: ["xxd"],
  "xxd -g1": ["xxd", "-g1"],
  "xxd -p": ["xxd", "-p"],
  "xxd -i": ["xxd", "-i"],
  "xxd -e": ["xxd", "-e"],
  hexdump: ["hexdump"],
  "hexdump -C": ["hexdump", "-C"],
  "hexdump -x": ["hexdump", "-x"],
  "hexdump -b": ["hexdump", "-b"],
  od: ["od"],
  "od -tx1": ["od", "-tx1"],
  "od -tx1z": ["od", "-tx1z"],
  "od -An -tx1": ["od", "-An", "-tx1"],
  "od -tx2": ["od", "-tx2"],
  "od -tx4": ["od", "-tx4"],
  "od -b": ["od", "-b"],
  "od -tu1": ["od", "-tu1"],
  "od -c": ["od", "-c"],
  "base64 of coreutils": ["base64"],
  "base64 in lines of 20": ["base64", "-w20"],
  "base32 of coreutils": ["base32"],
};

export function byCommands(values: readonly string[]): Map<string, Buffer[]> {
  const found = new Map<string, Buffer[]>();
  for (const [name, [command, ...args]] of Object.entries(COMMANDS)) {
    const texts = values.map((value) => spawnSync(command, args, { input: `some text before it: ${value}\n` }));
    if (texts.every(({ status }) => status === 0))
      found.set(
        name,
        texts.map(({ stdout }) => stdout),
      );
  }
  const shell = values.map((value) => spawnSync("bash", ["-c", 'printf "%q" "$1"', "bash", value]));
  if (shell.every(({ status }) => status === 0))
    found.set(
      "printf %q",
      shell.map(({ stdout }) => stdout),
    );
  const atQ = values.map((value) => spawnSync("bash", ["-c", 'printf %s "${1@Q}"', "bash", value]));
  if (atQ.every(({ status }) => status === 0))
    found.set(
      "@Q of bash",
      atQ.map(({ stdout }) => stdout),
    );
  return found;
}

const python = ["python3", "/usr/bin/python3"].find((name) => spawnSync(name, ["-c", ""]).status === 0);
export const pythonNotice = python === undefined ? " (skipped: needs python3)" : "";

/** What encoders of Python's own library write of each value, by name. */
export function byPython(values: readonly string[]): Map<string, Buffer[]> {
  if (python === undefined) return new Map();
  const { stdout, stderr, status } = spawnSync(python, ["-B", join(import.meta.dirname, "encode.py")], { input: JSON.stringify(values) });
  if (status !== 0) throw new Error(stderr.toString());
  const made: Record<string, string[]> = JSON.parse(stdout.toString());
  return new Map(Object.entries(made).map(([name, texts]) => [name, texts.map((text) => Buffer.from(text, "base64"))]));
}
