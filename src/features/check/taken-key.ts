import { EnvsealError } from "../../errors.ts";
import { readMark } from "../../loader/loaded-variable.ts";

/**
 * A loader in a process around this one (npx is a node program too, and NODE_OPTIONS reaches it) has taken the key of an
 * environment that was not searched for: who set that key must not read that nothing was found.
 * @param unseen environments that no key at hand opens
 * @throws NO_KEY
 */
export function refuseTakenKey(unseen: readonly string[], env: NodeJS.ProcessEnv): void {
  const loaded = readMark(env.ENVSEAL_LOADED).flatMap(({ vaults }) => vaults.map(({ environment }) => environment));
  const taken = [...new Set(loaded)].filter((environment) => unseen.includes(environment));
  if (taken.length === 0) return;
  throw new EnvsealError(
    "NO_KEY",
    `the key of ${taken.join(", ")} was taken by a loader that started this (ENVSEAL_LOADED): nothing was searched for`,
    {
      hint: 'start it without NODE_OPTIONS="-r envseal/config", which reaches npm and npx too, and outside envseal run (or envseal run --keep-key)',
    },
  );
}
