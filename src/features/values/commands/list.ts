import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { b64u } from "../../../core/bytes.ts";
import { workTree } from "../../../git/work-tree.ts";
import { readVault } from "../../../project/find.ts";
import { json, line, plain, table } from "../../../ui/output.ts";
import { openProject, type Project, selectOneOrAll, type Target } from "../../../workspace/project.ts";
import { openTarget } from "../../../workspace/vaults.ts";
import { namesOf } from "../../check/example-drift.ts";
import { findUsage, type Usage } from "../usage.ts";

/** Names with what is known about each; never a value. */
export async function run(context: Context): Promise<void> {
  const project = openProject(context);
  const targets = selectOneOrAll(project, context);
  const several = context.flags.recursive === true;
  if (context.flags.unused === true) return printUsage(await usageOf(project, targets, context), several, context);
  const listings = targets.map((target) => listingOf(project, target, context));
  if (context.json) return json(several ? listings : listings[0]);
  if (context.quiet) {
    for (const name of new Set(listings.flatMap(({ names }) => names.map((entry) => entry.name)))) line(name);
    return;
  }
  for (const [index, { vault, environment, names }] of listings.entries()) {
    if (several) line(`${index === 0 ? "" : "\n"}${plain(vault)} (${environment})`);
    if (names.length === 0) line(`${vault} holds no values yet`);
    else line(tableOf(names));
  }
}

function listingOf(project: Project, target: Target, context: Context) {
  const { opened, vault, access } = openTarget(project, target, context);
  const names = [...opened.assignments.values()].map(({ name, version, keyId, since, public: shown }) => ({
    name,
    public: shown,
    version,
    keyId,
    since: b64u(since),
    required: access.required.includes(name),
  }));
  return { vault: target.listed, environment: vault.environment, names };
}

function tableOf(names: ReturnType<typeof listingOf>["names"]): string {
  const rows = names.map(({ name, version, public: shown, required }) => [
    name,
    shown ? "public" : "secret",
    `v${version}`,
    required ? "required" : "",
  ]);
  return table([["NAME", "KIND", "KEY", ""], ...rows]);
}

interface VaultUsage extends Usage {
  vault: string;
}

/** Of each vault; the tracked files are looked through once for all of them. */
async function usageOf(project: Project, targets: readonly Target[], context: Context): Promise<VaultUsage[]> {
  const opened = targets.map((target) => ({
    vault: target.listed,
    names: [...openTarget(project, target, context).opened.assignments.keys()],
  }));
  const names = new Set(opened.flatMap((each) => each.names));
  const vaults = Object.keys(project.manifest.vaults).map((path) => join(project.root, path));
  const known = new Set([...names, ...vaults.filter((path) => existsSync(path)).flatMap((path) => namesOf(readVault(path)))]);
  const { unused, unset } = await findUsage(workTree(project.root), [...names], known);
  const idle = new Set(unused);
  return opened.map((each) => ({ vault: each.vault, unused: each.names.filter((name) => idle.has(name)), unset }));
}

/** Names that nothing mentions, and names that are read and stand in no vault. */
function printUsage(found: readonly VaultUsage[], several: boolean, context: Context): void {
  if (context.json) return json(several ? found : found[0]);
  if (context.quiet) {
    for (const name of new Set(found.flatMap(({ unused }) => unused))) line(name);
    return;
  }
  const rows = [
    ...found.flatMap(({ vault, unused }) => unused.map((name) => [name, "unused", `in ${vault}; no tracked file mentions it`])),
    ...(found[0]?.unset ?? []).map(({ name, path }) => [name, "not set", `${plain(path)} reads it; no vault has it`]),
  ];
  const whose = several ? "every vault" : (found[0]?.vault ?? "the vault");
  line(rows.length === 0 ? `every name of ${whose} is mentioned, and every name that is read is set` : table(rows));
}
