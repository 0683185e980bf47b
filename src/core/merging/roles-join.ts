import { type Authority, type AuthorityStatement, ownMember } from "../authority/authority.ts";
import { authorityOf } from "../authority/authority-of.ts";
import { onlySignature } from "../authority/statement.ts";
import type { UnsignedAuthority } from "./authority-join.ts";
import { losesRole, type Sides } from "./removed-by-side.ts";

type Roles = Pick<AuthorityStatement, "admins" | "rotators">;

/** One right of somebody's key: an admin's, or a rotator's in one environment. */
interface Right {
  name: string;
  signer: string;
  recipient?: string;
  /** Undefined for an admin's. */
  environment?: string;
}

export interface RightLeftOut extends Right {
  /** Who gave it, and gives nothing any more; null where one side took away what they had. */
  by: string | null;
}

/**
 * Takes the rights out of a joined authority that a removal wins over, and those that somebody gave who is no admin in it: what they
 * gave in turn goes with them.
 */
export function withoutRights(next: UnsignedAuthority, sides: Sides): RightLeftOut[] {
  const left: RightLeftOut[] = [];
  const take = (right: Right, by: string | null) => {
    drop(next, right);
    left.push({ ...right, by });
  };
  const isLost = losesRole(sides);
  for (const right of rightsOf(next)) if (isLost(right.name, right)) take(right, null);
  const [own, other] = [authorityOf(sides.ours), authorityOf(sides.theirs)];
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    for (const right of rightsOf(next)) {
      const givers = [...giversOf(right, own, other), ...giversOf(right, other, own)];
      if (givers.length > 0 && !givers.some(({ name, signer }) => ownMember(next.admins, name)?.signer === signer))
        take(right, givers[0]?.name as string);
    }
  }
  return left;
}

function rightsOf({ admins, rotators }: Roles): Right[] {
  const rotating = Object.entries(rotators).flatMap(([name, { signer, environments }]) =>
    environments.map((environment) => ({ name, signer, environment })),
  );
  return [...Object.entries(admins).map(([name, admin]) => ({ name, ...admin })), ...rotating];
}

function has({ admins, rotators }: Roles, { name, signer, environment }: Right): boolean {
  if (environment === undefined) return ownMember(admins, name)?.signer === signer;
  const rotator = ownMember(rotators, name);
  return rotator?.signer === signer && rotator.environments.includes(environment);
}

function drop({ admins, rotators }: Roles, { name, environment }: Right): void {
  const rotator = ownMember(rotators, name);
  if (environment === undefined) delete admins[name];
  else if (rotator !== undefined) {
    const environments = rotator.environments.filter((one) => one !== environment);
    if (environments.length === 0) delete rotators[name];
    else rotators[name] = { ...rotator, environments };
  }
}

/** Who gave a right in the statements that one side alone has, where that side's head has it and the other's does not. */
function giversOf(right: Right, own: Authority, other: Authority): { name: string; signer: string }[] {
  if (has(other.head, right) || !has(own.head, right)) return [];
  return own.digests.flatMap((digest) => {
    const statement = own.statement(digest);
    const before = statement.previous.map((earlier) => own.statement(earlier));
    if (other.contains(digest) || !has(statement, right) || before.some((one) => has(one, right))) return [];
    const name = onlySignature(statement)?.name ?? "";
    return [{ name, signer: ownMember((before[0] ?? statement).admins, name)?.signer ?? "" }];
  });
}
