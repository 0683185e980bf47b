import type { Allowance } from "../core/manifest.ts";
import type { Finding } from "./finding.ts";

/**
 * The findings that no entry lets through. An entry needs a rule, and may narrow it to a path and a variable; one that is
 * past its date (YYYY-MM-DD) counts no more.
 */
export function withoutAllowed(findings: readonly Finding[], allow: readonly Allowance[], today: string): Finding[] {
  const valid = allow.filter(({ expires }) => expires === undefined || expires >= today);
  return findings.filter(
    (finding) =>
      !valid.some(
        ({ rule, path, name }) =>
          rule === finding.rule && (path === undefined || path === finding.path) && (name === undefined || name === finding.name),
      ),
  );
}
