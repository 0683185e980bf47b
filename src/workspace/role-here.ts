import type { Context } from "../context.ts";
import { headOf } from "../core/authority/authority-of.ts";
import { injectedKey } from "../custody/key.ts";
import { readCustodyRecord } from "../custody/record.ts";
import { isEnvsealError } from "../errors.ts";
import { heldOpen } from "./identity.ts";
import type { Project } from "./project.ts";
import { knownHand } from "./signing.ts";

export type Role = "admin" | "rotator" | "member";

/** What this person may decide, as far as it can be told without asking a custody. */
export function roleHere(project: Project, context: Context): Role {
  const { manifest } = project;
  try {
    const injected = injectedKey(context.env, null);
    const identity = injected === null ? heldOpen(project, context) : injected.type === "identity" ? injected.identity : null;
    if (identity !== null) return knownHand(headOf(manifest), identity, manifest.project)?.role ?? "member";
    const name = readCustodyRecord(context.env, manifest.project)?.name ?? "";
    return Object.hasOwn(headOf(manifest).admins, name) ? "admin" : "member";
  } catch (error) {
    if (isEnvsealError(error)) return "member";
    throw error;
  }
}
