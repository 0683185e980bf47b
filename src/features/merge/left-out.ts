import type { LeftOut } from "../../core/merging/removed-by-side.ts";
import type { RightLeftOut } from "../../core/merging/roles-join.ts";

/** What a merge leaves out, why, who gave it, and how it is given on purpose. */
export function describeLeftOut({ environment, name, recipient, by, why, side }: LeftOut): string {
  const other = side === "ours" ? "theirs" : "ours";
  const because = {
    removed: `${other} took it away, and ${by} gave it on ${side}`,
    revoked: `${other} took all access from ${name}, and ${by} gave this on ${side}`,
    "one-sided": `${side} alone has it, signed by ${by}, and whether ${other} took it away cannot be told`,
    old: `it is an old entry, by ${by}, that was gone where the two parted and was put back on ${side}`,
    dead: `its entry counts on neither side, though it names ${by}`,
  }[why];
  return `${name} (${recipient}) gets no access to ${environment}: ${because}${onPurpose(environment, name)}`;
}

/** The same for access that only somebody gave who may not on the other side. */
export function describeDoubtful(environment: string, name: string, by: string): string {
  return `${name} gets no access to ${environment}: ${by} gave it, whose right the other side took away${onPurpose(environment, name)}`;
}

export function describeRight({ name, environment, by }: RightLeftOut): string {
  const [role, how] =
    environment === undefined ? ["no role", "--admin"] : [`no right to rotate ${environment}`, `--rotate -e ${environment}`];
  const why = by === null ? `one side took what ${name} had, the other gave this` : `${by} gave it, whose right the other side took away`;
  return `${name} gets ${role}: ${why}; to give it on purpose after the merge: envseal grant ${name} ${how}`;
}

function onPurpose(environment: string, name: string): string {
  return `; to give it on purpose after the merge: envseal grant ${name} -e ${environment}`;
}

/** Why the driver leaves it to a person, or null: what counts nowhere changes nothing. */
export function whyNotLeftOut(leftOut: readonly LeftOut[]): string | null {
  const first = leftOut.find(({ why }) => why !== "dead");
  if (first === undefined) return null;
  const { environment, name, by, side, why } = first;
  const other = side === "ours" ? "theirs" : "ours";
  const what = why === "one-sided" ? "whether the other side took it away cannot be told" : `${other} took access from ${name}`;
  return `${by} gave ${name} access to ${environment} on ${side}, and ${what}`;
}
