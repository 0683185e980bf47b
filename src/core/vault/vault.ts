import { EnvsealError } from "../../errors.ts";
import { isLongerThan, MAX_LINE_BYTES, MAX_ROWS, MAX_VAULT_BYTES } from "../limits.ts";
import { isEnvironment, isVariableName } from "../names.ts";
import { parseToken, type Token } from "./token.ts";

export interface VaultAssignment {
  kind: "assignment";
  name: string;
  /** The value in clear, where the line shows one. */
  shown: string | undefined;
  token: Token;
  line: number;
}

export type VaultLine = VaultAssignment | { kind: "comment"; token: Token; line: number } | { kind: "blank"; line: number };

/** A vault file, taken apart but not opened. */
export interface Vault {
  environment: string;
  /** 12 bytes as b64u. */
  id: string;
  lines: VaultLine[];
  end: Token;
  endLine: number;
}

/** 16 characters of an id are its 12 bytes, whichever they are. */
const HEADER = /^# envseal:([1-9]\d{0,8}) (\S{1,32}) ([A-Za-z0-9_-]{16})$/;
const CONFLICT = /^(<{7}|={7}|>{7}|\|{7})( |$)/;

/**
 * Reads a vault strictly (FORMAT.md section 2): CRLF and blank lines are accepted, and else nothing but what a writer writes.
 * @throws MALFORMED_VAULT, CONFLICT_MARKERS, UNSUPPORTED_FORMAT, each with a line number and no text of the file
 */
export function parseVault(text: string, label = "the vault"): Vault {
  if (isLongerThan(text, MAX_VAULT_BYTES)) throw malformed(label, 1, "the file is larger than 16 MiB");
  const reader = new VaultReader(label);
  const rows = text.split("\n", MAX_ROWS + 2);
  if (rows.length > MAX_ROWS + 1) throw malformed(label, MAX_ROWS + 1, `the file has more than ${MAX_ROWS} lines`);
  rows.forEach((row, index) => {
    const line = index + 1;
    const last = line === rows.length;
    if (last && row !== "") throw malformed(label, line, "the file does not end with a line end; it may have been cut off");
    reader.row(row.endsWith("\r") ? row.slice(0, -1) : row, line);
  });
  return reader.finish(rows.length);
}

class VaultReader {
  private header: { environment: string; id: string } | undefined;
  private readonly lines: VaultLine[] = [];
  private readonly names = new Map<string, number>();
  private end: { token: Token; line: number } | undefined;
  private readonly label: string;

  constructor(label: string) {
    this.label = label;
  }

  row(row: string, line: number): void {
    if (row === "") return;
    if (isLongerThan(row, MAX_LINE_BYTES)) throw malformed(this.label, line, "the line is longer than 2 MiB");
    if (this.header === undefined) this.header = readHeader(row, line, this.label);
    else this.add(parseVaultRow(row, line, this.label));
  }

  private add(row: VaultRow): void {
    if (this.end !== undefined) throw malformed(this.label, row.line, "there is text after the end line");
    if (row.kind === "end") this.end = row;
    else if (row.kind === "assignment") this.assignment(row);
    else this.lines.push(row);
  }

  finish(lastLine: number): Vault {
    if (this.header === undefined) throw malformed(this.label, 1, "the file is empty", "take it from git again");
    if (this.end === undefined) throw malformed(this.label, lastLine, "the end line is missing; the file was cut off");
    return { ...this.header, lines: this.lines, end: this.end.token, endLine: this.end.line };
  }

  private assignment(row: VaultAssignment): void {
    const { name, line } = row;
    const earlier = this.names.get(name);
    if (earlier !== undefined) {
      throw malformed(
        this.label,
        line,
        `${name} is set a second time (first on line ${earlier})`,
        "both sides of a merge may have added it: keep one of the two lines' blocks; or, with a complete plaintext, move the vault away and run: envseal encrypt",
      );
    }
    this.names.set(name, line);
    this.lines.push(row);
  }
}

/** A line of a vault below its header, or its end line. */
export type VaultRow = VaultLine | { kind: "end"; token: Token; line: number };

function refuseMarkers(row: string, line: number, label: string): void {
  if ("<=>|".includes(row[0] as string) && CONFLICT.test(row)) throw conflict(label, line);
}

/** One line by itself, neither blank nor the header. @throws MALFORMED_VAULT, CONFLICT_MARKERS */
export function parseVaultRow(row: string, line: number, label: string): VaultRow {
  refuseMarkers(row, line, label);
  if (row === "#") return { kind: "blank", line };
  if (row.startsWith("# ")) return { kind: "comment", token: readToken(row.slice(2), line, label), line };
  if (row.startsWith("#end ")) return { kind: "end", token: readToken(row.slice(5), line, label), line };
  const equals = row.indexOf("=");
  const name = row.slice(0, Math.max(equals, 0));
  if (!isVariableName(name)) throw malformed(label, line, "this is no line of a vault");
  const rest = row.slice(equals + 1);
  const split = rest.lastIndexOf(" # enc:");
  if (split === -1) return { kind: "assignment", name, shown: undefined, token: readToken(rest, line, label, name), line };
  const shown = readShown(rest.slice(0, split));
  if (shown === null) throw malformed(label, line, `the shown value of ${name} is not written as a vault writes it`);
  return { kind: "assignment", name, shown, token: readToken(rest.slice(split + 3), line, label, name), line };
}

