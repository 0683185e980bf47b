import { readFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import type { Context } from "../../context.ts";
import { ownMember } from "../../core/authority/authority.ts";
import { authorityOf, headOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { trust, verifySince } from "../../core/authority/trust.ts";
import { manifestIn } from "../../core/manifest/manifest-text.ts";
import { isEnvsealError } from "../../errors.ts";
import { manifestsAt } from "../../git/manifests.ts";
import { findManifestPath } from "../../project/find.ts";
import { readSeen } from "../../project/pins.ts";
import { isConfirmedRoot, isKnownRoot } from "../../workspace/root-trust.ts";
import { unlockAtHand } from "../../workspace/unlock-at-hand.ts";

/** The manifest next to a file whose merge is settled, as it stands in the work tree: git may have taken it from anybody. */
export class SettledManifest {
  /** Null where there is none, or none that can be read. */
  readonly manifest: Manifest | null;
  readonly path: string | null;
  private readonly listed: string;
  private readonly context: Context;

  /** @param file absolute */
  constructor(file: string, context: Context) {
    this.path = findManifestPath(dirname(file));
    this.manifest = this.path === null ? null : manifestIn(readFileSync(this.path));
    this.listed = this.path === null ? "" : relative(dirname(this.path), file).split(sep).join("/");
    this.context = context;
  }

  /** True where an admin removed the environment: the authority is one to go by, and says so. */
  hasRemoved(environment: string): boolean {
    return this.manifest !== null && ownMember(headOf(this.manifest).gone ?? {}, environment) !== undefined && this.decides(this.manifest);
  }

  /**
   * The id of the vault that is listed for the file. Where the key is at hand, one that nobody who has it listed is none; who has no
   * key settles what readers will look at.
   */
  listedId(environment: string): string | null {
    if (this.manifest === null || !this.decides(this.manifest)) return null;
    return this.isForged(this.manifest, environment) ? null : (ownMember(this.manifest.vaults, this.listed)?.id ?? null);
  }

  private isForged(manifest: Manifest, environment: string): boolean {
    try {
      return unlockAtHand(manifest, environment, this.context, true)?.keyring.listsVault(this.listed) === false;
    } catch (error) {
      if (isEnvsealError(error)) return error.code !== "NO_ACCESS" && error.code !== "NO_KEY";
      throw error;
    }
  }

  /**
   * True where the authority goes on from HEAD's, or is of a new root that somebody confirmed, and is no older than what this machine
   * has seen. What nobody signed says nothing, nor does a list that is genuine and from before.
   */
  private decides(manifest: Manifest): boolean {
    try {
      const seen = readSeen(this.context.env, manifest.project);
      if (seen !== null && ["older", "parted"].includes(trust(manifest, { pins: [], seen }))) return false;
      const before = this.atHead();
      if (before === null || before.project !== manifest.project) return isKnownRoot(manifest, this.context);
      if (isConfirmedRoot(before, manifest, { pin: null, context: this.context })) return true;
      verifySince(before, manifest);
      return authorityOf(manifest).contains(authorityOf(before).headDigest);
    } catch (error) {
      if (isEnvsealError(error)) return false;
      throw error;
    }
  }

  private atHead(): Manifest | null {
    const path = this.path as string;
    return manifestsAt({ path, root: dirname(path) }, ["HEAD"]).next().value ?? null;
  }
}
