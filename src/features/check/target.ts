import { accessProblem } from "../../core/authority/access-entry.ts";
import { ownMember } from "../../core/authority/authority.ts";
import { authorityOf, entryOf, environmentNames, scopeOf } from "../../core/authority/authority-of.ts";
import { environmentProblem } from "../../core/authority/environment-statement.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { isOtherRoot } from "../../core/authority/trust.ts";
import type { Finding } from "../../guard/finding.ts";
import { pinText } from "../../workspace/pin-text.ts";

/**
 * What a range signed that does not hold any more where it is to go: since the two parted, the target may have taken a right away.
 * @param target the manifest of the branch that the range is for @param base where the two parted @param tip what the range ends with
 */
export function inspectTarget(path: string, target: Manifest, base: Manifest | null, tip: Manifest): Finding[] {
  if (target.project !== tip.project) return [];
  const [theirs, ours] = [authorityOf(target), authorityOf(tip)];
  if (ours.contains(theirs.headDigest)) return [];
  if (isOtherRoot(target, tip)) return [anotherRoot(path, target, base !== null && isOtherRoot(target, base))];
  if (!theirs.contains(ours.headDigest)) {
    const message = `${path}: this branch and the one it is for both changed the authority`;
    return [
      { rule: "manifest-change", path, message, fix: "merge the other branch into this one; envseal resolve joins the two, by an admin" },
    ];
  }
  return environmentNames(tip).flatMap((environment) => {
    const entry = entryOf(tip, environment);
    const before = base === null ? undefined : entryOf(base, environment);
    if (entry === undefined) return [];
    const scope = scopeOf(tip, environment);
    const isNew = JSON.stringify(entry.statement) !== JSON.stringify(before?.statement);
    const problem = isNew ? environmentProblem(theirs.head, scope, entry.statement) : null;
    const found = problem === null ? [] : [late(path, `the statement of ${environment}`)];
    for (const [name, access] of Object.entries(entry.access)) {
      if (JSON.stringify(access) === JSON.stringify(ownMember(before?.access ?? {}, name))) continue;
      if (accessProblem(theirs.head, scope, entry.statement.revision, name, access) !== null)
        found.push(late(path, `the access of ${name} to ${environment}`));
    }
    return found;
  });
}

/** Without a key nothing says which of two roots is right: what the range goes into has the word, and who checks compares its pin. */
function anotherRoot(path: string, target: Manifest, isSince: boolean): Finding {
  const pin = pinText(target);
  return isSince
    ? {
        rule: "forged-authority",
        path,
        message: `${path}: the branch that this one is for has a new root, ${pin}, since the two parted`,
        fix: `compare ${pin} with an admin's pin (envseal pin) by another way than git; if it is theirs, rebase this branch onto the other one, and seal again what this one sealed; envseal check --pin=${pin} then holds it to that root`,
      }
    : {
        rule: "forged-authority",
        path,
        message: `${path}: this branch has another root than the one it is for, whose pin is ${pin}`,
        fix: "take envseal.json from the other branch; where the root is new on purpose, an admin tells its pin by another way than git, and the check is given that: envseal check --pin=PIN",
      };
}

function late(path: string, what: string): Finding {
  return {
    rule: "forged-manifest",
    path,
    message: `${path}: ${what} was signed on this branch, and does not count any more on the one it is for`,
    fix: "merge the other branch into this one, and have an admin do it again there",
  };
}
