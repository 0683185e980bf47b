import { type AuthorityStatement, ownMember } from "./authority.ts";

type Roles = Pick<AuthorityStatement, "admins" | "rotators">;

/** Who gets a role, loses one, or has it under another key, from one statement to another, in words. */
export function roleChanges(before: Roles, after: Roles): string[] {
  return [...changesOf(before.admins, after.admins, "an admin"), ...changesOf(before.rotators, after.rotators, "a rotator")];
}

function changesOf(before: Readonly<Record<string, { signer: string }>>, after: typeof before, role: string): string[] {
  const noun = role.split(" ")[1];
  return [
    ...Object.keys(after).flatMap((name) => {
      const was = ownMember(before, name)?.signer;
      if (was === undefined) return `${name} became ${role}`;
      return was === after[name]?.signer ? [] : `the key with which ${name} signs as ${noun} was replaced`;
    }),
    ...Object.keys(before)
      .filter((name) => !Object.hasOwn(after, name))
      .map((name) => `${name} is no ${noun} any more`),
  ];
}
