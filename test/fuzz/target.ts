import { EnvsealError } from "../../src/errors.ts";
import type { Kind } from "../support/mutate.ts";

/** What is fuzzed: how inputs are made, and what must hold for each. */
export interface Target {
  name: string;
  /** What inputs grow from. */
  seeds: readonly string[];
  kind: Kind;
  /** Pieces of this format, for the mutator. */
  pieces?: readonly string[];
  /** Inputs are bytes, as latin1 text. */
  binary?: boolean;
  /** Runs one input. Returns what came of it, as short as can be; throws Broken where something that must hold does not. */
  run(input: string): string;
}

/** A promise that does not hold. */
export class Broken extends Error {}

export function must(held: boolean, what: string): void {
  if (!held) throw new Broken(what);
}

/** Stands in values, and can stand in no name: an error that holds it quotes a value. */
export const CANARY = "\u20ACsecret\u00A5";

/** Runs a target's code: anything but our own typed error, with a hint and without a value, is a fault. */
export function refusal(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof Broken) throw error;
    if (!(error instanceof EnvsealError)) throw new Broken(`no error of ours: ${(error as Error).stack}`);
    must(error.code !== "BUG" && error.hint !== undefined, `${error.code} without a hint, or a bug: ${error.message}`);
    must(!`${error.message} ${error.hint}`.includes(CANARY), `a value in the text of ${error.code}`);
    return `${error.code} ${error.message}`;
  }
}
