import { fromUtf8 } from "../core/bytes.ts";
import { type AssignmentLine, parseDocument } from "../core/vault/document.ts";
import { isEnvsealError } from "../errors.ts";
import { isSecretName, partsOf, weigh } from "./secret-likelihood.ts";

/** Larger files of variables are rare, and each file of a commit is looked at. */
const MAX_BYTES = 64 << 10;
/** Blank and comment lines, and then a variable as people write it in such files. */
const STARTS = /^\uFEFF?(?:[^\S\r\n]*(?:#[^\r\n]*)?[\r\n])*[^\S\r\n]*(?:export[^\S\r\n]+)?[A-Z_][A-Z0-9_]*[^\S\r\n]*=/;
const CONVENTIONAL = /^[A-Z_][A-Z0-9_]*$/;
/** What shows what is to be filled in: `env.example`, `settings.dist.txt`. */
const TEMPLATE = /(^|[._-])(example|sample|template|dist|defaults)([._-]|$)/i;
/** Sealed by dotenvx, SOPS or this program. */
const SEALED = /^(encrypted:|ENC\[|enc:v\d)/;

/**
 * The first secret of a file of variables, whatever the file is called: one that is nothing but assignments to names in
 * capitals, blank lines and comments. Null where it is another file, a template, or none of its values is plainly a secret.
 */
export function secretInDotenv(path: string, content: Uint8Array): { name: string; line: number } | null {
  const first = content[0];
  // Most files are ruled out by their first byte: no capital, `_`, `#`, white space, `e` of export or byte order mark.
  if (first === undefined || !/[A-Z_#\s\xefe]/.test(String.fromCharCode(first))) return null;
  if (content.length > MAX_BYTES || TEMPLATE.test(path.slice(path.lastIndexOf("/") + 1))) return null;
  const text = fromUtf8(content);
  if (text === null || !STARTS.test(text)) return null;
  const assignments = assignmentsAlone(content);
  return assignments?.find(isSecret) ?? null;
}

/** Null where the file has any other line, or the same few names again and again. */
function assignmentsAlone(content: Uint8Array): AssignmentLine[] | null {
  try {
    const { lines } = parseDocument(content).document;
    const found = lines.filter((line) => line.kind === "assignment");
    const isWhole = lines.every(({ kind, raw }) => kind === "assignment" || /^\s*(#|$)/.test(raw));
    // Test vectors give `KEY` a hundred values.
    const isList = new Set(found.map(({ name }) => name)).size * 2 <= found.length && found.length > 1;
    return isWhole && !isList && found.every(({ name }) => CONVENTIONAL.test(name)) ? found : null;
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

function isSecret({ name, value }: AssignmentLine): boolean {
  if (SEALED.test(value) || /PUBLIC/.test(name)) return false;
  return weigh(name, value) === "block" && (isSecretName(name) || partsOf(value).length > 0);
}
