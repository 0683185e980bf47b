import { hmac } from "#crypto";
import type { Context } from "../../context.ts";
import { concat, lp, utf8 } from "../../core/bytes.ts";
import { mergeDocuments, type Side } from "../../core/merging/merge.ts";
import { mergeOpened, type Versions } from "../../core/merging/merge-opened.ts";
import type { OpenedVault } from "../../core/vault/open-vault.ts";
import { serialiseVault } from "../../core/vault/vault.ts";
import { EnvsealError } from "../../errors.ts";
import { shellWord } from "../../printable.ts";
import { plain, say, warn } from "../../ui/output.ts";
import { choose, confirm, hidden } from "../../ui/prompt.ts";
import type { KeyFinder, MergeKeys } from "../../workspace/keyrings-of-sides.ts";
import { cameFromBelowFloor, describeLow, type FileVersions, keyIdsOf, openVersions, parseVersions, targetOf } from "./vaults.ts";

/**
 * Settles what both sides of a vault changed: by --ours or --theirs, or name by name with the person.
 * @returns the vault's text
 * @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION, NO_KEY, and what opening a side throws
 */
export async function resolveVault(path: string, files: FileVersions, findKeys: KeyFinder, context: Context): Promise<string> {
  const sides = parseVersions(files);
  if ("why" in sides) throw unusable(path, sides.why);
  const keys = findKeys(sides.ours.environment, keyIdsOf(sides.base, sides.ours, sides.theirs));
  if (keys === null)
    throw new EnvsealError("NO_KEY", `there is no key of ${sides.ours.environment} at hand to merge ${path}`, {
      hint: "use an identity with access, or take one side whole: git checkout --ours or --theirs",
    });
  await approveLow(path, cameFromBelowFloor(sides, keys), describeLow(sides, keys), context);
  const opened = openVersions(sides, keys);
  if ("why" in opened) throw unusable(path, opened.why);
  const { conflicts } = mergeDocuments(opened.base.document, opened.ours.document, opened.theirs.document);
  const chosen = new Map<string, Side>();
  const values = new Map<string, string>();
  for (const name of conflicts) {
    const choice = sideOf(context) ?? (await ask(path, name, opened, keys, context));
    if (typeof choice === "string") chosen.set(name, choice);
    else values.set(name, choice.value);
  }
  const merged = mergeOpened(opened, targetOf(sides.ours, keys), (name) => chosen.get(name) ?? "ours", values);
  if (merged === null) throw unusable(path, "the merged lines would not read as each line alone");
  return serialiseVault(merged.vault);
}

/** --ours or --theirs, for everything. @throws USAGE for both */
export function sideOf({ flags }: Context): Side | null {
  if (flags.ours === true && flags.theirs === true)
    throw new EnvsealError("USAGE", "--ours and --theirs exclude each other", { hint: "envseal help resolve" });
  return flags.ours === true ? "ours" : flags.theirs === true ? "theirs" : null;
}

function unusable(path: string, why: string): EnvsealError {
  return new EnvsealError("DIVERGED", `${path} cannot be merged by name: ${why}`, {
    hint: `take one side whole (git checkout --ours -- ${shellWord(path)}, or --theirs), then set again what the other side changed`,
  });
}

/** What stands below the floor may be a leaver's: sealing it anew would make it trusted. */
async function approveLow(path: string, names: readonly string[], what: string, context: Context): Promise<void> {
  if (names.length === 0) return;
  warn(`${plain(path)}: ${what}: ${names.join(", ")}`);
  await confirm(context, "merge these too, and seal them under the active key?");
}

async function ask(path: string, name: string, versions: Versions, keys: MergeKeys, context: Context): Promise<Side | { value: string }> {
  const reveal = context.flags.reveal === true;
  const rows = (["base", "ours", "theirs"] as const).map((side) => `  ${side.padEnd(6)}  ${show(versions[side], name, keys, reveal)}`);
  const masked = reveal ? [] : ["  (masked: equal marks are equal values; --reveal shows them)"];
  say({ quiet: false }, [`${plain(path)}: ${name} was changed on both sides`, ...rows, ...masked].join("\n"));
  const options = [
    { value: "ours" as const, label: `ours (${versions.ours.assignments.has(name) ? "keep it" : "it is removed"})` },
    { value: "theirs" as const, label: `theirs (${versions.theirs.assignments.has(name) ? "take it" : "it is removed"})` },
    { value: "other" as const, label: "another value" },
  ];
  const choice = await choose(`which side of ${name}?`, options, "add --ours or --theirs");
  return choice === "other" ? { value: await hidden(`value of ${name}`, "add --ours or --theirs") } : choice;
}

/** Masked as a keyed mark: equal marks are equal values, and a mark tells nothing else. */
function show({ assignments }: OpenedVault, name: string, { sealing }: MergeKeys, reveal: boolean): string {
  const entry = assignments.get(name);
  if (entry === undefined) return "(not there)";
  const mark = hmac(sealing.tagger.manifestKey, concat(utf8("envseal/v1 mark"), lp(entry.value))).subarray(0, 3);
  const value = reveal || entry.public ? JSON.stringify(entry.value) : `#${Buffer.from(mark).toString("hex")}`;
  return `${value}  v${entry.version}`;
}
