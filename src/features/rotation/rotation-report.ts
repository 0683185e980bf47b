import { count, paint, plain } from "../../ui/output.ts";
import type { RotationReport } from "./rotate-environment.ts";

/** What rotations did, a line for each environment, and once, honestly, what they cannot do. */
export function describeRotations(reports: readonly RotationReport[]): string {
  const lost = [...new Set(reports.flatMap((report) => report.lost))];
  const from = (name: string) => reports.filter((report) => report.lost.includes(name)).map(({ environment }) => environment);
  return [
    ...reports.map(described),
    ...lost.map((name) => `  ${plain(name)} no longer has access to ${from(name).join(", ")}`),
    "  old commits stay readable to whoever held the old key: a rotation protects what comes after it",
    "  next: commit envseal.json and the vaults together; read-only keys must be created anew",
  ].join("\n");
}

function described({ environment, version, keyId, resumed, vaults }: RotationReport): string {
  const what = `${environment} is at v${version} (${keyId})${resumed ? ", an interrupted rotation was finished" : ""}`;
  return `${paint("green", "done:")} ${what}; ${count(vaults.length, "vault")} sealed under it`;
}
