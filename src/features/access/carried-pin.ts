import { environmentNames } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { trust } from "../../core/authority/trust.ts";
import { type Env, givenPin, injectedKey } from "../../custody/key.ts";
import { isEnvsealError } from "../../errors.ts";
import { projectFileBehind } from "../../project/project-file.ts";

/**
 * What carries a pin that the manifest's authority leads to, such as `the key in ENVSEAL_KEY`: with it, nobody has to confirm one on
 * this machine. Null where there is none, or it leads elsewhere, which is a finding of its own.
 */
export function carriedPin(manifest: Manifest, env: Env): string | null {
  try {
    for (const environment of [null, ...environmentNames(manifest)]) {
      const key = injectedKey(env, environment);
      // A file of the project carries the pin of whoever commits.
      if (key === null || projectFileBehind(key.source, env[key.source] ?? "") !== undefined) continue;
      trust(manifest, { pins: key.type === "identity" ? key.pins : [key.pin], seen: null });
      return `the key in ${key.source}`;
    }
    const given = givenPin(env);
    if (given === null) return null;
    trust(manifest, { pins: [given], seen: null });
    return "ENVSEAL_PIN";
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}
