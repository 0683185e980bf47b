/** What a value looks like where a program has written it. */
export type Encoder = (value: string) => string | Buffer;

const bytes = (value: string | Buffer) => [...Buffer.from(value as string)];
const hex = (byte: number, width = 2) => byte.toString(16).padStart(width, "0");
const every = (value: string, between: string, write: (byte: number) => string) => bytes(value).map(write).join(between);
const letters = (value: string, between: string, write: (letter: string) => string) => [...value].map(write).join(between);
const rows = <Item>(items: readonly Item[], width: number) =>
  Array.from({ length: Math.ceil(items.length / width) }, (_none, row) => items.slice(row * width, (row + 1) * width));
const seen = (row: readonly number[]) => row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
/** Lines of a dump: what begins each, its numbers, and what they look like. */
const dump = (value: string, width: number, line: (row: number[], offset: number) => string) =>
  rows(bytes(value), width)
    .map((row, index) => line(row, index * width))
    .join("\n");
const halves = (row: number[], between: string) =>
  [row.slice(0, 8), row.slice(8)]
    .filter(({ length }) => length > 0)
    .map((half) => half.map((byte) => hex(byte)).join(" "))
    .join(between)
    .padEnd(47);
const folded = (value: string, width: number, between: string) =>
  Buffer.concat(rows(bytes(value), width).flatMap((row, index) => [Buffer.from(index === 0 ? "" : between), Buffer.from(row)]));
