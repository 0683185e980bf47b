import { ownMember } from "../core/authority/authority.ts";
import { environmentEntries } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { validEntries } from "../core/keys/fence.ts";

/** Recovery words, as an admin signed them, and what each opens; what opens most first. Whether they were confirmed is a claim. */
export function recoveryPaths(manifest: Manifest): { name: string; opens: string[]; confirmed: boolean }[] {
  const opens = new Map<string, string[]>();
  for (const [environment, { access }] of environmentEntries(manifest))
    for (const name of validEntries(manifest, environment))
      if (access[name]?.kind === "recovery") opens.set(name, [...(opens.get(name) ?? []), environment]);
  const paths = [...opens].map(([name, environments]) => {
    const custody = ownMember(manifest.recipients, name)?.custody;
    return { name, opens: environments, confirmed: custody?.kind === "recovery" && custody.confirmed !== undefined };
  });
  return paths.sort((a, b) => b.opens.length - a.opens.length);
}
