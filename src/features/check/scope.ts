import type { Context } from "../../context.ts";
import type { Finding } from "../../guard/finding.ts";
import type { Manifests } from "../../workspace/at-commit.ts";
import type { Guard } from "./guard.ts";
import type { Confined } from "./let-through.ts";

export interface Checked {
  findings: Finding[];
  /** How many files, messages and names were looked at. */
  count: number;
  unseen: string[];
  /** What counts as let through beside what the keys at hand say. */
  allowed?: Confined[];
}

export interface Scope {
  top: string;
  guard: Guard;
  context: Context;
  /** The pin that the caller gives, and whether a root that nobody vouches for stops. */
  roots?: { pin: Uint8Array | null; strict: boolean };
}

/** What a tree is held against. */
export interface Comparison {
  /** The manifests of what it goes on from: every change of them counts. */
  before: Manifests;
  /** Those of further commits that it comes from: all that they have must still be there. */
  parents?: readonly Manifests[];
  /** Vaults and manifests to be looked at in any case. @param listed true for a vault that a manifest lists */
  isTouched: (path: string, listed: boolean) => boolean;
  /** What the tree has no more. */
  gone: readonly string[];
  /** True where what the manifests list is to be there, changed or not. */
  whole?: true | undefined;
  /** True where it is HEAD's tree or the index: what the work tree has in its place may be newer. */
  isHere?: boolean;
}
