import { authorityOf } from "../core/authority-of.ts";
import type { Manifest } from "../core/manifest.ts";
import { isEnvsealError } from "../errors.ts";
import type { Finding } from "../guard/finding.ts";
import { injectedKey } from "../loader/key.ts";
import { readSeen } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";
import { pinText } from "./pin-text.ts";

/** What says that an authority of which a commit knows nothing is the right one. */
export interface RootTrust {
  /** The caller's pin. */
  pin: Uint8Array | null;
  /** True where a root that nobody vouches for stops; else it is told. */
  strict: boolean;
  context: Context;
}

/**
 * What is wrong with where a manifest's authority comes from: a first one, of which neither the caller nor this machine knows the
 * pin, or one that does not lead back to the caller's.
 * @param isNew true where what it is compared with has no manifest of the project
 */
export function inspectRoot(path: string, manifest: Manifest, isNew: boolean, { pin, strict, context }: RootTrust): Finding[] {
  if (pin !== null) {
    if (authorityOf(manifest).findPin(pin) !== undefined) return [];
    const message = `${path}: its authority does not lead back to the pin that the check was given`;
    return [
      {
        rule: "forged-authority",
        path,
        message,
        fix: "take envseal.json from git again; or compare the pin with an admin's (envseal status), and give the check that one",
      },
    ];
  }
  if (!isNew || isConfirmedHere(manifest, context) || isOfInjectedKey(manifest, context)) return [];
  const fix = `compare ${pinText(manifest)} with what an admin sees (envseal pin) by another way than git, then: envseal check --pin=${pinText(manifest)}`;
  const message = `${path}: nothing is known of its authority here: whoever made it decides who has access`;
  return [{ rule: "new-root", path, message, fix, ...(!strict && { level: "warning" as const }) }];
}

/** A key string carries the pin of the day on which an admin made it. */
function isOfInjectedKey(manifest: Manifest, { env }: Context): boolean {
  try {
    const key = injectedKey(env, null);
    return key?.type === "identity" && key.pins.length > 0 && key.pins.every((pin) => authorityOf(manifest).findPin(pin) !== undefined);
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

function isConfirmedHere(manifest: Manifest, { env }: Context): boolean {
  try {
    const seen = readSeen(env, manifest.project);
    const authority = authorityOf(manifest);
    return seen !== null && (authority.contains(seen.digests.at(-1) as string) || seen.digests.includes(authority.headDigest));
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}
