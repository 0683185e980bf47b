import type { AuthorityStatement } from "./authority.ts";
import type { Scope } from "./statement.ts";

interface Verdict<T> {
  head: AuthorityStatement;
  project: string;
  environment: string;
  name: string;
  verdict: T;
}

/**
 * What was found of statements and entries under one head, in one place: who may write a manifest decides how many there are, and
 * every list and every guard asks again. Of each object the last answer is kept; none is ever written to.
 */
export class Verdicts<T> {
  private readonly known = new WeakMap<object, Verdict<T>>();

  /** @param name under which the object is filed; empty where its place is the environment's alone */
  of(one: object, head: AuthorityStatement, { project, environment }: Scope, name: string, judge: () => T): T {
    const known = this.known.get(one);
    if (known?.head === head && known.project === project && known.environment === environment && known.name === name) return known.verdict;
    const verdict = judge();
    this.known.set(one, { head, project, environment, name, verdict });
    return verdict;
  }
}
