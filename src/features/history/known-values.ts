import { parseAssignment } from "../../core/vault/assignment.ts";
import type { RowOpener } from "../../core/vault/vault-diff.ts";
import { RowTable, type Sheet } from "../../core/vault/vault-rows.ts";
import { isEnvsealError } from "../../errors.ts";
import { readBlobs } from "../../git/blobs.ts";
import { firstVersions, type Version } from "./commits.ts";
import { SheetReader } from "./version-reader.ts";

/** The keys that somebody holds, by environment, the newest first. */
export type ExposedKeys = ReadonlyMap<string, ReadonlySet<string>>;

/** Where a value stood, under whatever name, in whatever vault. */
export interface Sighting {
  /** The first commit that had it; undefined where none has. */
  first: Version | undefined;
  /** By environment, the newest exposed key that it stood under. */
  exposed: Map<string, string>;
}

export interface KnownValues {
  sightings: ReadonlyMap<string, Sighting>;
  /** Environments with values under an exposed key that could not be opened, and so were not compared. */
  closed: ReadonlySet<string>;
  /** True where git could not be asked for history. */
  cut: boolean;
}

/** A value in a row of a vault. */
interface Seen {
  value: string;
  environment: string;
  keyId: string;
  row: number;
}

/** Later than every commit. */
const NOW = Number.MAX_SAFE_INTEGER;

/**
 * Every value that any vault of any environment had, in what any ref or stash reaches and in the work tree: vaults that are gone
 * or of an environment that is, branches that were given up, assignments that were commented out. Somebody could read those.
 * @param folder null outside git @param workTree the vaults as they are there
 */
export async function knownValues(
  folder: string | null,
  workTree: readonly Buffer[],
  exposed: ExposedKeys,
  opener: RowOpener,
): Promise<KnownValues> {
  const look = new Look(exposed, opener);
  let versions: Version[] = [];
  let cut = folder === null;
  try {
    if (folder !== null) versions = [...firstVersions(folder).values()];
    const place = new Map(versions.map(({ blob }, index) => [blob, index]));
    const entries = versions.map(({ path, blob }) => ({ path, oid: blob as string }));
    if (folder !== null) await readBlobs(folder, entries, ({ oid }, content) => look.at(content, place.get(oid) as number));
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    cut = true;
  }
  for (const content of workTree) look.at(content, NOW);
  return { sightings: look.sightings(versions), closed: look.closed, cut };
}

class Look {
  readonly closed = new Set<string>();
  private readonly seen: Seen[] = [];
  private readonly done = new Set<number>();
  private readonly table = new RowTable();
  private readonly reader = new SheetReader(this.table);
  /** By row, the place in history of the first version that had it. */
  private readonly earliest: number[] = [];
  private last: Sheet | null = null;
  private readonly exposed: ExposedKeys;
  private readonly opener: RowOpener;

  constructor(exposed: ExposedKeys, opener: RowOpener) {
    this.exposed = exposed;
    this.opener = opener;
  }

  /** Looks into one version. They come in no order: each tells of its rows where it stands. */
  at(content: Buffer, place: number): void {
    const sheet = this.reader.read(content);
    if (sheet.environment === "") return;
    for (const row of sheet.rows) if ((this.earliest[row] ?? NOW) >= place) this.earliest[row] = place;
    const { after, comments } = this.table.changes(this.last?.id === sheet.id ? this.last : null, sheet);
    this.last = sheet;
    const keys = this.exposed.get(sheet.environment);
    for (const placed of after.values()) {
      if (this.done.has(placed.row)) continue;
      const { keyId } = placed.token;
      const opened = this.opener.assignment(sheet, placed);
      if (!("problem" in opened)) {
        this.done.add(placed.row);
        this.seen.push({ value: opened.value, environment: sheet.environment, keyId, row: placed.row });
      } else if (keys?.has(keyId)) this.closed.add(sheet.environment);
    }
    for (const token of comments.after) {
      if (!keys?.has(token.keyId)) continue;
      const parsed = parseAssignment((this.opener.comment(sheet, token) ?? "").replace(/^[\s#]+/, ""));
      if (parsed !== null) this.seen.push({ value: parsed.value, environment: sheet.environment, keyId: token.keyId, row: -1 });
    }
  }

  sightings(versions: readonly Version[]): Map<string, Sighting> {
    const places = new Map<string, number>();
    const found = new Map<string, Sighting>();
    for (const { value, environment, keyId, row } of this.seen) {
      const place = Math.min(places.get(value) ?? NOW, this.earliest[row] ?? NOW);
      places.set(value, place);
      const sighting = found.get(value) ?? { first: undefined, exposed: new Map<string, string>() };
      found.set(value, sighting);
      sighting.first = versions[place];
      const newest = [...(this.exposed.get(environment) ?? [])];
      const at = newest.indexOf(keyId);
      const known = newest.indexOf(sighting.exposed.get(environment) ?? "");
      if (at !== -1 && (known === -1 || at < known)) sighting.exposed.set(environment, keyId);
    }
    return found;
  }
}
