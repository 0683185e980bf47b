import type { Context } from "../../context.ts";
import { headOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { newlySigned } from "../../core/authority/newly-signed.ts";
import { roleOf } from "../../core/authority/rights.ts";
import type { StatementSigner } from "../../core/authority/statement.ts";
import { refuseBehind } from "../../workspace/refuse-behind.ts";
import { identityToSign, knownHand, needsAdmin, requireTrusted } from "../../workspace/signing.ts";
import { needsAdminOfAll } from "./admins-of-all.ts";
import type { ManifestVersions } from "./manifests.ts";
/** Where the file is. */
export interface ManifestPlace {
  /** Absolute. */
  path: string;
  root: string;
  /** For people. */
  label: string;
}

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
