import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampled } from "../../support/sample.ts";
import { ACTS, type ActName } from "./matrix/acts.ts";
import { rowOf } from "./matrix/row.ts";
import { TABLE } from "./matrix/table.ts";
import { WAYS, type Way } from "./matrix/ways.ts";
import { Base, ROLES } from "./matrix/world.ts";

/**
 * Somebody with each role does each thing on a branch: by the command, or by hand and with their own signature where the command is
 * not for them. git brings it to main, or reverts it there, and an admin, an app with a deploy key, the hooks of a push and the
 * keyless check of a pull request look at what came of it.
 */

/** A row starts some dozens of programs. */
const PATIENCE = 600_000;

const keys = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];
const cells = ROLES.flatMap((role) => keys(ACTS).flatMap((act) => keys(WAYS).map((way) => ({ role, act, way }))));
const rows = new Map<string, { role: (typeof ROLES)[number]; act: ActName; ways: Way[] }>();
for (const { role, act, way } of sampled(cells, 31)) {
  const name = `${role}: ${act}`;
  const row = rows.get(name) ?? { role, act, ways: [] };
  if (typeof TABLE[role][act].ways[way] !== "string") row.ways.push(way);
  rows.set(name, row);
}

describe("what somebody does on a branch", () => {
  let base: Base;
  beforeAll(() => {
    base = new Base();
  }, PATIENCE);
  afterAll(() => base.remove());

  it.each([...rows].map(([name, row]) => [`${name}, by ${row.ways.join(", ")}`, row] as const))(
    "%s",
    { timeout: PATIENCE },
    async (_name, { role, act, ways }) => {
      const { ways: expected, ...own } = TABLE[role][act];
      const { ways: came, ...said } = await rowOf(base, role, act, ways);
      const outputs = ways.map((way) => `${way}:\n${came[way]?.output}`).join("\n");
      const outcomes = ways.map((way) => {
        const { output: _, ...outcome } = came[way] ?? {};
        return [way, outcome];
      });
      expect({ ...said, ...Object.fromEntries(outcomes) }, outputs).toEqual({
        ...own,
        ...Object.fromEntries(ways.map((way) => [way, expected[way]])),
      });
    },
  );
});
