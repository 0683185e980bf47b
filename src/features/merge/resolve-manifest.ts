import type { Context } from "../../context.ts";
import { withoutUnnamed } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { parseManifest } from "../../core/manifest/manifest-text.ts";
import type { Side } from "../../core/merging/merge.ts";
import { mergeManifests, type Unsigned } from "../../core/merging/merge-manifest.ts";
import { whyNotSigned } from "../../core/merging/sign-merge.ts";
import { EnvsealError } from "../../errors.ts";
import { shellWord } from "../../printable.ts";
import { plain, say } from "../../ui/output.ts";
import { choose, confirm } from "../../ui/prompt.ts";
import { manifestText } from "../../workspace/manifest.ts";
import type { Past } from "./bases.ts";
import type { ManifestPlace } from "./hand.ts";
import { MergeHand } from "./hand.ts";
import { describeLeftOut } from "./left-out.ts";
import { leftOver } from "./left-over.ts";
import { describeUnsigned, joinRotations, keysOf, type ManifestVersions, openSides, parseSides, sign, verifySides } from "./manifests.ts";
import { addedAgain, chooseWhole } from "./resolve-apart.ts";
import { joinBoth } from "./resolve-authority.ts";
import { trustedSide } from "./resolve-root.ts";
import { sideOf } from "./resolve-vault.ts";
import { signLeftOver } from "./sign-left-over.ts";
import type { FileVersions } from "./vaults.ts";

export interface ResolvedManifest {
  manifest: Manifest;
  text: string;
}

/**
 * Settles a manifest that both sides changed. What it signs is shown and asked about first: a signature makes it trusted.
 * @param findPast what both go on from, and what each of them was since
 * @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION, NEEDS_ADMIN, NO_KEY, MALFORMED_MANIFEST
 */
export async function resolveManifest(
  place: ManifestPlace,
  files: FileVersions,
  context: Context,
  findPast: (sides: ManifestVersions) => Promise<Past>,
): Promise<ResolvedManifest> {
  const { label } = place;
  const sides = parseSides(files);
  const past = await findPast(sides);
  const given = { ...sides, base: sides.base ?? past.base, lines: past.lines, earlier: past.earlier };
  const root = trustedSide(given, label, context);
  if (root !== null) return { manifest: root, text: manifestText(root) };
  verifySides(given);
  const chosen = new Map<string, Side>();
  const pick = async (conflict: string): Promise<Side> => {
    const side = chosen.get(conflict) ?? sideOf(context) ?? (await ask(label, conflict));
    chosen.set(conflict, side);
    return side;
  };
  const { versions, lowest } = await chooseWhole(given, pick, label, context);
  const first = mergeManifests(versions);
  if (first === null)
    throw new EnvsealError("DIVERGED", `the two sides of ${label} are of two projects`, {
      hint: `take one side whole: git checkout --ours -- ${shellWord(label)}, or --theirs`,
    });
  for (const conflict of first.conflicts) await pick(conflict);
  const merged = mergeManifests(versions, (conflict) => chosen.get(conflict) ?? "ours") ?? first;
  for (const left of merged.leftOut) say(context, `${plain(label)}: ${plain(describeLeftOut(left))}`);
  const hand = new MergeHand(place, versions, context);
  let { manifest } = merged;
  if (merged.parted) manifest = withoutUnnamed(await joinBoth(manifest, versions, hand, pick, place, context));
  manifest = await addedAgain(manifest, lowest, versions, hand, context);
  for (const unsigned of merged.unsigned)
    if (Object.hasOwn(manifest.environments, unsigned.environment))
      manifest = await settle(manifest, unsigned, versions, hand, place, context);
  manifest = await signLeftOver(manifest, leftOver(manifest, versions), hand, place, context);
  hand.requireNewest(manifest);
  const text = manifestText(manifest);
  return { manifest: parseManifest(text), text };
}

async function ask(label: string, conflict: string): Promise<Side> {
  const options = [
    { value: "ours" as const, label: "ours" },
    { value: "theirs" as const, label: "theirs" },
  ];
  return choose(`${plain(label)}: both sides changed ${plain(conflict)}; which one?`, options, "add --ours or --theirs");
}

async function settle(
  manifest: Manifest,
  unsigned: Unsigned,
  versions: ManifestVersions,
  hand: MergeHand,
  { label }: ManifestPlace,
  context: Context,
): Promise<Manifest> {
  const { environment, lead, statement, settings, vaults } = unsigned;
  const sides = openSides(versions, environment, context);
  if (sides === null) {
    // Entries alone wait for somebody who holds the key.
    if (!statement && !settings && vaults.length === 0) return manifest;
    throw new EnvsealError("NO_KEY", `both sides of ${label} changed ${environment}, and no key at hand opens both`, {
      hint: `someone with access to both sides merges; or take one side whole (git checkout --ours -- ${shellWord(label)}, or --theirs) and do again what the other did`,
    });
  }
  const allowsOlder = context.flags["allow-older"] === true;
  const signer = statement ? await hand.of(manifest, environment) : null;
  const why = whyNotSigned(unsigned, keysOf(sides));
  if (statement || settings || vaults.length > 0) {
    say(context, `${plain(label)}: ${why ?? `both sides changed ${environment}`}`);
    for (const text of describeUnsigned(unsigned, versions)) say(context, `  ${plain(text)}`);
  }
  if (!statement || signer === null || lead !== "fork") {
    const { keyring: leader } = lead === "theirs" ? sides.theirs : sides.ours;
    if (statement || settings || vaults.length > 0)
      await confirm(context, `vouch for this with the active key of ${environment}, v${leader.active.version} (${leader.active.keyId})?`);
    return sign(manifest, unsigned, sides, signer, allowsOlder);
  }
  const pins = Object.values(keysOf(sides)).map(({ active }) => `v${active.version} (${active.keyId})`);
  await confirm(context, `make a third key of ${environment} that leads to both, ${pins.join(" and ")}, and sign all this with it?`);
  return joinRotations(manifest, unsigned, sides, versions.base, signer, allowsOlder);
}
