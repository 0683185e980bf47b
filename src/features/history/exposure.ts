import type { RowOpener } from "../../core/vault/vault-diff.ts";
import type { PlacedRow, Sheet } from "../../core/vault/vault-rows.ts";
import { blameOf } from "./blame.ts";
import type { ExposedKeys, KnownValues, Sighting } from "./known-values.ts";
import type { VaultHistory, Version } from "./versions.ts";

/** A value of today that somebody may know, for as long as it is not changed at its provider. */
export interface Exposed {
  name: string;
  /** The key under which the value was first sealed here, and the newest exposed one that it ever stood under. */
  sinceKey: string;
  exposedKey: string;
  /** The environment of the exposed key: this one where it stood under one of its keys, else another that had the same value. */
  exposedIn: string;
  /** Undefined where history does not say: outside git, or not committed yet. */
  firstSeen?: Version | undefined;
  lastChanged?: Version | undefined;
}

/** A value that cannot be opened now, and so cannot be judged. */
export interface Unjudged {
  name: string;
  problem: string;
}

/**
 * The secrets of `current` whose value stood under an exposed key: as the vault itself says (`since`), or as any version of any
 * vault shows, also under another name, in another environment, and where it was another value in between.
 * @param exposed the keys that somebody holds
 * @param history null outside git
 */
export function exposedValues(
  current: { sheet: Sheet; rows: Iterable<PlacedRow> },
  history: VaultHistory | null,
  exposed: ExposedKeys,
  opener: RowOpener,
  known: KnownValues,
): { secrets: number; exposed: Exposed[]; unjudged: Unjudged[] } {
  const committed = history === null ? new Map<string, never>() : lastChanges(history, opener);
  const { environment } = current.sheet;
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
    const sighting = known.sightings.get(opened.value);
    const key = exposedKeyOf(environment, [token.keyId, sighting?.exposed.get(environment), opened.since], exposed, sighting);
    if (key === undefined) continue;
    const last = committed.get(name);
    found.push({
      ...{ name, sinceKey: opened.since, ...key, firstSeen: sighting?.first },
      lastChanged: last?.value === opened.value ? last.version : undefined,
    });
  }
  return { secrets, exposed: found, unjudged };
}

/** One of the environment's own keys, or else of another environment that had the value. */
function exposedKeyOf(
  environment: string,
  own: readonly (string | undefined)[],
  exposed: ExposedKeys,
  sighting: Sighting | undefined,
): Pick<Exposed, "exposedKey" | "exposedIn"> | undefined {
  const exposedKey = own.find((keyId) => keyId !== undefined && exposed.get(environment)?.has(keyId));
  if (exposedKey !== undefined) return { exposedKey, exposedIn: environment };
  const [other] = sighting?.exposed ?? [];
  return other === undefined ? undefined : { exposedKey: other[1], exposedIn: other[0] };
}

/** By name, the commit that gave each variable of the newest version its value. */
function lastChanges(history: VaultHistory, opener: RowOpener): Map<string, { value: string; version: Version }> {
  const blamed = blameOf(history, opener);
  return new Map(
    blamed?.lines.flatMap(({ row, version }) => {
      const opened = opener.assignment(blamed.sheet, row);
      return "problem" in opened ? [] : [[row.name, { value: opened.value, version }] as const];
    }),
  );
}
