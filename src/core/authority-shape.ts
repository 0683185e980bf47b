import { isSigningKey } from "../crypto/signing-key.ts";
import type { AuthorityStatement } from "./authority.ts";
import { unb64u } from "./bytes.ts";
import { MAX_VERSION } from "./limits.ts";
import { bytes, environmentName, recipientAddress, recipientName } from "./manifest-shape.ts";
import { type Check, integer, list, object, record, text } from "./shape.ts";

/** At most this many statements; `status` and `check` warn before. */
export const MAX_STATEMENTS = 4096;

/** How many environments may lie on each other. */
const MAX_BELOW = 8;

/** An Ed25519 key under which one signature is good for one message: points of small order are refused. */
const signer: Check = (value, at) => {
  const key = typeof value === "string" && value.startsWith("ed25519:") ? unb64u(value.slice("ed25519:".length)) : null;
  return key !== null && isSigningKey(key) ? null : `${at} is not "ed25519:" and a signing key in base64url`;
};

const revision = integer(1, MAX_VERSION);
const groupName = text(/^[a-z0-9][a-z0-9-]{0,31}$/, "a group name");

/** Texts in order, none twice: two lists of the same items are the same bytes. */
const sortedList =
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

const filled =
  (check: Check): Check =>
  (value, at) =>
    check(value, at) ?? (Object.keys(value as object).length === 0 ? `${at} is empty` : null);

/** One signature. Several would need a rule for how many count; none has one yet. */
export const signatures: Check = (value, at) =>
  record(recipientName, bytes(64, "ed25519:"))(value, at) ??
  (Object.keys(value as object).length === 1 ? null : `${at} has not exactly one member`);

const form = object({
  revision,
  previous: sortedList(bytes(32, "sha256:"), 0, 2),
  admins: filled(record(recipientName, object({ recipient: recipientAddress, signer }))),
  "groups?": filled(record(groupName, sortedList(recipientName, 1, 4096))),
  rotators: record(recipientName, object({ signer, environments: sortedList(environmentName, 1, 4096) })),
  environments: record(environmentName, object({ lowest: revision, "extends?": environmentName })),
  "gone?": filled(record(environmentName, object({ revision, "became?": environmentName }))),
  signatures,
});

/** What the members of one statement say about each other. */
function crossCheck({ admins, rotators, environments, gone = {} }: AuthorityStatement, at: string): string | null {
  const signers = [...Object.values(admins), ...Object.values(rotators)].map((one) => one.signer);
  if (new Set(signers).size !== signers.length) return `${at} gives one signing key to two names`;
  const twice = Object.keys(rotators).find((name) => Object.hasOwn(admins, name));
  if (twice !== undefined) return `${at} makes ${twice} an admin and a rotator`;
  for (const [name, { environments: rotated }] of Object.entries(rotators)) {
    if (rotated.some((one) => !Object.hasOwn(environments, one))) return `${at}.rotators.${name} names an environment that is not there`;
  }
  for (const [name, { became }] of Object.entries(gone)) {
    if (Object.hasOwn(environments, name)) return `${at} has ${name} and says that it is gone`;
    if (became !== undefined && !Object.hasOwn(environments, became) && !Object.hasOwn(gone, became)) {
      return `${at}.gone.${name} became an environment that never was`;
    }
  }
  for (const name of Object.keys(environments)) {
    let below: string | undefined = name;
    for (let depth = 0; below !== undefined; depth++) {
      if (depth > MAX_BELOW || !Object.hasOwn(environments, below))
        return `${at}.environments.${name} extends what is not there, or itself`;
      below = environments[below]?.extends;
    }
  }
  return null;
}

/** The shape of the authority in a manifest: a list of statements, each by itself. Their order is `Authority`'s to check. */
export const authorityShape: Check = (value, at) => {
  if (Array.isArray(value) && value.length > MAX_STATEMENTS) return `${at} has more than ${MAX_STATEMENTS} statements`;
  return list((one, place) => form(one, place) ?? crossCheck(one as AuthorityStatement, place))(value, at);
};
