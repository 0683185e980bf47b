import { fromUtf8 } from "../core/bytes.ts";
import { type AssignmentLine, parseDocument } from "../core/vault/document.ts";
import { isEnvsealError } from "../errors.ts";
import { isGitCrypt } from "./peers.ts";
import { isSecretName, weigh } from "./secret-likelihood.ts";

const ARMOUR = /^\s*-----BEGIN (PGP MESSAGE|AGE ENCRYPTED FILE)-----\r?\n(?:[\w-]+: .*\r?\n)*[\sA-Za-z0-9+/=]*-----END \1-----\s*$/;
const ANSIBLE = /^\$ANSIBLE_VAULT;[\d.]+;AES256(;[\w-]+)?\r?\n[0-9a-f\s]*$/;
/** `openssl enc -a`: base64 of `Salted__`, and nothing else. */
const OPENSSL_TEXT = /^U2FsdGVkX1[A-Za-z0-9+/\s]*={0,2}\s*$/;
const DOTENVX = /^encrypted:[A-Za-z0-9+/]{128,}={0,2}$/;
const SOPS = /^ENC\[AES256_GCM,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:\w+\]$/;
/** What the tools write next to their ciphertext in clear. */
const DOTENV_VAULT = /^DOTENV_VAULT_\w+$/;
/** Nonce, tag and at least a byte between them. */
const DOTENV_VAULT_VALUE = /^[A-Za-z0-9+/]{39,}={0,2}$/;
const OF_TOOLS = /^(DOTENV_PUBLIC_KEY\w*|sops_\w+)$/;
const COMMENTED = /^\s*#+\s*(?:export\s+)?([\w.-]+)\s*[=:]\s*(.*)$/;

/**
 * The tool that encrypted this file, all of it but what is plainly no secret; null where something of it stands in clear, or
 * nothing says that it is encrypted.
 */
export function sealedBy(content: Uint8Array): string | null {
  const text = fromUtf8(content);
  return text === null ? binary(content) : (wholeText(text) ?? json(text) ?? assignments(content));
}

/** What is text behind a header was put there by somebody else than the tool. */
function binary(content: Uint8Array): string | null {
  const start = Buffer.from(content.subarray(0, 32)).toString("latin1");
  if (isGitCrypt(content)) return "git-crypt";
  if (start.startsWith("age-encryption.org/v1\n")) return "age";
  return start.startsWith("Salted__") ? "openssl" : null;
}

function wholeText(text: string): string | null {
  const armour = ARMOUR.exec(text)?.[1];
  if (armour !== undefined) return armour.startsWith("PGP") ? "GnuPG" : "age";
  if (ANSIBLE.test(text)) return "Ansible Vault";
  return OPENSSL_TEXT.test(text) ? "openssl" : null;
}

/** SOPS keeps a file that it does not know in one value; Laravel's is base64 of three. */
function json(text: string): string | null {
  const value = parsed(text) ?? parsed(Buffer.from(text.trim(), "base64").toString());
  if (value === null) return null;
  const { sops, ...rest } = value;
  if (typeof sops === "object" && Object.values(rest).every((item) => typeof item === "string" && SOPS.test(item))) return "SOPS";
  const parts = ["iv", "value", "mac"].every((name) => /^[A-Za-z0-9+/=]+$/.test(String(value[name])));
  return parts && Object.keys(value).every((name) => ["iv", "value", "mac", "tag"].includes(name)) ? "Laravel" : null;
}

function parsed(text: string): Record<string, unknown> | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function assignments(content: Uint8Array): string | null {
  const found = assignmentsOf(content);
  if (found === null || !found.every(isSealedOrPlain)) return null;
  if (found.some(({ value }) => DOTENVX.test(value))) return "dotenvx";
  if (found.some(({ name, value }) => DOTENV_VAULT.test(name) && value !== "")) return "dotenv-vault";
  return found.some(({ value }) => SOPS.test(value)) ? "SOPS" : null;
}

function isSealedOrPlain({ name, value }: Pick<AssignmentLine, "name" | "value">): boolean {
  if (value === "" || OF_TOOLS.test(name) || DOTENVX.test(value) || SOPS.test(value)) return true;
  if (DOTENV_VAULT.test(name)) return DOTENV_VAULT_VALUE.test(value);
  return !isSecretName(name) && weigh(name, value) === null;
}

/** Those that are commented out, too; null where there is any other line. */
function assignmentsOf(content: Uint8Array): Pick<AssignmentLine, "name" | "value">[] | null {
  try {
    const { lines } = parseDocument(content).document;
    if (!lines.every(({ kind, raw }) => kind === "assignment" || /^\s*(#|$)/.test(raw))) return null;
    return lines.flatMap((line) => {
      if (line.kind === "assignment") return [line];
      const [, name, value = ""] = COMMENTED.exec(line.raw) ?? [];
      return name === undefined ? [] : [{ name, value: value.trim() }];
    });
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}
