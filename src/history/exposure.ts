import type { RowOpener } from "../core/vault-diff.ts";
import type { PlacedRow, Sheet } from "../core/vault-rows.ts";
import { blameOf } from "./blame.ts";
import { sheetOf, type VaultHistory, type Version } from "./versions.ts";

/** A value of today that somebody may know, for as long as it is not changed at its provider. */
export interface Exposed {
  name: string;
  /** The key under which the value was first sealed, and the newest exposed one that it ever stood under. */
  sinceKey: string;
  exposedKey: string;
  /** Undefined where history does not say: outside git, or not committed yet. */
  firstSeen?: Version | undefined;
  lastChanged?: Version | undefined;
}

/** A value that cannot be opened now, and so cannot be judged. */
export interface Unjudged {
  name: string;
  problem: string;
}

/** Where a value stood in history, under whatever name. */
interface Sighting {
  first: Version;
  /** The newest exposed key that it stood under. */
  exposedKey: string | undefined;
}

/**
 * The secrets of `current` whose value stood under an exposed key: as the vault itself says (`since`), or as any earlier
 * version shows, also under another name and where it was another value in between.
 * @param exposed the keys that somebody holds, the newest first
 * @param history null outside git
 * @param elsewhere values that stood under an exposed key in other vaults, or on other branches
 */
export function exposedValues(
  current: { sheet: Sheet; rows: Iterable<PlacedRow> },
  history: VaultHistory | null,
  exposed: ReadonlySet<string>,
  opener: RowOpener,
  elsewhere: ReadonlyMap<string, string> = new Map(),
): { secrets: number; exposed: Exposed[]; unjudged: Unjudged[] } {
  const sightings = history === null ? new Map<string, Sighting>() : sightingsOf(history, exposed, opener);
  const committed = history === null ? new Map<string, never>() : lastChanges(history, opener);
  const found: Exposed[] = [];
  const unjudged: Unjudged[] = [];
  let secrets = 0;
  for (const row of current.rows) {
    if (row.shown !== undefined) continue;
    secrets++;
    const { name, token } = row;
    const opened = opener.assignment(current.sheet, row);
    if ("problem" in opened) {
      unjudged.push({ name, problem: opened.problem });
      continue;
    }
    if (opened.value === "") continue;
    const sighting = sightings.get(opened.value);
    const keys = [token.keyId, sighting?.exposedKey, opened.since, elsewhere.get(opened.value)];
    const exposedKey = keys.find((keyId) => keyId !== undefined && exposed.has(keyId));
    if (exposedKey === undefined) continue;
    const last = committed.get(name);
    found.push({
      ...{ name, sinceKey: opened.since, exposedKey, firstSeen: sighting?.first },
      lastChanged: last?.value === opened.value ? last.version : undefined,
    });
  }
  return { secrets, exposed: found, unjudged };
}

/** Every value that any version had, from the oldest on. Each row is opened once. */
function sightingsOf(history: VaultHistory, exposed: ReadonlySet<string>, opener: RowOpener): Map<string, Sighting> {
  const newest = [...exposed];
  const found = new Map<string, Sighting>();
  const seen = new Set<number>();
  for (const version of history.versions.toReversed()) {
    const sheet = sheetOf(history, version);
    if (sheet === null) continue;
    for (const row of history.table.assignments(sheet, (number) => !seen.has(number)).values()) {
      const opened = opener.assignment(sheet, row);
      if ("problem" in opened) continue;
      const known = found.get(opened.value) ?? { first: version, exposedKey: undefined };
      const { keyId } = row.token;
      if (exposed.has(keyId) && (known.exposedKey === undefined || newest.indexOf(keyId) < newest.indexOf(known.exposedKey)))
        known.exposedKey = keyId;
      found.set(opened.value, known);
    }
    for (const row of sheet.rows) seen.add(row);
  }
  return found;
}

/** By name, the commit that gave each variable of the newest version its value. */
function lastChanges(history: VaultHistory, opener: RowOpener): Map<string, { value: string; version: Version }> {
  const blamed = blameOf(history, opener, ({ value }) => value);
  return new Map(
    blamed?.lines.flatMap(({ row, version }) => {
      const opened = opener.assignment(blamed.sheet, row);
      return "problem" in opened ? [] : [[row.name, { value: opened.value, version }] as const];
    }),
  );
}
