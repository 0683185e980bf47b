import { afterAll, describe, expect, it } from "vitest";
import { MODES, type Mode } from "../../support/faults.ts";
import { isNightly, SEED, sampled } from "../../support/sample.ts";
import type { Scenario } from "./project.ts";
import { removeBases, Struck } from "./struck.ts";

const STRIKES = Number(process.env.FAULT_STRIKES ?? 0);

/** Numbers below `limit` that look drawn, and are the same for the same seed. */
function* draws(seed: number, limit: number): Generator<number> {
  for (let at = seed * 7919; ; at += 104_729) yield (at * 31) % limit;
}

function chosen(calls: number, index: number): [number, Mode][] {
  const errors = MODES.slice(1);
  if (isNightly)
    return Array.from({ length: calls }, (_, call): [number, Mode][] => [
      [call + 1, "kill"],
      [call + 1, errors[(call + index) % errors.length] as Mode],
    ]).flat();
  const draw = draws(SEED + index, calls * MODES.length);
  return Array.from({ length: STRIKES || 1 }, () => {
    const drawn = draw.next().value as number;
    return [1 + (drawn % calls), MODES[drawn % MODES.length] as Mode];
  });
}

/**
 * Every command, struck at its n-th call that changes something: killed there, or refused by the system. By night at every n,
 * twice; otherwise one of them at one n. ENVSEAL_SEED moves both, FAULT_STRIKES says how many for each command.
 */
export function struckEach(all: readonly Scenario[]): void {
  const scenarios = all.map((scenario, index) => ({ ...scenario, index }));
  afterAll(removeBases);
  describe("a fault at the n-th call that changes something", () => {
    it.each(STRIKES > 0 ? scenarios : sampled(scenarios, scenarios.length))(
      "of $name: old or new, all readable, nothing half, and a rerun does it",
      ({ index, ...scenario }) => {
        const struck = new Struck(scenario);
        const failures: string[] = [];
        for (const [at, mode] of chosen(struck.calls, index)) {
          try {
            struck.strike(at, mode, isNightly && at % 5 === 0);
          } catch (error) {
            failures.push((error as Error).message);
          }
        }
        struck.remove();
        expect(failures.join("\n\n")).toBe("");
      },
      7_200_000,
    );
  });
}
