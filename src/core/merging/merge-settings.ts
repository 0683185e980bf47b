import type { Settings } from "../authority/manifest.ts";
import { canonicalJson, type Json } from "../json.ts";
import { nextRevision } from "../keys/manifest-edits.ts";
import { mergeLists, mergeRecords, mergeValue, type Settle, type Three } from "./three-way.ts";

/**
 * Two sides' settings as one, member by member.
 * @param accepts true for a tag of a key that readers accept: where a side rotated, the other's may be too old
 * @returns also whether they have to be tagged, since neither side has them as they now are
 */
export function mergeSettings(
  environment: string,
  { base, ours, theirs }: { base: Settings | undefined; ours: Settings; theirs: Settings },
  settle: Settle,
  accepts: (tag: string) => boolean,
): { settings: Settings; untagged: boolean } {
  // Revisions only grow: a side below the base holds older settings, genuine as they are, and nobody's change.
  if (base !== undefined && Math.min(ours.revision, theirs.revision) < base.revision)
    return {
      settings: settle(`the settings of ${environment}, which one side set back to earlier ones`) === "ours" ? ours : theirs,
      untagged: false,
    };
  const of = <T>(pick: (settings: Settings) => T): Three<T> => ({ base: base && pick(base), ours: pick(ours), theirs: pick(theirs) });
  const value = <K extends keyof Settings>(member: K, what: string) =>
    mergeValue(
      of((settings) => settings[member]),
      `${what} of ${environment}`,
      settle,
    );
  const optional = {
    inherits: mergeLists(of(({ inherits = [] }) => inherits)),
    expand: mergeRecords(
      of(({ expand = {} }) => expand),
      (name, lists) => mergeValue(lists, `the expansion of ${name} in ${environment}`, settle),
    ),
    owner: value("owner", "the owner"),
    purpose: value("purpose", "the purpose"),
  };
  const joined = {
    public: mergeLists(of((settings) => settings.public)),
    required: mergeLists(of((settings) => settings.required)),
    allow: mergeLists(of((settings) => settings.allow)),
    ...(optional.inherits.length > 0 && { inherits: optional.inherits }),
    ...(Object.keys(optional.expand).length > 0 && { expand: optional.expand }),
    cryptoperiodDays: value("cryptoperiodDays", "the cryptoperiod") as number,
    ...(optional.owner !== undefined && { owner: optional.owner }),
    ...(optional.purpose !== undefined && { purpose: optional.purpose }),
  };
  const part = contentOf(joined);
  const same = [ours, theirs]
    .filter((side) => contentOf(side) === part)
    .sort((a, b) => b.revision - a.revision || Number(accepts(b.tag)) - Number(accepts(a.tag)))[0];
  // The newest revision that either side has made counts, or it would look as if somebody had put settings back.
  const revision = Math.max(ours.revision, theirs.revision);
  if (same?.revision === revision) return { settings: same, untagged: false };
  return { settings: { ...joined, revision: nextRevision(revision), tag: ours.tag }, untagged: true };
}

function contentOf(settings: object): string {
  const { revision: _revision, tag: _tag, ...content } = settings as Partial<Settings>;
  return canonicalJson(content as unknown as Json);
}