function readToken(text: string, line: number, label: string, name?: string): Token {
  const token = parseToken(text);
  if (token !== null) return token;
  if (name === undefined) throw malformed(label, line, "this comment is not one that a vault holds");
  throw malformed(
    label,
    line,
    text.startsWith("enc:") ? `the token of ${name} is damaged` : `${name} has a plaintext value`,
    text.startsWith("enc:") ? "take the file from git again" : `take the file from git again, then: envseal set ${name}`,
  );
}

/** @throws MALFORMED_VAULT, UNSUPPORTED_FORMAT */
export function readHeader(row: string, line: number, label: string): { environment: string; id: string } {
  refuseMarkers(row, line, label);
  const match = HEADER.exec(row);
  if (match === null) throw notAVault(row, line, label);
  const [, format, environment, id] = match as unknown as [string, string, string, string];
  if (format !== "1") {
    throw new EnvsealError("UNSUPPORTED_FORMAT", `${label} line ${line}: vault format ${format} is newer than this release reads`, {
      hint: `install the newest envseal`,
    });
  }
  if (!isEnvironment(environment)) throw malformed(label, line, "the header is damaged");
  return { environment, id };
}

function notAVault(row: string, line: number, label: string): EnvsealError {
  const foreign = row.startsWith("#/---") || row.startsWith("DOTENV_VAULT");
  return malformed(
    label,
    line,
    foreign ? "this is a vault of dotenv-vault, not of envseal" : "the header of a vault is missing",
    foreign ? "move it away, then seal the plaintext: envseal init" : undefined,
  );
}

function malformed(
  label: string,
  line: number,
  what: string,
  hint = "take the file from git again (git log tells who changed it); where the plaintext is complete, move the vault away and run: envseal encrypt",
): EnvsealError {
  return new EnvsealError("MALFORMED_VAULT", `${label} line ${line}: ${what}`, { hint });
}

function conflict(label: string, line: number): EnvsealError {
  return new EnvsealError("CONFLICT_MARKERS", `${label} line ${line}: the file holds unresolved merge conflict markers`, {
    hint: "settle them name by name: envseal resolve; or keep one side of each conflict by hand, then run: envseal status",
  });
}

/** How a public value is shown: in the first kind of quote that fits, or undefined where none does and it stays secret. */
export function showValue(value: string): string | undefined {
  // Behind a backslash dotenv would look for a later quote, in the lines that follow.
  if (/[\r\n\u2028\u2029\0]|\\$/.test(value)) return undefined;
  if (!value.includes("'")) return `'${value}'`;
  if (!value.includes('"') && !value.includes("\\")) return `"${value}"`;
  return value.includes("`") ? undefined : `\`${value}\``;
}

function readShown(text: string): string | null {
  const value = text.slice(1, -1);
  return showValue(value) === text ? value : null;
}

/** The text of a vault file: FORMAT.md section 2, with LF and one final newline. */
export function serialiseVault({ environment, id, lines, end }: Pick<Vault, "environment" | "id" | "lines" | "end">): string {
  const rows = [`# envseal:1 ${environment} ${id}`];
  for (const line of lines) {
    if (line.kind === "blank") rows.push("#");
    else if (line.kind === "comment") rows.push(`# ${line.token.text}`);
    else rows.push(assignmentRow(line), "");
  }
  rows.push(`#end ${end.text}`, "");
  const text = rows.join("\n");
  const row = rows.find((row) => isLongerThan(row, MAX_LINE_BYTES));
  const many = rows.length > MAX_ROWS + 1;
  if (row === undefined && !many && !isLongerThan(text, MAX_VAULT_BYTES)) return text;
  const long = lines.find((line) => line.kind === "assignment" && row?.startsWith(`${line.name}=`));
  const what =
    long?.kind === "assignment" ? `the value of ${long.name} is too large` : `the file ${many ? "has too many lines" : "is too large"}`;
  throw new EnvsealError("BAD_VALUE", `${what} to be sealed`, {
    hint: `a line may have 2 MiB when sealed (about 1.5 MB of text), a vault 16 MiB and ${MAX_ROWS} lines; keep larger data elsewhere`,
  });
}

function assignmentRow({ name, shown, token }: VaultAssignment): string {
  return shown === undefined ? `${name}=${token.text}` : `${name}=${showValue(shown)} # ${token.text}`;
}
