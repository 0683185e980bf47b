export const isNightly = process.env.NIGHTLY === "1";

/** Every row, in a night's run and for the table of attacks (`npm run security-tests`). */
export const isWhole = isNightly || process.env.ENVSEAL_EVERY_ROW === "1";
/** Moves every sample; the same seed, the same tests. */
export const SEED = Number(process.env.ENVSEAL_SEED ?? 1);

/** One row of `few`, evenly from all of them, and one at least; which ones, the seed says. */
export const sampled = <T>(rows: readonly T[], few: number): T[] =>
  rows.filter((_row, index) => isWhole || (index + SEED) % Math.min(few, rows.length) === 0);
