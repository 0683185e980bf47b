import { fromUtf8 } from "../core/bytes.ts";
import { MANIFEST_NAME, parseManifest } from "../core/manifest.ts";
import { classifyFile } from "../core/names.ts";
import { parseVault } from "../core/vault.ts";
import { EnvsealError, type ErrorCode, isEnvsealError } from "../errors.ts";
import { shellWord } from "../printable.ts";
import { secretInDotenv } from "./dotenv-content.ts";
import type { Finding, RuleId } from "./finding.ts";

const PLAINTEXT_NAMES = /^(\.envrc|\.dev\.vars|\.flaskenv|.+\.env)$/is;
/** What editors leave beside the file that they write, with all that it held: `.env~`, `#.env#`, `..env.swp`. */
const LEFT_BY_EDITORS = [/^(.+)~$/s, /^#(.+)#$/s, /^(.+)\.sw[nop]$/is, /^\.(.+)\.sw[nop]$/is];

/** True where a folder's listing may hold the name of a plaintext file; false where it surely holds none. */
export function mayNamePlaintext(listing: Buffer): boolean {
  return /env|\.dev\.vars/i.test(listing.toString("latin1"));
}

/** What is wrong with one file as git would record it. Needs no key. */
export function inspectFile(path: string, content: Uint8Array): Finding[] {
  const told = tellOf(path);
  if (told.form !== null) return inspectText(path, content, told.form);
  return told.isPlaintext ? [plaintextFile(path, told)] : inspectContent(path, content);
}

/** What is wrong with a file for its name alone. */
export function inspectName(path: string): Finding[] {
  const told = tellOf(path);
  return told.isPlaintext ? [plaintextFile(path, told)] : [];
}

/** What is wrong with a file of over 16 MiB: no vault and no manifest has as much. */
export function inspectLarge(path: string): Finding[] {
  const { form } = tellOf(path);
  if (form === null) return inspectName(path);
  return [{ rule: form.rule, path, message: `${path} is larger than 16 MiB`, fix: "take the file from git again" }];
}

interface Form {
  rule: RuleId;
  code: ErrorCode;
  parse: (text: string, path: string) => unknown;
}

const VAULT: Form = { rule: "broken-vault", code: "MALFORMED_VAULT", parse: parseVault };
const MANIFEST: Form = { rule: "broken-manifest", code: "MALFORMED_MANIFEST", parse: parseManifest };

/** What a file's name tells of it. */
interface Told {
  kind: string | undefined;
  /** What a file of that name has to be; null where it may be anything. */
  form: Form | null;
  isPlaintext: boolean;
}

function tellOf(path: string): Told {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const kind = classifyFile(name.toLowerCase())?.kind;
  const isVault = kind === "vault" || (kind === "misspelt" && name.endsWith(".vault"));
  const form = isVault ? VAULT : name === MANIFEST_NAME ? MANIFEST : null;
  return { kind, form, isPlaintext: form === null && isPlaintext(name, kind) };
}

function plaintextFile(path: string, { kind }: Told): Finding {
  return {
    rule: "plaintext-file",
    path,
    message: `${path} holds environment variables in clear`,
    fix: `git rm --cached ${shellWord(path)}, and ignore it${kind === "plaintext" ? " (envseal init does); its vault takes its place: envseal encrypt" : ""}`,
  };
}

function inspectContent(path: string, content: Uint8Array): Finding[] {
  const secret = secretInDotenv(path, content);
  if (secret === null) return [];
  const { name, line } = secret;
  return [
    {
      rule: "plaintext-file",
      path,
      name,
      line,
      message: `${path} is a file of environment variables, whatever its name, and line ${line} gives ${name} in clear`,
      fix: `git rm --cached ${shellWord(path)}, ignore it, and put its secrets into a vault: envseal set ${name}`,
    },
  ];
}

function isPlaintext(name: string, kind: string | undefined): boolean {
  const left = LEFT_BY_EDITORS.flatMap((form) => form.exec(name)?.[1] ?? []);
  return left.length === 0 ? isPlaintextName(name, kind) : left.some((of) => isPlaintextName(of, classifyFile(of.toLowerCase())?.kind));
}

function isPlaintextName(name: string, kind: string | undefined): boolean {
  if (kind === "plaintext" || kind === "personal" || kind === "misspelt") return true;
  if (name.toLowerCase() === ".env.keys") return true;
  return PLAINTEXT_NAMES.test(name);
}

function inspectText(path: string, content: Uint8Array, { rule, code, parse }: Form): Finding[] {
  try {
    const text = fromUtf8(content);
    if (text === null) throw new EnvsealError(code, `${path} is not valid UTF-8`);
    parse(text, path);
    return [];
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return [{ rule, path, message: error.message, fix: error.hint ?? "take the file from git again" }];
  }
}
