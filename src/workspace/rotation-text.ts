import { count, paint, plain } from "../ui/output.ts";
import type { RotationReport } from "./rotation.ts";

/** What a rotation did, and honestly what it cannot do. */
export function describeRotation({ environment, version, keyId, resumed, vaults, lost }: RotationReport): string {
  return [
    `${paint("green", "done:")} ${environment} is at v${version} (${keyId})${resumed ? ", an interrupted rotation was finished" : ""}; ${count(vaults.length, "vault")} sealed under it`,
    ...lost.map((name) => `  ${plain(name)} no longer has access`),
    "  old commits stay readable to whoever held the old key: a rotation protects what comes after it",
    "  next: commit envseal.json and the vaults together; read-only keys must be created anew",
  ].join("\n");
}
