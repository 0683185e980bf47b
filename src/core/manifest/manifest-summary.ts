import { append } from "../append.ts";
import type { AuthorityStatement } from "../authority/authority.ts";
import type { KeyEntry } from "../authority/environment-statement.ts";
import type { Environment, Manifest } from "../authority/manifest.ts";
import { versionLabel } from "../keys/versions.ts";

/** What a change of a manifest means to people: keys, access, recipients and settings, in words. Never authenticates anything. */
export function summariseManifest(before: Manifest | null, after: Manifest | null): string[] {
  const environments = names(before?.environments, after?.environments).flatMap((name) =>
    ofEnvironment(own(before?.environments, name), own(after?.environments, name)).map((text) => `${name}: ${text}`),
  );
  return [
    ...ofAuthority(before?.authority.at(-1), after?.authority.at(-1)),
    ...environments,
    ...both(before?.recipients, after?.recipients, ({ recipient }) => recipient).map(({ name, what }) => `recipient ${name} ${what}`),
    ...both(before?.vaults, after?.vaults, ({ environment, id }) => `${environment} ${id}`).map(
      ({ name, what }) => `vault ${name} ${what}`,
    ),
  ];
}

/** Who decides, and which environments there are, as the newest statements say. */
function ofAuthority(before: AuthorityStatement | undefined, after: AuthorityStatement | undefined): string[] {
  return [
    ...both(before?.admins, after?.admins, ({ signer }) => signer).map(({ name, what }) => `admin ${name} ${what}`),
    ...both(before?.rotators, after?.rotators, ({ signer, environments }) => `${signer} ${environments}`).map(
      ({ name, what }) => `rotator ${name} ${what}`,
    ),
    ...both(before?.environments, after?.environments, () => "").map(({ name, what }) => `environment ${name} ${what}`),
  ];
}

function ofEnvironment(was: Environment | undefined, now: Environment | undefined): string[] {
  if (now === undefined) return ["removed, with all its keys"];
  return [
    ...ofKeys(was, now),
    ...both(was?.access, now.access, ({ recipient }) => recipient).map(({ name, what }) => `access for ${name} ${what}`),
    ...ofSettings(was, now),
  ];
}

function ofKeys(was: Environment | undefined, now: Environment): string[] {
  const [before, after] = [was?.statement, now.statement];
  const lines: string[] = [];
  for (const [keyId, key] of Object.entries(after.keys).sort(([, a], [, b]) => a.version - b.version)) {
    const was = before?.keys[keyId];
    if (was === undefined) lines.push(`${versionLabel(keyId, key)} made (${key.reason})`);
    else if (was.state !== key.state) lines.push(`${versionLabel(keyId, key)} is ${key.state} (was ${was.state})`);
  }
  for (const [keyId, key] of Object.entries(before?.keys ?? {}))
    if (!Object.hasOwn(after.keys, keyId)) lines.push(`${versionLabel(keyId, key)} was dropped`);
  if (before !== undefined && before.floor !== after.floor)
    lines.push(`nothing older than ${versionLabel(after.floor, after.keys[after.floor] as KeyEntry)} is accepted in current vaults`);
  return lines;
}

function ofSettings(was: Environment | undefined, now: Environment): string[] {
  const [before, after] = [was?.settings, now.settings];
  const lines: string[] = [];
  append(lines, lists("required", before?.required, after.required));
  append(lines, lists("public", before?.public, after.public));
  const rules = ({ allow }: Environment["settings"]) =>
    allow.map(({ rule, path, name, reason }) => [rule, path, name, `"${reason}"`].filter(Boolean).join(" "));
  append(lines, lists("allowed", before && rules(before), rules(after)));
  if (before !== undefined && before.cryptoperiodDays !== after.cryptoperiodDays)
    lines.push(`the cryptoperiod is ${after.cryptoperiodDays} days (was ${before.cryptoperiodDays})`);
  return lines;
}

function lists(word: string, before: readonly string[] = [], after: readonly string[]): string[] {
  return [
    ...after.filter((item) => !before.includes(item)).map((item) => `now ${word}: ${item}`),
    ...before.filter((item) => !after.includes(item)).map((item) => `no longer ${word}: ${item}`),
  ];
}

function names(before: object = {}, after: object = {}): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

/** A name may be that of a member that every object has. */
function own<T>(record: Readonly<Record<string, T>> = {}, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function both<T>(
  before: Readonly<Record<string, T>> = {},
  after: Readonly<Record<string, T>> = {},
  identity: (item: T) => string,
): { name: string; what: string }[] {
  return names(before, after).flatMap((name) => {
    const [old, now] = [own(before, name), own(after, name)];
    if (old === undefined) return [{ name, what: "added" }];
    if (now === undefined) return [{ name, what: "removed" }];
    return identity(old) === identity(now) ? [] : [{ name, what: "replaced" }];
  });
}
