import { MAX_ENVIRONMENTS, MAX_GONE, MAX_SIGNERS, MAX_STATEMENTS } from "../limits.ts";
import { type Check, list, object, record } from "../shape.ts";
import type { AuthorityStatement } from "./authority.ts";
import {
  bytes,
  environmentName,
  filled,
  groupName,
  recipientAddress,
  recipientName,
  revision,
  signatures,
  signer,
  sortedList,
} from "./manifest-parts.ts";

/** How many environments may lie on each other. */
const MAX_BELOW = 8;

/** The form of one statement. */
const form = object({
  revision,
  previous: sortedList(bytes(32, "sha256:"), 0, 2),
  admins: filled(record(recipientName, object({ recipient: recipientAddress, signer }), MAX_SIGNERS)),
  "groups?": filled(record(groupName, sortedList(recipientName, 1, 4096))),
  rotators: record(recipientName, object({ signer, environments: sortedList(environmentName, 1, MAX_ENVIRONMENTS) }), MAX_SIGNERS),
  environments: record(environmentName, object({ lowest: revision, "extends?": environmentName }), MAX_ENVIRONMENTS),
  "gone?": filled(record(environmentName, object({ revision, "became?": environmentName }), MAX_GONE)),
  signatures,
});

/** What the members of one statement say about each other. */
function crossCheck({ admins, rotators, environments, gone = {} }: AuthorityStatement, at: string): string | null {
  const signers = [...Object.values(admins), ...Object.values(rotators)].map((one) => one.signer);
  if (signers.length > MAX_SIGNERS) return `${at} has more than ${MAX_SIGNERS} admins and rotators`;
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

/** One statement by itself, as a machine remembers it. */
export const statementShape: Check = (value, at) => form(value, at) ?? crossCheck(value as AuthorityStatement, at);

/** The shape of the authority in a manifest: a list of statements, each by itself. Their order is `Authority`'s to check. */
export const authorityShape: Check = (value, at) => {
  if (Array.isArray(value) && value.length > MAX_STATEMENTS) return `${at} has more than ${MAX_STATEMENTS} statements`;
  return list(statementShape)(value, at);
};
