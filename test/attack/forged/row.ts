import type { Manifest } from "../../../src/core/authority/manifest.ts";

export type Forged = { manifest?: Manifest; vault?: string };

export interface Row {
  name: string;
  forge: () => Forged | Promise<Forged>;
  /** The code with which reading a value is refused; null where the forgery touches nobody who reads. */
  get: string | null;
  /** What `envseal check --staged` says of it; null where it is nothing that a manifest shows. */
  check: RegExp | null;
  /** What is said, in `get` or `check`, that only this row says. */
  own: RegExp;
}
