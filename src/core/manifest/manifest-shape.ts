import { HIDDEN } from "../../printable.ts";
import { ACCESS_KINDS } from "../authority/access-entry.ts";
import { authorityShape } from "../authority/authority-shape.ts";
import {
  bytes,
  date,
  environmentName,
  filled,
  groupName,
  instant,
  keyId,
  named,
  note,
  pattern,
  recipientAddress,
  recipientName,
  revision,
  sealed32,
  signatures,
  signer,
  sortedList,
  state,
  tag,
  variableName,
  version,
  wrapped,
} from "../authority/manifest-parts.ts";
import { MAX_ACCESS, MAX_ENVIRONMENTS, MAX_KEYS, MAX_RECIPIENTS, MAX_VAULTS } from "../limits.ts";
import { classifyFile } from "../names.ts";
import { type Check, integer, list, object, oneOf, record } from "../shape.ts";
import { custodyShape } from "./custody-shape.ts";

const recipient = object({
  recipient: recipientAddress,
  "signer?": signer,
  added: date,
  "custody?": custodyShape,
});

const key = object({
  version,
  revision,
  state,
  created: instant,
  commitment: bytes(32, "hkdf:"),
  reason: oneOf("created", "scheduled", "offboarding", "suspected", "compromised", "merge", "fence"),
  links: record(keyId, sealed32),
  history: list(object({ state, at: instant, "reason?": note })),
});

const allowance = object({ rule: note, "path?": note, "name?": note, reason: note, "expires?": date });

const statement = object({
  revision,
  active: keyId,
  floor: keyId,
  keys: record(keyId, key, MAX_KEYS),
  "postQuantum?": oneOf(true),
  signatures,
});

const accessEntry = object({
  recipient: recipientAddress,
  "signer?": signer,
  kind: oneOf(...ACCESS_KINDS),
  since: revision,
  "until?": date,
  direct: oneOf(true, false),
  "groups?": sortedList(groupName, 1, 4096),
  signatures,
  "wrapped?": wrapped,
  "tag?": tag,
});

const settings = object({
  revision,
  public: list(pattern),
  required: list(variableName),
  allow: list(allowance),
  "inherits?": filled(list(pattern)),
  "expand?": filled(record(variableName, list(variableName))),
  cryptoperiodDays: integer(1, 3650),
  "owner?": note,
  "purpose?": note,
  tag,
});

const environment = object({ statement, access: record(recipientName, accessEntry, MAX_ACCESS), settings });

const listing = object({
  environment: environmentName,
  id: bytes(12),
  "below?": filled(record(environmentName, bytes(12))),
  tag,
});

/** ASCII to be seen, but for `\`: it needs no class of Unicode. */
const PLAIN = /^[ -[\]-~]*$/;

/**
 * Relative to the manifest, with `/`, in NFC, never upwards. What Unicode has not assigned yet is let be: another Node
 * knows more of it, and one manifest must be good or bad for all.
 */
export function isVaultPath(path: string): boolean {
  const parts = path.split("/");
  return (
    path.length <= 1024 &&
    path === path.normalize("NFC") &&
    (PLAIN.test(path) || !new RegExp(`[\\\\${HIDDEN}]`, "u").test(path)) &&
    parts.every((part) => part !== "" && part !== "." && part !== "..") &&
    classifyFile(parts.at(-1) as string)?.kind === "vault"
  );
}

/** The shape of the whole manifest (schema/envseal.schema.json says the same; a test holds the two together). */
export const manifestShape: Check = object({
  envseal: integer(1, 1),
  project: bytes(12),
  authority: authorityShape,
  recipients: record(recipientName, recipient, MAX_RECIPIENTS),
  environments: record(environmentName, environment, MAX_ENVIRONMENTS),
  vaults: record(named(isVaultPath, "the path of a vault"), listing, MAX_VAULTS),
  "backup?": object({ verified: date }),
});
