import { basename } from "node:path/posix";
import type { Allowance } from "../core/authority/manifest.ts";
import { environmentOfFile } from "../core/names.ts";
import type { Finding, RuleId } from "./finding.ts";

/** What says that a file is not what it should be, or not whose: nothing excuses it. */
const NEVER: ReadonlySet<RuleId> = new Set([
  "broken-vault",
  "broken-manifest",
  "manifest-change",
  "forged-manifest",
  "forged-authority",
  "forged-access",
  "forged-vault",
  "new-root",
]);

/** True for a rule whose findings somebody may let through. */
export function mayBeAllowed(rule: RuleId): boolean {
  return !NEVER.has(rule);
}

/** What the settings of one environment let through. */
export interface Allowed {
  environment: string;
  allow: readonly Allowance[];
}

/**
 * The findings that no entry lets through. An entry needs a rule, and may narrow it to a path and a variable; one that is
 * past its date counts no more. What is found of one environment, its own settings let through; what is of none, those of any
 * that was opened.
 * @param today YYYY-MM-DD; asked only where it matters, since the first date of a process costs 4 ms
 */
export function withoutAllowed(findings: readonly Finding[], { environment, allow }: Allowed, today: () => string): Finding[] {
  if (allow.length === 0 || findings.length === 0) return [...findings];
  const date = today();
  const valid = allow.filter(({ expires }) => expires === undefined || expires >= date);
  return findings.filter(
    (finding) =>
      !mayBeAllowed(finding.rule) ||
      (environmentOfFinding(finding) ?? environment) !== environment ||
      !valid.some(
        ({ rule, path, name }) =>
          rule === finding.rule && (path === undefined || path === finding.path) && (name === undefined || name === finding.name),
      ),
  );
}

/** A finding about a vault is of its environment; a plaintext file may be anybody's. */
function environmentOfFinding({ environment, path, rule }: Finding): string | undefined {
  if (environment !== undefined || rule === "plaintext-file") return environment;
  return path.endsWith(".vault") ? (environmentOfFile(basename(path)) ?? undefined) : undefined;
}
