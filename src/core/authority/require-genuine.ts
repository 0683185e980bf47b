import { EnvsealError } from "../../errors.ts";
import { environmentOf, headOf, scopeOf } from "./authority-of.ts";
import { type EnvironmentProblem, environmentProblem } from "./environment-statement.ts";
import { formerSigner, SIGN_AGAIN } from "./former-signer.ts";
import type { Manifest } from "./manifest.ts";

/** What is wrong with an environment's statement, in words. */
const REFUSALS: Readonly<Record<EnvironmentProblem, string>> = {
  "not listed": "is not in the authority",
  unsigned: "is not signed by anybody who may: it was changed by hand, or by someone without the right",
  "too high": "is a rotator's, with a revision or version that leaves no room for the next ones",
  beyond: "is a rotator's, and destroys a key or links to one that is not older, which only an admin may",
  replaced: "is from before somebody lost access: an older one was put back",
};

/**
 * Refuses an environment's statement that does not count. The authority must be verified by then.
 * @throws FORGED_MANIFEST, UNKNOWN_ENVIRONMENT
 */
export function requireGenuine(manifest: Manifest, environment: string): void {
  const { statement } = environmentOf(manifest, environment);
  const problem = environmentProblem(headOf(manifest), scopeOf(manifest, environment), statement);
  if (problem !== null) throw refusal(manifest, environment, problem);
}

function refusal(manifest: Manifest, environment: string, problem: EnvironmentProblem): EnvsealError {
  const former = problem === "unsigned" ? formerSigner(manifest, environment) : null;
  if (former === null)
    return new EnvsealError("FORGED_MANIFEST", `the statement of ${environment} ${REFUSALS[problem]}`, {
      hint: "compare envseal.json with its history (git log -p envseal.json) and take the last good one",
    });
  return new EnvsealError("FORGED_MANIFEST", `the statement of ${environment} was signed by ${former}, who has no right to any more`, {
    hint: SIGN_AGAIN,
  });
}
