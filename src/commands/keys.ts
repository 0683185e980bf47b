import { existsSync } from "node:fs";
import { join } from "node:path";
import { isEnvsealError } from "../errors.ts";
import { readVault } from "../project/find.ts";
import type { Context } from "../ui/context.ts";
import { json, line, table } from "../ui/output.ts";
import { openProject, type Project } from "../workspace/project.ts";

/** The inventory: every key version of every environment, its state, and what stands under it. */
export function run(context: Context): void {
  const project = openProject(context);
  const { environments } = project.manifest;
  const counts = countValues(project);
  const entries = Object.entries(environments)
    .filter(([name]) => context.environment === undefined || name === context.environment)
    .flatMap(([environment, { keys, active, floor, access }]) =>
      Object.entries(keys)
        .sort(([, a], [, b]) => b.version - a.version)
        .map(([keyId, { version, state, created, reason }]) => ({
          purpose: "seals values",
          environment,
          version,
          keyId,
          state,
          created,
          ageDays: Math.max(0, Math.floor((Date.now() - Date.parse(created)) / 86_400_000)),
          reason,
          recipients: keyId === active ? Object.keys(access).sort() : [],
          values: counts.get(keyId) ?? 0,
          floor: keyId === floor,
          held:
            keyId === active
              ? "wrapped for each recipient"
              : state === "destroyed"
                ? "nowhere in this manifest"
                : "sealed under the next key",
        })),
    );
  if (context.json) return json(entries);
  const rows = entries.map((entry) => [
    entry.environment,
    `v${entry.version}${entry.floor ? " (floor)" : ""}`,
    entry.keyId,
    entry.state,
    entry.created.slice(0, 10),
    `${entry.ageDays} d`,
    entry.reason,
    String(entry.values),
    entry.recipients.join(", "),
  ]);
  line(table([["ENVIRONMENT", "VERSION", "ID", "STATE", "CREATED", "AGE", "REASON", "VALUES", "RECIPIENTS"], ...rows]));
}

/** keyId → how many assignments of the work tree's vaults are sealed under it. */
function countValues(project: Project): Map<string, number> {
  const counts = new Map<string, number>();
  for (const path of Object.keys(project.manifest.vaults)) {
    const file = join(project.root, path);
    if (!existsSync(file)) continue;
    try {
      for (const row of readVault(file).lines)
        if (row.kind === "assignment") counts.set(row.token.keyId, (counts.get(row.token.keyId) ?? 0) + 1);
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
    }
  }
  return counts;
}
