import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { runGit } from "../../git/process.ts";
import { installedProgram, isCopied } from "../../project/own-program.ts";
import { readBounded } from "../../system/read.ts";

/** package.json's, put in by scripts/build.mjs. */
declare const ENVSEAL_VERSION: string;

const LARGEST = 1 << 16;

/**
 * What git starts is a copy: where another version is installed by now, how it is taken over. Nothing of the installed one is
 * run for that, and one that git tracks is not recommended: it is whatever a branch has under that name.
 */
export function tellOfUpgrade(top: string): string[] {
  const installed = installedProgram();
  if (!isCopied(process.argv[1] ?? "") || isCopied(installed)) return [];
  const folder = join(dirname(installed), "../..");
  const version = versionOf(folder);
  if (version === null || version === ENVSEAL_VERSION) return [];
  if (isTracked(top, folder))
    return [
      `git tracks files of ${folder}, which say that they are envseal ${version}: whoever committed them wrote them; look before you run it`,
    ];
  return [`git starts envseal ${ENVSEAL_VERSION} here, and ${version} is installed by now; to take it over: envseal hooks install`];
}

function versionOf(folder: string): string | null {
  try {
    const { version } = JSON.parse(String(readBounded(join(folder, "package.json"), LARGEST))) as { version?: unknown };
    return typeof version === "string" && /^\d[\w.+-]{0,40}$/.test(version) ? version : null;
  } catch {
    return null;
  }
}

/** A file system may take names for the same that git does not, so capitals count for nothing. */
function isTracked(top: string, folder: string): boolean {
  return [folder, realpathSync(folder)].some((path) => runGit(top, ["ls-files", "--", `:(icase,literal)${path}`]).stdout.length > 0);
}
