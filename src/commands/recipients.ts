import { environmentOf } from "../core/keyring.ts";
import { accessByName } from "../core/manifest.ts";
import type { Context } from "../ui/context.ts";
import { json, line, plain, say, table, warn } from "../ui/output.ts";
import { authenticateManifest } from "../workspace/authenticate.ts";
import { fingerprint } from "../workspace/fingerprint.ts";
import { openProject } from "../workspace/project.ts";

/** Who can open what, since when, and how the identity is held; with -e, who can open that environment. */
export function run(context: Context): void {
  const { manifest, path } = openProject(context);
  const { findings, unseen } = authenticateManifest(path, null, manifest, context);
  const { environment: asked } = context;
  const access = asked === undefined ? null : environmentOf(manifest, asked).access;
  const wanted = Object.entries(manifest.recipients).filter(([name]) => access === null || Object.hasOwn(access, name));
  const opens = accessByName(manifest);
  const entries = wanted.map(([name, { recipient, added, custody }]) => ({
    name,
    environments: (opens.get(name) ?? []).map((environment) => {
      const { keys, active } = environmentOf(manifest, environment);
      return `${environment} v${keys[active]?.version}`;
    }),
    added,
    custody: custody?.kind ?? "unknown",
    fingerprint: fingerprint(recipient),
    recipient,
  }));
  for (const { message } of findings) warn(message);
  if (unseen.length > 0) say(context, `not verified, since the key at hand does not open it: access to ${unseen.map(plain).join(", ")}`);
  if (context.json) return json(entries);
  const rows = entries.map((entry) => [
    plain(entry.name),
    entry.environments.join(", ") || "asks for access",
    entry.added,
    entry.custody,
    entry.fingerprint,
  ]);
  line(table([["NAME", "ACCESS", "SINCE", "CUSTODY", "FINGERPRINT"], ...rows]));
}
