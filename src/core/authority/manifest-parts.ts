import { isSigningKey } from "../../crypto/signing-key.ts";
import { unb64u } from "../bytes.ts";
import { MAX_VERSION } from "../limits.ts";
import { isEnvironment, isRecipientName, isVariableName } from "../names.ts";
import { type Check, integer, list, oneOf, record, text } from "../shape.ts";

/** The pieces that manifests, statements and records are described with. */

export const bytes =
  (length: number, prefix = ""): Check =>
  (value, at) =>
    typeof value === "string" && value.startsWith(prefix) && unb64u(value.slice(prefix.length), length) !== null
      ? null
      : `${at} is not ${prefix === "" ? "" : `"${prefix}" and `}${length} bytes of base64url`;

export const keyId = bytes(6);
export const tag: Check = (value, at) => {
  const parts = typeof value === "string" ? value.split(":") : [];
  const fits = parts.length === 3 && parts[0] === "hmac" && keyId(parts[1], "") === null && bytes(32)(parts[2], "") === null;
  return fits ? null : `${at} is not a tag`;
};
export const named =
  (accepts: (name: string) => boolean, what: string): Check =>
  (value, at) =>
    typeof value === "string" && accepts(value) ? null : `${at} is not ${what}`;

export const environmentName = named(isEnvironment, "an environment name");
export const recipientName = named(isRecipientName, "a recipient name");
export const variableName = named(isVariableName, "a variable name");
/** Days that exist, from the year 1 on; the last line is the leap years'. */
const DAY =
  "(?!0000)(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))" +
  "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
export const date = text(new RegExp(`^${DAY}$`), "a date");
export const instant = text(new RegExp(`^${DAY}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\dZ$`), "an instant in UTC");
export const note = text(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{0,500}$/u, "a line of at most 500 characters");
export const state = oneOf("pre-active", "active", "suspended", "deactivated", "compromised", "destroyed");
export const wrapped = named((value) => /^age:[\w-]{1,4096}$/.test(value) && unb64u(value.slice(4)) !== null, "an age file in base64url");
export const sealed32 = bytes(12 + 32 + 16, "aead:");

export const recipientAddress: Check = text(/^age1[02-9ac-hj-np-z]{58}$/, "an age X25519 recipient (age1… and 58 more characters)");

/** An Ed25519 key under which one signature is good for one message: points of small order are refused. */
export const signer: Check = (value, at) => {
  const key = typeof value === "string" && value.startsWith("ed25519:") ? unb64u(value.slice("ed25519:".length)) : null;
  return key !== null && isSigningKey(key) ? null : `${at} is not "ed25519:" and a signing key in base64url`;
};

export const revision = integer(1, MAX_VERSION);
export const version = integer(1, MAX_VERSION);

/** One signature. Several would need a rule for how many count; none has one yet. */
export const signatures: Check = (value, at) =>
  record(recipientName, bytes(64, "ed25519:"))(value, at) ??
  (Object.keys(value as object).length === 1 ? null : `${at} has not exactly one member`);

/** Texts in order, none twice: two lists of the same items are the same bytes. */
export const sortedList =
  (item: Check, min: number, max: number): Check =>
  (value, at) => {
    const problem = list(item)(value, at);
    if (problem !== null) return problem;
    const texts = value as string[];
    if (texts.length < min || texts.length > max) return `${at} has not ${min} to ${max} items`;
    return texts.every((one, index) => index === 0 || (texts[index - 1] as string) < one)
      ? null
      : `${at} is not sorted, or names one twice`;
  };

/** A member that is left out where it would be empty. */
export const filled =
  (check: Check): Check =>
  (value, at) =>
    check(value, at) ?? (Object.keys(value as object).length === 0 ? `${at} is empty` : null);

export const pattern = text(/^[\w.*-]{1,256}$/, "a pattern of variable names");
export const groupName = text(/^[a-z0-9][a-z0-9-]{0,31}$/, "a group name");
