import { Dice, mutate } from "../support/mutate.ts";
import { formatTargets } from "./format.ts";
import { otherTargets } from "./others.ts";
import { Broken, type Target } from "./target.ts";

export const targets: readonly Target[] = [...formatTargets, ...otherTargets];

export interface Report {
  name: string;
  count: number;
  /** Inputs that led somewhere new, the seeds among them. */
  corpus: number;
  /** How many were not refused. */
  accepted: number;
  compared: number;
  slowest: number;
}

const ROOM = 1024;
/** What an outcome is, whatever numbers and names are in it. */
const skeleton = (outcome: string) => outcome.replace(/\d+|[A-Za-z_.]*[A-Z][\w.-]*/g, "#");

/**
 * Feedback without instrumenting: an input with an outcome that was never seen (which refusal, where) joins the corpus.
 * @param other the same target with the other cryptography: asked about every `every`-th input, and must say the same
 */
export function fuzz(target: Target, other: Target, options: { count: number; seed: number; every: number }): Report {
  const dice = new Dice(options.seed);
  const corpus = [...target.seeds];
  const largest = Math.max(...target.seeds.map(({ length }) => length)) * 2 + ROOM;
  const seen = new Set<string>();
  const report = { name: target.name, count: 0, corpus: 0, accepted: 0, compared: 0, slowest: 0 };
  const next = (index: number): string => {
    const seed = target.seeds[index];
    if (seed !== undefined) return seed;
    const from = dice.of(corpus);
    const pieces = dice.below(8) === 0 ? [dice.of(corpus).slice(0, 200)] : [];
    return mutate(from, dice, target.kind, [...(target.pieces ?? []), ...pieces]).text.slice(0, largest);
  };
  for (; report.count < options.count; report.count++) {
    const input = next(report.count);
    try {
      const started = performance.now();
      const outcome = target.run(input);
      report.slowest = Math.max(report.slowest, performance.now() - started);
      if (!/^[A-Z_]+ /.test(outcome)) report.accepted++;
      if (report.count % options.every === 0) {
        report.compared++;
        const theirs = other.run(input);
        if (theirs !== outcome) throw new Broken(`the two suites differ: ${outcome} / ${theirs}`);
      }
      const shape = skeleton(outcome);
      if (seen.has(shape)) continue;
      seen.add(shape);
      corpus.push(input);
    } catch (error) {
      throw new Error(`${target.name}, input ${report.count}: ${(error as Error).message}\n${JSON.stringify(input)}`, { cause: error });
    }
  }
  return { ...report, corpus: corpus.length, slowest: Math.round(report.slowest) };
}
