import type { Context } from "../../context.ts";
import { headOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import type { StatementSigner } from "../../core/authority/statement.ts";
import { withRolesChanged } from "../../core/keys/fence.ts";
import { EnvsealError } from "../../errors.ts";
import { recoveryPaths } from "../../workspace/recovery-paths.ts";

/** Somebody as the manifest lists them. */
export interface Person {
  name: string;
  recipient: string;
  /** Undefined for somebody who is known by an age recipient alone. */
  signer: string | undefined;
}

export type AskedRole = "admin" | "rotate" | "member";

/** --admin, --rotate or --member; null for none of them. @throws USAGE for two */
export function roleAsked({ flags }: Context): AskedRole | null {
  const asked = (["admin", "rotate", "member"] as const).filter((role) => flags[role] === true);
  if (asked.length <= 1) return asked[0] ?? null;
  throw new EnvsealError("USAGE", `--${asked.join(" and --")} exclude each other`, { hint: "envseal help grant" });
}

/** @throws USAGE where somebody cannot have the role, or would leave nobody to decide */
export function refuseUnlessAdminOf(manifest: Manifest, { name, signer }: Person, role: AskedRole | null): void {
  if (role === null) return;
  const { admins, rotators } = headOf(manifest);
  if (role === "member") {
    if (!Object.hasOwn(admins, name) && !Object.hasOwn(rotators, name))
      throw new EnvsealError("USAGE", `${name} has no role`, { hint: "envseal recipients shows them" });
    if (Object.keys(admins).length === 1 && Object.hasOwn(admins, name))
      throw new EnvsealError("USAGE", `${name} is the last admin: nobody could decide any more`, {
        hint: "make somebody else an admin first",
      });
    return;
  }
  if (signer === undefined)
    throw new EnvsealError("USAGE", `${name} is known by an age recipient alone, and signs nothing`, {
      hint: `${name} asks for access with envseal join, which adds a signing key`,
    });
}

/** @throws NEEDS_ADMIN where somebody would sign the end of their own right to sign: what they sign in that step would not count */
export function refuseOwnRole(manifest: Manifest, names: readonly string[], hand: StatementSigner, line: string): void {
  if (!names.includes(hand.name)) return;
  const words = new Set(recoveryPaths(manifest).map(({ name }) => name));
  const others = Object.keys(headOf(manifest).admins).filter((name) => !names.includes(name) && !words.has(name));
  throw new EnvsealError("NEEDS_ADMIN", `${hand.name} cannot sign the end of their own role: another admin does`, {
    hint: others.length === 0 ? "make somebody an admin first: envseal grant NAME --admin" : `ask ${others.join(" or ")} to run: ${line}`,
  });
}

/**
 * The manifest with somebody's role changed. What they signed before and may not any more is signed by `signer` instead.
 * @param environments for a rotator
 */
export function withRole(
  manifest: Manifest,
  person: Person,
  role: AskedRole,
  environments: readonly string[],
  signer: StatementSigner,
): Manifest {
  const { admins, rotators } = headOf(manifest);
  const { name, recipient } = person;
  const { [name]: _admin, ...otherAdmins } = admins;
  const { [name]: rotator, ...otherRotators } = rotators;
  const key = person.signer as string;
  if (role === "admin")
    return withRolesChanged(manifest, { admins: { ...otherAdmins, [name]: { recipient, signer: key } }, rotators: otherRotators }, signer);
  if (role === "member") return withRolesChanged(manifest, { admins: otherAdmins, rotators: otherRotators }, signer);
  const all = [...new Set([...(rotator?.environments ?? []), ...environments])].sort();
  return withRolesChanged(
    manifest,
    { admins: otherAdmins, rotators: { ...otherRotators, [name]: { signer: key, environments: all } } },
    signer,
  );
}
