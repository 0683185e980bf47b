import { expect, it } from "vitest";
import { dueStep, isDue, withDue } from "../../../src/core/keys/due.ts";
import { mergeStatement } from "../../../src/core/merging/merge-statement.ts";
import { AT, Ring } from "../../support/keyring-builder.ts";

const base = Ring.start().grant("ada", 11);
const settle = () => "ours" as const;

it("a key that a leaver knows is due while it is accepted, whoever rotated on another branch meanwhile", () => {
  expect(isDue(base.statement)).toBe(false);
  const marked = base.state({ keys: withDue(base.statement, AT) });
  expect(isDue(marked.statement)).toBe(true);
  // Below the floor nothing of it is accepted.
  const ended = marked.rotate(2, { reason: "offboarding" }).statement;
  expect([isDue(ended), isDue({ ...ended, floor: ended.active })]).toEqual([true, false]);
  const rotated = base.rotate(2);
  for (const [ours, theirs] of [
    [marked, rotated],
    [rotated, marked],
  ] as const) {
    const { statement } = mergeStatement("default", { base: base.statement, ours: ours.statement, theirs: theirs.statement }, settle);
    expect([statement.active, isDue(statement)]).toEqual([rotated.active, true]);
    // The other branch wrapped its new key for whoever loses access here: raising the floor to it ends nothing.
    expect(isDue({ ...statement, floor: statement.active })).toBe(true);
  }
});

it("an ordinary rotation marks nothing, for whatever reason", () => {
  for (const reason of ["scheduled", "offboarding", "suspected", "compromised"] as const)
    for (const key of Object.values(base.rotate(2, { reason }).statement.keys)) expect(dueStep(key), reason).toBeUndefined();
});
