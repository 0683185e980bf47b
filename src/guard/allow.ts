import type { Allowance } from "../core/manifest.ts";
import type { Finding } from "./finding.ts";

/**
 * The findings that no entry lets through. An entry needs a rule, and may narrow it to a path and a variable; one that is
 * past its date counts no more.
 * @param today YYYY-MM-DD; asked only where it matters, since the first date of a process costs 4 ms
 */
export function withoutAllowed(findings: readonly Finding[], allow: readonly Allowance[], today: () => string): Finding[] {
  if (allow.length === 0 || findings.length === 0) return [...findings];
  const date = today();
  const valid = allow.filter(({ expires }) => expires === undefined || expires >= date);
  return findings.filter(
    (finding) =>
      !valid.some(
        ({ rule, path, name }) =>
          rule === finding.rule && (path === undefined || path === finding.path) && (name === undefined || name === finding.name),
      ),
  );
}
