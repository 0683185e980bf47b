import { gitOutput } from "../../git/output.ts";
import { runGit } from "../../git/process.ts";

/** The names that .gitattributes gives vaults and the manifest (templates/gitattributes). */
const ATTRIBUTES = ["envseal", "envseal-manifest"];
const SECTIONS = [...ATTRIBUTES.flatMap((name) => [`merge.${name}`, `diff.${name}`]), "mergetool.envseal"];

/**
 * Tells git, in this clone's own configuration, how vaults and manifest are diffed and merged. The runner degrades where
 * node or envseal is missing: git would die of a failing textconv, and lose their side in a failing merge.
 * @param call how to start the runner from a shell
 */
export function armDrivers(top: string, call: string): void {
  const config = (name: string, value: string) => gitOutput(top, ["config", "--local", name, value]);
  for (const name of ATTRIBUTES) {
    config(`merge.${name}.name`, "by variable name, sealed (envseal)");
    config(`merge.${name}.driver`, `${call} merge-driver %O %A %B %L %P`);
    config(`diff.${name}.textconv`, `${call} textconv`);
  }
  config("mergetool.envseal.cmd", `${call} resolve "$MERGED"`);
  config("mergetool.envseal.trustExitCode", "true");
}

export function disarmDrivers(top: string): void {
  for (const section of SECTIONS) runGit(top, ["config", "--local", "--remove-section", section]);
}
