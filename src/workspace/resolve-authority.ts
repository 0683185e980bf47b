import { withJoined } from "../core/authority-changes.ts";
import { joinAuthorities } from "../core/authority-join.ts";
import { authorityOf, headOf } from "../core/authority-of.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Side } from "../core/merge.ts";
import { newlySigned } from "../core/newly-signed.ts";
import { roleOf } from "../core/rights.ts";
import { withoutRights } from "../core/roles-join.ts";
import { digestOf, type StatementSigner, signedBytes } from "../core/statement.ts";
import { EnvsealError } from "../errors.ts";
import type { Context } from "../ui/context.ts";
import { plain, say } from "../ui/output.ts";
import { confirm } from "../ui/prompt.ts";
import { LEAVE_UNMERGED, needsAdminOfAll } from "./admins-of-all.ts";
import { describeRight } from "./left-out.ts";
import type { ManifestVersions } from "./merge-manifests.ts";
import { refuseBehind } from "./refuse-behind.ts";
import type { ManifestPlace } from "./resolve-manifest.ts";
import { identityToSign, knownHand, needsAdmin, requireTrusted } from "./signing.ts";

/** Who signs in a merge: asked for once, and only where something is to be signed. */
export class MergeHand {
  private readonly place: ManifestPlace;
  private readonly versions: ManifestVersions;
  private readonly context: Context;
  private identity: Uint8Array | undefined;

  constructor(place: ManifestPlace, versions: ManifestVersions, context: Context) {
    this.place = place;
    this.versions = versions;
    this.context = context;
  }

  /** Somebody who may sign an environment's statement under the manifest's head. @throws NEEDS_ADMIN */
  async of(manifest: Manifest, environment: string): Promise<StatementSigner> {
    const head = headOf(manifest);
    const hand = knownHand(head, await this.identityOf(), manifest.project);
    if (hand !== null && roleOf(head, hand.name, environment) !== "member") return hand;
    throw needsAdmin(manifest, { what: `or a rotator to settle the keys of ${environment}`, line: "envseal resolve, in the same merge" });
  }

  /** An admin under each of these heads. @throws NEEDS_ADMIN */
  async adminOf(...manifests: readonly Manifest[]): Promise<StatementSigner> {
    const identity = await this.identityOf();
    const hands = manifests.map((manifest) => ({ manifest, hand: knownHand(headOf(manifest), identity, manifest.project) }));
    if (hands.some(({ hand }) => hand?.role !== "admin")) throw needsAdminOfAll(manifests);
    return hands[0]?.hand as StatementSigner;
  }

  /** What was signed here must not be behind what this machine has seen, as each of the sides may be. @throws OLDER_CHECKOUT */
  requireNewest(manifest: Manifest): void {
    if (this.identity === undefined) return;
    requireTrusted({ ...this.place, manifest }, this.context);
    const { ours, theirs } = this.versions;
    refuseBehind(manifest, newlySigned(manifest, ours, theirs), this.context);
  }

  private async identityOf(): Promise<Uint8Array> {
    if (this.identity === undefined) {
      const { ours, theirs } = this.versions;
      for (const manifest of [ours, theirs])
        requireTrusted({ ...this.place, manifest }, { ...this.context, flags: { "allow-older": true } });
      this.identity = await identityToSign({ ...this.place, manifest: ours }, this.context);
    }
    return this.identity;
  }
}

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
