import type { Context } from "../../context.ts";
import { withJoined } from "../../core/authority/authority-changes.ts";
import { authorityOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { digestOf, signedBytes } from "../../core/authority/statement.ts";
import { joinAuthorities } from "../../core/merging/authority-join.ts";
import type { Side } from "../../core/merging/merge.ts";
import { withoutRights } from "../../core/merging/roles-join.ts";
import { EnvsealError } from "../../errors.ts";
import { plain, say } from "../../ui/output.ts";
import { confirm } from "../../ui/prompt.ts";
import { LEAVE_UNMERGED } from "./admins-of-all.ts";
import type { ManifestPlace, MergeHand } from "./hand.ts";
import { describeRight } from "./left-out.ts";
import type { ManifestVersions } from "./manifests.ts";

/** The manifest with both sides' authority, and a statement that joins the two. What it takes over is shown first. */
export async function joinBoth(
  manifest: Manifest,
  versions: ManifestVersions,
  hand: MergeHand,
  pick: (conflict: string) => Promise<Side>,
  { label }: ManifestPlace,
  context: Context,
): Promise<Manifest> {
  const { ours, theirs } = versions;
  const [own, other] = [authorityOf(ours), authorityOf(theirs)];
  const chosen = new Map<string, Side>();
  joinAuthorities(own, other, (what) => {
    chosen.set(what, "ours");
    return "ours";
  });
  for (const conflict of chosen.keys()) chosen.set(conflict, await pick(conflict));
  const { next, doubtful } = joinAuthorities(own, other, (what) => chosen.get(what) ?? "ours");
  if (next === null) return manifest;
  for (const right of withoutRights(next, versions)) say(context, plain(describeRight(right)));
  if (Object.keys(next.admins).length === 0)
    throw new EnvsealError("DIVERGED", `each side of ${label} removed the other's admins: nobody would be left to decide`, {
      hint: LEAVE_UNMERGED,
    });
  const signer = await hand.adminOf(ours, theirs);
  say(context, `${plain(label)}: both sides changed the authority`);
  say(context, `  admins: ${Object.keys(next.admins).join(", ")}; rotators: ${Object.keys(next.rotators).join(", ") || "none"}`);
  say(context, `  environments: ${Object.keys(next.environments).join(", ")}`);
  for (const { revision, signer: name } of doubtful)
    say(context, `  revision ${revision} was signed by ${plain(name)}, whom the other side removed: look at what it did`);
  await confirm(context, "sign this as the authority of both?");
  const joined = withJoined(manifest, next, signer);
  const scope = { project: manifest.project, environment: "" };
  const all = new Map(
    [...ours.authority, ...theirs.authority, joined].map((statement) => [digestOf(signedBytes("authority", scope, statement)), statement]),
  );
  const sorted = [...all].sort(([a, one], [b, two]) => one.revision - two.revision || (a < b ? -1 : 1));
  return { ...manifest, authority: sorted.map(([, statement]) => statement) };
}