const sum = (row: readonly number[]) => row.reduce((total, byte) => total + byte, 0);
const inQuotes = (letter: string) => (/['\\]/.test(letter) ? `'\\${letter}'` : `'${letter}'`);
const registry = (data: Buffer) =>
  rows(every(data as never, ",", (byte) => hex(byte)).split(","), 22)
    .map((row) => row.join(","))
    .join(",\\\r\n  ");
const padded = (value: string, width: number) => Buffer.concat([Buffer.from(value), Buffer.alloc(width)]).toString();

/** As compilers, debuggers, shells and other programs write it that are not here. */
export const BY_PROGRAMS: Record<string, Encoder> = {
  "casts of Java": (value) => every(value, ", ", (byte) => `(byte)0x${hex(byte)}`),
  "casts of Java, in decimal": (value) => every(value, ", ", (byte) => `(byte) ${byte}`),
  "unsigned numbers of C": (value) => every(value, ", ", (byte) => `0x${hex(byte)}u`),
  "bytes of Rust": (value) => every(value, ", ", (byte) => `0x${hex(byte)}_u8`),
  "bytes of Rust, in decimal": (value) => every(value, ", ", (byte) => `${byte}u8`),
  "bytes of Kotlin": (value) => every(value, ", ", (byte) => `0x${hex(byte)}.toByte()`),
  "bytes of an assembler": (value) => every(value, "\n\t", (byte) => `.byte 0x${hex(byte)}`),
  "bytes of an assembler, with an h": (value) => every(value, ", ", (byte) => `0${hex(byte)}h`),
  "an array of C with what it looks like": (value) =>
    dump(value, 8, (row) => `  ${row.map((byte) => `0x${hex(byte)}`).join(", ")}, /* ${seen(row)} */`),
  "an array of C with offsets": (value) =>
    dump(value, 8, (row, at) => `  /* ${hex(at, 4)} */ ${row.map((byte) => `0x${hex(byte)},`).join(" ")}`),
  "characters of PowerShell": (value) => every(value, "+", (byte) => `[char]0x${hex(byte)}`),
  "characters of SQL": (value) => `CHAR(${every(value, ",", String)})`,
  "characters of SQL, added": (value) => every(value, "+", (byte) => `CHAR(${byte})`),
  "calls of chr": (value) => every(value, " . ", (byte) => `chr(${byte})`),
  "characters of Pascal": (value) => every(value, "", (byte) => `#${byte}`),
  "hex of Pascal": (value) => every(value, ", ", (byte) => `$${hex(byte).toUpperCase()}`),
  "hex of Basic": (value) => every(value, ", ", (byte) => `&H${hex(byte).toUpperCase()}`),
  "octal of JavaScript": (value) => every(value, ", ", (byte) => `0o${byte.toString(8)}`),
  "octal of C": (value) => every(value, ", ", (byte) => `0${byte.toString(8)}`),
  "numbers with a fraction of zero": (value) => every(value, ", ", (byte) => `${byte}.0`),
  "a Uint8Array in JSON": (value) => JSON.stringify(Uint8Array.from(bytes(value))),
  "print_r of PHP": (value) =>
    `Array\n(\n${bytes(value)
      .map((byte, at) => `    [${at}] => ${byte}`)
      .join("\n")}\n)`,
  "raw vectors of R": (value) => dump(value, 10, (row, at) => ` [${at + 1}] ${row.map((byte) => hex(byte)).join(" ")}`),
  "words of 64 bits": (value) =>
    rows(bytes(padded(value, 8)), 8)
      .map(
        (row) =>
          `0x${[...row]
            .reverse()
            .map((byte) => hex(byte))
            .join("")}`,
      )
      .slice(0, Math.ceil(Buffer.byteLength(value) / 8))
      .join(", "),
  "an array of characters": (value) => `{${letters(value, ", ", inQuotes)}}`,
  "letters in JSON": (value) => JSON.stringify([...value]),
  "code points of Go": (value) => letters(value, " ", (letter) => `U+${hex(letter.codePointAt(0) as number, 4).toUpperCase()}`),
  "tcpdump -X": (value) =>
    dump(
      `E..4 a header  ${value}`,
      16,
      (row, at) =>
        `\t0x${hex(at, 4)}:  ${rows(row, 2)
          .map((pair) => pair.map((byte) => hex(byte)).join(""))
          .join(" ")
          .padEnd(39)}  ${seen(row)}`,
    ),
  "x/xb of gdb": (value) =>
    dump(value, 8, (row, at) => `0x5555555580${hex(at + 16)} <secret+${at}>:\t${row.map((byte) => `0x${hex(byte)}`).join("\t")}`),
  "memory read of lldb": (value) => dump(value, 16, (row, at) => `0x16fdff1${hex(at)}: ${halves(row, " ")}  ${seen(row)}`),
  "db of WinDbg": (value) => dump(value, 16, (row, at) => `00000000\`0000${hex(at + 0x1000, 4)}  ${halves(row, "-")}  ${seen(row)}`),
  "DEBUG of DOS": (value) =>
    dump(value, 16, (row, at) => `0B3F:${hex(at + 256, 4).toUpperCase()}  ${halves(row, "-").toUpperCase()}   ${seen(row)}`),
  "BIO_dump of OpenSSL": (value) => dump(value, 16, (row, at) => `    ${hex(at, 4)} - ${halves(row, "-")}   ${seen(row)}`),
  "hex.Dump of Go": (value) => dump(value, 16, (row, at) => `${hex(at, 8)}  ${halves(row, "  ")}  |${seen(row)}|`),
  "a registry file, hex": (value) => `"Key"=hex:${registry(Buffer.from(`some words ${value}`))}`,
  "a registry file, hex(2)": (value) => `"Key"=hex(2):${registry(Buffer.from(`${value}\0`, "utf16le"))}`,
  "a registry file in UTF-16, as it is saved": (value) =>
    Buffer.from(`\ufeff"Key"=hex(2):${registry(Buffer.from(`${value}\0`, "utf16le"))}\r\n`, "utf16le"),
  "Intel HEX": (value) =>
    dump(`xxx${value}`, 16, (row, at) => {
      const line = [row.length, 0, at, 0, ...row];
      return `:${[...line, -sum(line) & 0xff].map((byte) => hex(byte).toUpperCase()).join("")}`;
    }),
  "S-records": (value) =>
    dump(`xxx${value}`, 16, (row, at) => {
      const line = [row.length + 3, 0, at, ...row];
      return `S1${[...line, ~sum(line) & 0xff].map((byte) => hex(byte).toUpperCase()).join("")}`;
    }),
  "escapes of Lua": (value) => every(value, "", (byte) => `\\${String(byte).padStart(3, "0")}`),
  "escapes of a zone file": (value) =>
    every(value, "", (byte) =>
      byte < 0x21 || byte > 0x7e ? `\\${String(byte).padStart(3, "0")}` : String.fromCharCode(byte).replace(/["\\;]/, "\\$&"),
    ),
  "a percent of a percent": (value) => encodeURIComponent(encodeURIComponent(value)),
  "a percent of a percent of a percent": (value) => encodeURIComponent(encodeURIComponent(encodeURIComponent(value))),
  "backticks of PowerShell": (value) => value.replace(/[`"$]/g, "`$&"),
  "carets of cmd": (value) => value.replace(/[&<>|^"%()!]/g, "^$&"),
  "systemd-escape": (value) =>
    every(value, "", (byte) =>
      byte === 0x2f ? "-" : /[\w:.]/.test(String.fromCharCode(byte)) && byte < 0x80 ? String.fromCharCode(byte) : `\\x${hex(byte)}`,
    ),
  "names of XML": (value) => value.replace(/[^\w.-]/g, (letter) => `_x${hex(letter.charCodeAt(0), 4).toUpperCase()}_`),
  "cat -v": (value) => every(value, "", (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `M-${String.fromCharCode(byte & 0x7f)}`)),
  "lines of iCalendar and vCard": (value) => folded(`NOTE:${"x".repeat(60)}${value}`, 75, "\r\n "),
  "lines of LDIF": (value) => folded(`description: ${"x".repeat(58)}${value}`, 77, "\n "),
  "lines of LDIF, base64": (value) =>
    folded(`description:: ${Buffer.from(`${"x".repeat(58)}${value}${"y".repeat(40)}`).toString("base64")}`, 77, "\n "),
  "base64 in a block of YAML": (value) =>
    `data:\n  key: >-\n    ${(
      Buffer.from(`${"x".repeat(50)}${value}${"y".repeat(60)}`)
        .toString("base64")
        .match(/.{1,76}/g) ?? []
    ).join("\n    ")}`,
  "parts that a program joins": (value) => `"${value.slice(0, 7)}" + "${value.slice(7)}"`,
};
