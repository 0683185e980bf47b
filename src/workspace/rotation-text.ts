import type { Reason } from "../core/rotate.ts";
import { count, paint, plain } from "../ui/output.ts";
import type { Resealed } from "./reseal.ts";
import type { RotationReport } from "./rotation.ts";

/** What a rotation did, and honestly what it cannot do. */
export function describeRotation(report: RotationReport, reason: Reason): string {
  const { environment, version, keyId, resumed, vaults, lost, exposed } = report;
  const lines = [
    `${paint("green", "done:")} ${environment} is at v${version} (${keyId})${resumed ? ", an interrupted rotation was finished" : ""}; ${count(vaults.length, "vault")} sealed under it`,
  ];
  for (const name of lost) lines.push(`  ${plain(name)} no longer has access`);
  lines.push("  old commits stay readable to whoever held the old key: a rotation protects what comes after it");
  if (reason !== "scheduled" && exposed.length > 0) lines.push("", describeExposed(exposed));
  lines.push("", "next: commit envseal.json and the vaults together; read-only keys must be created anew");
  return lines.join("\n");
}

/** The list that only people can work through: an old commit stays readable whatever is rotated here. */
export function describeExposed(exposed: readonly Resealed[]): string {
  if (exposed.length === 0) return "every value that stood under it was changed since";
  const lines = exposed.map(({ path, names }) => `  ${plain(path)}: ${names.join(", ")}`);
  return ["change these at their providers, then envseal set them; until then whoever held the old key knows them:", ...lines].join("\n");
}
