import { unb64u } from "./bytes.ts";
import { MAX_ENVIRONMENTS, MAX_VAULTS, MAX_VERSION } from "./limits.ts";
import { classifyFile, isEnvironment, isRecipientName, isVariableName } from "./names.ts";
import { type Check, integer, list, object, oneOf, record, text, variants } from "./shape.ts";

export const bytes =
  (length: number, prefix = ""): Check =>
  (value, at) =>
    typeof value === "string" && value.startsWith(prefix) && unb64u(value.slice(prefix.length), length) !== null
      ? null
      : `${at} is not ${prefix === "" ? "" : `"${prefix}" and `}${length} bytes of base64url`;

const keyId = bytes(6);
const tag: Check = (value, at) => {
  const parts = typeof value === "string" ? value.split(":") : [];
  const fits = parts.length === 3 && parts[0] === "hmac" && keyId(parts[1], "") === null && bytes(32)(parts[2], "") === null;
  return fits ? null : `${at} is not a tag`;
};
const named =
  (accepts: (name: string) => boolean, what: string): Check =>
  (value, at) =>
    typeof value === "string" && accepts(value) ? null : `${at} is not ${what}`;

export const environmentName = named(isEnvironment, "an environment name");
export const recipientName = named(isRecipientName, "a recipient name");
const variableName = named(isVariableName, "a variable name");
/** Days that exist, from the year 1 on; the last line is the leap years'. */
const DAY =
  "(?!0000)(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))" +
  "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
const date = text(new RegExp(`^${DAY}$`), "a date");
const instant = text(new RegExp(`^${DAY}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\dZ$`), "an instant in UTC");
const note = text(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{0,500}$/u, "a line of at most 500 characters");
const state = oneOf("pre-active", "active", "suspended", "deactivated", "compromised", "destroyed");
const wrapped = named((value) => /^age:[\w-]{1,4096}$/.test(value) && unb64u(value.slice(4)) !== null, "an age file in base64url");
const sealed32 = bytes(12 + 32 + 16, "aead:");

/** FORMAT.md section 7: costs below the defaults are a downgrade, above the bounds (a second, 256 MiB) a denial of service. */
const scryptCost: Check = (value, at) => (value === 2 ** 17 || value === 2 ** 18 ? null : `${at} is neither 2^17 nor 2^18`);

const passphrase = {
  salt: bytes(16),
  sealed: sealed32,
  "hint?": note,
};
const kdfShape = variants("kdf", {
  scrypt: { kind: oneOf("passphrase"), n: scryptCost, r: integer(8, 16), p: integer(1, 2), ...passphrase },
  "pbkdf2-sha256": { kind: oneOf("passphrase"), iterations: integer(600_000, 2_000_000), ...passphrase },
});
/** Each bound alone would still let a file ask for four times the work of a backup. */
const bounded: Check = (value, at) => {
  const { n = 0, r = 0, p = 0 } = value as { n?: number; r?: number; p?: number };
  return n * r * p > 2 ** 21 ? `${at} asks for more than twice the default work` : null;
};
/** Of the manifest, and of the copy that a machine keeps. */
export const passphraseShape: Check = (value, at) => kdfShape(value, at) ?? bounded(value, at);
const otherCustody = variants("kind", {
  file: {},
  keychain: {},
  command: {},
  deploy: {},
  recovery: { "confirmed?": date },
  kms: { provider: note, key: note, sealed: wrapped },
});
const custody: Check = (value, at) =>
  (value as { kind?: unknown } | null)?.kind === "passphrase" ? passphraseShape(value, at) : otherCustody(value, at);

export const recipientAddress: Check = text(/^age1[02-9ac-hj-np-z]{58}$/, "an age X25519 recipient (age1… and 58 more characters)");

const recipient = object({
  recipient: recipientAddress,
  added: date,
  "custody?": custody,
});

const key = object({
  version: integer(1, MAX_VERSION),
  state,
  created: instant,
  commitment: bytes(32, "hkdf:"),
  reason: oneOf("created", "scheduled", "offboarding", "suspected", "compromised", "merge", "fence"),
  links: record(keyId, sealed32),
  history: list(object({ state, at: instant, "reason?": note })),
});

const allowance = object({ rule: note, "path?": note, "name?": note, reason: note, "expires?": date });

const environment = object({
  active: keyId,
  floor: keyId,
  keys: record(keyId, key),
  access: record(recipientName, object({ wrapped, tag })),
  public: list(text(/^[\w.*-]{1,256}$/, "a pattern of variable names")),
  required: list(variableName),
  allow: list(allowance),
  cryptoperiodDays: integer(1, 3650),
  tag,
});

/**
 * Relative to the manifest, with `/`, in NFC, never upwards. What Unicode has not assigned yet is let be: another Node
 * knows more of it, and one manifest must be good or bad for all.
 */
export function isVaultPath(path: string): boolean {
  const parts = path.split("/");
  return (
    path.length <= 1024 &&
    path === path.normalize("NFC") &&
    !/[\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(path) &&
    parts.every((part) => part !== "" && part !== "." && part !== "..") &&
    classifyFile(parts.at(-1) as string)?.kind === "vault"
  );
}

/** The shape of the whole manifest (schema/envseal.schema.json says the same; a test holds the two together). */
export const manifestShape: Check = object({
  envseal: integer(1, 1),
  project: bytes(12),
  recipients: record(recipientName, recipient),
  environments: record(environmentName, environment, MAX_ENVIRONMENTS),
  vaults: record(named(isVaultPath, "the path of a vault"), object({ environment: environmentName, id: bytes(12), tag }), MAX_VAULTS),
  "backup?": object({ verified: date }),
});
