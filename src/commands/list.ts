import { b64u } from "../core/bytes.ts";
import type { Context } from "../ui/context.ts";
import { json, line, table } from "../ui/output.ts";
import { openProject, selectTarget } from "../workspace/project.ts";
import { openTarget } from "../workspace/vaults.ts";

/** Names with what is known about each; never a value. */
export function run(context: Context): void {
  const project = openProject(context);
  const target = selectTarget(project, context);
  const { opened, vault, access } = openTarget(project, target, context);
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
