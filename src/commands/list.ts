import { existsSync } from "node:fs";
import { join } from "node:path";
import { b64u } from "../core/bytes.ts";
import { workTree } from "../git/objects.ts";
import { readVault } from "../project/find.ts";
import type { Context } from "../ui/context.ts";
import { json, line, plain, table } from "../ui/output.ts";
import { namesOf } from "../workspace/drift.ts";
import { openProject, type Project, selectTarget, type Target } from "../workspace/project.ts";
import { findUsage } from "../workspace/usage.ts";
import { openTarget } from "../workspace/vaults.ts";

/** Names with what is known about each; never a value. */
export async function run(context: Context): Promise<void> {
  const project = openProject(context);
  const target = selectTarget(project, context);
  const { opened, vault, access } = openTarget(project, target, context);
  if (context.flags.unused === true) return printUsage(project, target, [...opened.assignments.keys()], context);
  const entries = [...opened.assignments.values()].map(({ name, version, keyId, since, public: shown }) => ({
    name,
    public: shown,
    version,
    keyId,
    since: b64u(since),
    required: access.required.includes(name),
  }));
  if (context.json) return json({ vault: target.listed, environment: vault.environment, names: entries });
  if (context.quiet) {
    for (const { name } of entries) line(name);
    return;
  }
  if (entries.length === 0) return line(`${target.listed} holds no values yet`);
  const rows = entries.map(({ name, version, public: shown, required }) => [
    name,
    shown ? "public" : "secret",
    `v${version}`,
    required ? "required" : "",
  ]);
  line(table([["NAME", "KIND", "KEY", ""], ...rows]));
}

/** Names that nothing mentions, and names that are read and stand in no vault. */
async function printUsage(project: Project, target: Target, names: readonly string[], context: Context): Promise<void> {
  const vaults = Object.keys(project.manifest.vaults).map((path) => join(project.root, path));
  const known = new Set([...names, ...vaults.filter((path) => existsSync(path)).flatMap((path) => namesOf(readVault(path)))]);
  const { unused, unset } = await findUsage(workTree(project.root), names, known);
  if (context.json) return json({ vault: target.listed, unused, unset });
  if (context.quiet) {
    for (const name of unused) line(name);
    return;
  }
  const rows = [
    ...unused.map((name) => [name, "unused", `in ${target.listed}; no tracked file mentions it`]),
    ...unset.map(({ name, path }) => [name, "not set", `${plain(path)} reads it; no vault has it`]),
  ];
  line(rows.length === 0 ? `every name of ${target.listed} is mentioned, and every name that is read is set` : table(rows));
}
