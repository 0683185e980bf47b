import { type Manifest, parseManifest, serialiseManifest } from "../core/manifest.ts";
import type { Side } from "../core/merge.ts";
import { mergeManifests, type Unsigned } from "../core/merge-manifest.ts";
import { whyNotSigned } from "../core/sign-merge.ts";
import { EnvsealError } from "../errors.ts";
import { shellWord } from "../printable.ts";
import type { Context } from "../ui/context.ts";
import { plain, say } from "../ui/output.ts";
import { choose, confirm } from "../ui/prompt.ts";
import { describeUnsigned, joinRotations, type ManifestVersions, openSides, parseManifests, sign } from "./merge-manifests.ts";
import type { FileVersions } from "./merge-vaults.ts";
import { sideOf } from "./resolve-vault.ts";

export interface ResolvedManifest {
  manifest: Manifest;
  text: string;
  /** Environments whose two keys were joined: their vaults are to be sealed anew, and then the floor raised where `raise`. */
  joined: { environment: string; raise: boolean }[];
}

/**
 * Settles a manifest that both sides changed. What it signs is shown and asked about first: a signature makes it trusted.
 * @throws NEEDS_TERMINAL, NEEDS_CONFIRMATION, NO_KEY, MALFORMED_MANIFEST
 */
export async function resolveManifest(path: string, files: FileVersions, context: Context): Promise<ResolvedManifest> {
  const versions = parseManifests(files);
  const { base, ours, theirs } = versions;
  const first = mergeManifests(base, ours, theirs);
  if (first === null)
    throw new EnvsealError("DIVERGED", `the two sides of ${path} are of two projects`, {
      hint: `take one side whole: git checkout --ours -- ${shellWord(path)}, or --theirs`,
    });
  const chosen = new Map<string, Side>();
  for (const conflict of first.conflicts) chosen.set(conflict, sideOf(context) ?? (await ask(path, conflict)));
  const merged = mergeManifests(base, ours, theirs, (conflict) => chosen.get(conflict) ?? "ours") ?? first;
  let { manifest } = merged;
  const joined: ResolvedManifest["joined"] = [];
  for (const unsigned of merged.unsigned) {
    const result = await settle(manifest, unsigned, versions, path, context);
    manifest = result.manifest;
    if (unsigned.lead === "fork") joined.push({ environment: unsigned.environment, raise: result.raise });
  }
  const text = serialiseManifest(manifest);
  return { manifest: parseManifest(text), text, joined };
}

async function ask(path: string, conflict: string): Promise<Side> {
  const options = [
    { value: "ours" as const, label: "ours" },
    { value: "theirs" as const, label: "theirs" },
  ];
  return choose(`${plain(path)}: both sides changed ${plain(conflict)}; which one?`, options, "add --ours or --theirs");
}

async function settle(manifest: Manifest, unsigned: Unsigned, versions: ManifestVersions, path: string, context: Context) {
  const { environment, lead } = unsigned;
  const keys = openSides(versions, environment, context);
  if (keys === null) {
    throw new EnvsealError("NO_KEY", `both sides of ${path} changed ${environment}, and no key at hand opens both`, {
      hint: `someone with access to both sides merges; or take one side whole (git checkout --ours -- ${shellWord(path)}, or --theirs) and do again what the other did`,
    });
  }
  const why = whyNotSigned(unsigned, keys);
  say(context, `${plain(path)}: ${why ?? `both sides changed ${environment}`}`);
  for (const text of describeUnsigned(unsigned, versions)) say(context, `  ${plain(text)}`);
  if (lead !== "fork") {
    const leader = lead === "ours" ? keys.ours : keys.theirs;
    await confirm(context, `sign this with the active key of ${environment}, v${leader.active.version} (${leader.active.keyId})?`);
    return { manifest: await sign(manifest, unsigned, keys), raise: false };
  }
  const pins = [keys.ours, keys.theirs].map(({ active }) => `v${active.version} (${active.keyId})`);
  await confirm(context, `make a third key of ${environment} that leads to both, ${pins.join(" and ")}, and sign all this with it?`);
  return joinRotations(manifest, unsigned, keys, versions.base);
}
