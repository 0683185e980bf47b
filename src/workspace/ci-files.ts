import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EnvsealError } from "../errors.ts";
import type { FileChange } from "./ignore-files.ts";

/** package.json's, put in by scripts/build.mjs. */
declare const ENVSEAL_VERSION: string;

/** Where each CI system looks for what it runs. */
const PLACES: Readonly<Record<string, string>> = {
  github: ".github/workflows/envseal.yml",
  gitlab: ".gitlab-ci.yml",
  circleci: ".circleci/config.yml",
};

export interface CiPlan {
  changes: FileChange[];
  /** For a file that is there and somebody's: what to add to it by hand. */
  snippet: { path: string; text: string } | null;
}

/** The file that makes a CI system check every push, where there is none. A file that runs the check already is left alone. @throws USAGE */
export function planCi(top: string, system: string): CiPlan {
  const place = Object.hasOwn(PLACES, system) ? PLACES[system] : undefined;
  if (place === undefined)
    throw new EnvsealError("USAGE", "there is no template for this CI system", { hint: `--ci takes ${Object.keys(PLACES).join(", ")}` });
  const template = readFileSync(new URL(`../../templates/ci/${system}.yml`, import.meta.url), "utf8");
  const text = template.replaceAll("VERSION", ENVSEAL_VERSION);
  const path = join(top, place);
  if (!existsSync(path)) return { changes: [{ path, text, why: "so that CI checks every push" }], snippet: null };
  const done = /^[^#\n]*\benvseal(@\S+)? check\b/m.test(readFileSync(path, "utf8"));
  return { changes: [], snippet: done ? null : { path: place, text } };
}
