import { fromUtf8 } from "../core/bytes.ts";
import { parseManifest } from "../core/manifest/manifest-text.ts";
import { classifyFile, type EnvFileKind, MANIFEST_NAME } from "../core/names.ts";
import { parseVault } from "../core/vault/vault.ts";
import { EnvsealError, type ErrorCode, isEnvsealError } from "../errors.ts";
import { shellWord } from "../printable.ts";
import { secretInDotenv } from "./dotenv-content.ts";
import type { Finding, RuleId } from "./finding.ts";
import { isPlaintextName, nameAsRead } from "./plaintext-names.ts";
import { sealedBy } from "./sealed.ts";

/** What is wrong with one file as git would record it. Needs no key. */
export function inspectFile(path: string, content: Uint8Array): Finding[] {
  const told = tellOf(path);
  if (told.form !== null) return inspectForm(path, content, told.form);
  if (!told.isPlaintext && told.kind !== "encrypted") return inspectContent(path, content);
  if (isBareDirenv(path, content)) return inspectContent(path, content);
  const tool = sealedBy(content);
  if (tool !== null) return [peerFile(path, tool)];
  // What is no text under such a name is encrypted in a way that is not known here.
  return told.isPlaintext || fromUtf8(content) !== null ? [plaintextFile(path, told)] : [];
}

/** `use flake`: direnv's file is a script, and projects share one that gives no variable. */
function isBareDirenv(path: string, content: Uint8Array): boolean {
  if (nameAsRead(path.slice(path.lastIndexOf("/") + 1)).toLowerCase() !== ".envrc") return false;
  const text = fromUtf8(content);
  return text !== null && text.trim() !== "" && !/(^|[\s;&|({"'`])[A-Za-z_]\w*\+?=/.test(text);
}

/** What is wrong with a symbolic link: all that git records of it is the text of its target. */
export function inspectLink(path: string, target: Uint8Array): Finding[] {
  const { form, isPlaintext } = tellOf(path);
  // No vault and no manifest is the text of a target.
  if (form !== null) return inspectForm(path, target, form);
  const isPath = !/[\r\n]|^\s*(export\s+)?[\w.-]+\s*=/.test(Buffer.from(target).toString("latin1"));
  if (isPath || !isPlaintext) return inspectContent(path, target);
  return [
    {
      rule: "env-link",
      path,
      message: `${path} is a symbolic link, and its target is no path: it holds variables`,
      fix: `git rm --cached ${shellWord(path)}, and put its secrets into a vault`,
    },
  ];
}

/** True where the name says so, or leaves it to the content. */
export function mayBePlaintext(path: string): boolean {
  const { kind, isPlaintext } = tellOf(path);
  return isPlaintext || kind === "encrypted";
}

/** What is wrong with a file for its name alone, where that says plaintext. */
export function inspectName(path: string): Finding[] {
  const told = tellOf(path);
  return told.isPlaintext ? [plaintextFile(path, told)] : [];
}

/**
 * A vault or manifest whose name has another spelling: macOS and Windows check it out over the file of the plain name, and no
 * check compares it with what that was before.
 */
export function inspectSpelling(path: string): Finding[] {
  const { form } = tellOf(path);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const plain = nameAsRead(name).toLowerCase();
  // No reader takes a misspelt one, in whatever spelling.
  if (form === null || name === plain || classifyFile(plain)?.kind === "misspelt") return [];
  return [
    {
      rule: form.rule,
      path,
      message: `${path} is ${plain} in another spelling: some systems write it over that file`,
      fix: `git rm --cached ${shellWord(path)}; if it is meant to be ${plain}, git mv it to that name`,
    },
  ];
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
  kind: EnvFileKind["kind"] | undefined;
  /** What a file of that name has to be; null where it may be anything. */
  form: Form | null;
  isPlaintext: boolean;
}

function tellOf(path: string): Told {
  const name = nameAsRead(path.slice(path.lastIndexOf("/") + 1));
  const kind = classifyFile(name.toLowerCase())?.kind;
  const isVault = kind === "vault" || (kind === "misspelt" && name.toLowerCase().endsWith(".vault"));
  const form = isVault ? VAULT : name.toLowerCase() === MANIFEST_NAME ? MANIFEST : null;
  return { kind, form, isPlaintext: form === null && isPlaintextName(name) };
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

/** Ciphertext is no plaintext; but its values are not searched for, and no vault of it is kept in step. */
function peerFile(path: string, tool: string): Finding {
  return {
    rule: "peer-file",
    path,
    level: "warning",
    message: `${path} is encrypted by ${tool}, and not looked into`,
    fix: `where envseal takes its place, import it (envseal help import), and git rm it; else let it through: envseal allow peer-file --path ${shellWord(path)} -e NAME --reason "why"`,
  };
}

function inspectForm(path: string, content: Uint8Array, form: Form): Finding[] {
  const broken = inspectText(path, content, form);
  return broken.length > 0 ? broken : inspectSpelling(path);
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
