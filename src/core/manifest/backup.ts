import { equal } from "#crypto";
import { EnvsealError } from "../../errors.ts";
import { entryOf, hasEnvironment } from "../authority/authority-of.ts";
import type { KeyEntry } from "../authority/environment-statement.ts";
import type { Manifest } from "../authority/manifest.ts";
import { b64u, unb64u, utf8 } from "../bytes.ts";
import { commitmentOf } from "../commitment.ts";
import { type Json, parseStrictJson, prettyJson } from "../json.ts";
import { Keyring } from "../keys/keyring.ts";
import { MAX_VERSION } from "../limits.ts";
import { integer, object, record, text } from "../shape.ts";
import { parseManifest } from "./manifest-text.ts";

/** What a backup holds: the manifest, and every data key of some environments in clear. The file around it is sealed. */
export interface Backup {
  /** RFC 3339, UTC, seconds. */
  created: string;
  manifest: Manifest;
  environments: Record<string, Record<string, { version: number; key: string }>>;
}

const FORMAT = 1;
const ABOUT =
  "data keys of an envseal project: environments.<name>.<key id>.key is 32 bytes in base64url; docs/guide/recovery.md says how values open with them";

const shape = object({
  "envseal-backup": integer(FORMAT, FORMAT),
  about: text(/^/, "text"),
  created: text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "an instant in UTC"),
  // Its own reader says what is wrong with it.
  manifest: () => null,
  environments: record(
    text(/^[a-z0-9-]{1,32}$/, "an environment"),
    record(text(/^[\w-]{8}$/, "a key id"), object({ version: integer(1, MAX_VERSION), key: text(/^[\w-]{43}$/, "32 bytes of base64url") })),
  ),
});

/** Every key of the keyrings that is not destroyed. */
export function backupText(manifest: Manifest, keyrings: readonly Keyring[], created: string): string {
  const environments = Object.fromEntries(keyrings.map((keyring) => [keyring.environment, keysOf(keyring)]));
  return prettyJson({ "envseal-backup": FORMAT, about: ABOUT, created, manifest, environments } as unknown as Json);
}

function keysOf(keyring: Keyring): Backup["environments"][string] {
  const kept = Object.entries(keyring.statement.keys).filter(([, { state }]) => state !== "destroyed");
  return Object.fromEntries(kept.map(([keyId, { version }]) => [keyId, { version, key: b64u(keyring.dataKey(keyId, "the backup")) }]));
}

/** @throws BACKUP where it is none, or a key in it is not the one that its manifest commits to */
export function parseBackup(source: string): Backup {
  const damaged = (problem: string) =>
    new EnvsealError("BACKUP", `the backup cannot be used: ${problem}`, { hint: "take another copy of it" });
  const parsed = parseStrictJson(source);
  if ("problem" in parsed) throw damaged(parsed.problem);
  const problem = shape(parsed.value, "it");
  if (problem !== null) throw damaged(problem);
  const backup = parsed.value as unknown as Backup;
  backup.manifest = parseManifest(prettyJson(backup.manifest as unknown as Json), "the backup's manifest");
  for (const environment of Object.keys(backup.environments)) {
    const keyring = backupKeyring(backup, environment, backup.manifest);
    if (keyring === null) throw damaged(`it lacks the active key of ${environment}`);
    for (const [keyId, { version, key }] of Object.entries(backup.environments[environment] ?? {})) {
      const secret = unb64u(key, 32);
      if (secret === null || keyring.statement.keys[keyId]?.version !== version || !equal(secret, keyring.dataKey(keyId, "the backup")))
        throw damaged(`its key ${keyId} of ${environment} is not the one the manifest commits to`);
    }
  }
  return backup;
}

/** The keyring of a manifest's environment by the backup's key, or null where the backup lacks its active key. @throws FORGED_MANIFEST */
export function backupKeyring(backup: Backup, environment: string, manifest: Manifest): Keyring | null {
  const statement = hasEnvironment(manifest, environment) ? entryOf(manifest, environment)?.statement : undefined;
  if (statement === undefined) return null;
  const { active, keys } = statement;
  const held = backup.environments[environment]?.[active];
  const secret = held === undefined ? null : unb64u(held.key, 32);
  if (secret === null) return null;
  const { commitment } = keys[active] as KeyEntry;
  const committed = equal(utf8(commitment), utf8(`hkdf:${b64u(commitmentOf(secret))}`));
  return committed ? new Keyring(manifest, environment, secret) : null;
}
