import { fromUtf8 } from "../core/bytes.ts";
import { MANIFEST_NAME, parseManifest } from "../core/manifest.ts";
import { classifyFile } from "../core/names.ts";
import { parseVault } from "../core/vault.ts";
import { EnvsealError, type ErrorCode, isEnvsealError } from "../errors.ts";
import { secretInDotenv } from "./dotenv-content.ts";
import type { Finding, RuleId } from "./finding.ts";

/** The last two are what editors leave beside the file that they write, with all that it held. */
const PLAINTEXT_NAMES = /^(\.envrc|\.dev\.vars|\.flaskenv|.+\.env|\.env~|#\.env#)$/is;

/** True where a folder's listing may hold the name of a plaintext file; false where it surely holds none. */
export function mayNamePlaintext(listing: Buffer): boolean {
  return /env|\.dev\.vars/i.test(listing.toString("latin1"));
}

/** What is wrong with one file as git would record it. Needs no key. */
export function inspectFile(path: string, content: Uint8Array): Finding[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const kind = classifyFile(name.toLowerCase());
  if (kind?.kind === "vault" || (kind?.kind === "misspelt" && name.endsWith(".vault")))
    return inspectText(path, content, "broken-vault", "MALFORMED_VAULT", (text) => parseVault(text, path));
  if (name === MANIFEST_NAME)
    return inspectText(path, content, "broken-manifest", "MALFORMED_MANIFEST", (text) => parseManifest(text, path));
  if (!isPlaintext(name, kind?.kind)) return inspectContent(path, content);
  return [
    {
      rule: "plaintext-file",
      path,
      message: `${path} holds environment variables in clear`,
      fix: `git rm --cached ${path}, and ignore it${kind?.kind === "plaintext" ? " (envseal init does); its vault takes its place: envseal encrypt" : ""}`,
    },
  ];
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
      fix: `git rm --cached ${path}, ignore it, and put its secrets into a vault: envseal set ${name}`,
    },
  ];
}

function isPlaintext(name: string, kind: string | undefined): boolean {
  if (kind === "plaintext" || kind === "personal" || kind === "misspelt") return true;
  if (name.toLowerCase() === ".env.keys") return true;
  return PLAINTEXT_NAMES.test(name);
}

function inspectText(path: string, content: Uint8Array, rule: RuleId, code: ErrorCode, parse: (text: string) => unknown): Finding[] {
  try {
    const text = fromUtf8(content);
    if (text === null) throw new EnvsealError(code, `${path} is not valid UTF-8`);
    parse(text);
    return [];
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return [{ rule, path, message: error.message, fix: error.hint ?? "take the file from git again" }];
  }
}
