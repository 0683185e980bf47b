import { aeadOpen } from "#crypto";
import { parseDocument, valuesOf } from "../../../core/vault/document.ts";
import { EnvsealError } from "../../../errors.ts";
import { padded } from "./base64.ts";
import { damaged, type Imported, type KeyText, refuseUnfit, wrongFormat } from "./imported.ts";

/**
 * `.env.vault` of dotenv-vault, as dotenv 16.1 to 17 read it: DOTENV_VAULT_<ENVIRONMENT>="<base64>" of nonce (12) ‖ ciphertext ‖
 * tag (16), AES-256-GCM, a whole env file. DOTENV_KEY is a comma list of
 * `dotenv://:key_<64 hex>@dotenv.org/vault/.env.vault?environment=production`; the first that opens counts.
 */
export interface OpenedDotenvVault extends Imported {
  /** As the key says, in lower case. */
  environment: string;
}

/**
 * @param environment the one that is wanted, where the list is of several
 * @throws WRONG_FORMAT, CONFLICT_MARKERS, MALFORMED_DOTENV, MALFORMED_KEY, UNKNOWN_ENVIRONMENT, WRONG_KEY, TAMPERED
 */
export function openDotenvVault(bytes: Uint8Array, { text, source }: KeyText, label: string, environment?: string): OpenedDotenvVault {
  refuseUnfit(bytes, label);
  const vault = readVault(bytes, label);
  const keys = text.split(",").flatMap((part) => parseKey(part.trim()) ?? []);
  if (keys.length === 0) {
    throw new EnvsealError("MALFORMED_KEY", `${source} holds no key of dotenv-vault`, {
      hint: "it looks like dotenv://:key_…@dotenv.org/vault/.env.vault?environment=production, with 64 hex digits; npx dotenv-vault keys prints it",
    });
  }
  const named = environment?.replaceAll("-", "_");
  const wanted = keys.filter((key) => named === undefined || key.environment === named);
  if (named !== undefined && wanted.length === 0 && vault.has(named)) {
    throw new EnvsealError(
      "WRONG_KEY",
      `${source} is for ${environmentsOf(keys)}, and -e asks for ${environment}, which ${label} has too`,
      {
        hint: `set DOTENV_KEY to the key of ${environment}: npx dotenv-vault keys ${environment}`,
      },
    );
  }
  const held = (wanted.length > 0 ? wanted : keys).filter((key) => vault.has(key.environment));
  if (held.length === 0) {
    throw new EnvsealError("UNKNOWN_ENVIRONMENT", `${label} has no environment ${environmentsOf(keys)}`, {
      hint: `it has: ${[...vault.keys()].join(", ")}`,
    });
  }
  for (const key of held) {
    const plain = open(vault.get(key.environment) as string, key, label);
    if (plain === null) continue;
    const { document, warnings } = parseDocument(plain, `${label} (${key.environment})`);
    const other = named !== undefined && key.environment !== named ? [`${label}: these are the values of ${key.environment}`] : [];
    const told = warnings.map(({ line, message }) => `${label} line ${line}: ${message}`);
    return { document, environment: key.environment, warnings: [...other, ...told] };
  }
  throw new EnvsealError("WRONG_KEY", `${source} does not open ${held[0]?.environment} in ${label}`, {
    hint: "a key of an older build opens that build's file: take both from one commit; or the file was damaged (git log tells who changed it)",
  });
}

/** Environment in lower case → base64. */
function readVault(bytes: Uint8Array, label: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of valuesOf(parseDocument(bytes, label).document)) {
    const environment = /^DOTENV_VAULT_(\w+)$/.exec(name)?.[1];
    if (environment !== undefined && !environment.endsWith("_VERSION") && value !== "") found.set(environment.toLowerCase(), value);
  }
  if (found.size > 0) return found;
  const ours = Buffer.from(bytes.subarray(0, 16)).toString("latin1").startsWith("# envseal:");
  throw ours
    ? wrongFormat(`${label} is a vault of envseal already`, "there is nothing to import; envseal status shows it")
    : wrongFormat(`${label} is no vault of dotenv-vault: it has no DOTENV_VAULT_… value`, "name the .env.vault that dotenv-vault built");
}

interface Key {
  environment: string;
  secret: Uint8Array;
}

function environmentsOf(keys: readonly Key[]): string {
  return [...new Set(keys.map((key) => key.environment))].join(", ");
}

/** dotenv takes the last 64 characters of the password as hex, whatever stands before them. */
function parseKey(text: string): Key | null {
  if (text.length > 4096 || !URL.canParse(text)) return null;
  const { password, searchParams } = new URL(text);
  const environment = searchParams.get("environment") ?? "";
  const hex = /[0-9a-fA-F]{64}$/.exec(password)?.[0];
  if (hex === undefined || !/^\w{1,64}$/.test(environment)) return null;
  return { environment: environment.toLowerCase(), secret: new Uint8Array(Buffer.from(hex, "hex")) };
}

function open(base64: string, { environment, secret }: Key, label: string): Uint8Array | null {
  const sealed = padded(base64.replace(/\s+/g, ""));
  if (sealed === null || sealed.length < 28) {
    throw damaged(`${label}: DOTENV_VAULT_${environment.toUpperCase()} is damaged: it is no base64 of a sealed file`);
  }
  return aeadOpen(secret, sealed.subarray(0, 12), sealed.subarray(12), new Uint8Array(0));
}
