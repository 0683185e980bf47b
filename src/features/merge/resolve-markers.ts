import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { MANIFEST_NAME } from "../../core/names.ts";
import { EnvsealError } from "../../errors.ts";
import { MANIFEST_FILES, VAULT_FILES } from "../../git/objects.ts";
import { gitLines } from "../../git/output.ts";
import { shellWord } from "../../printable.ts";
import { readManifest, readVault } from "../../project/find.ts";

/** What git was told is settled (`git add`) while both sides still stand in it is not. @throws CONFLICT_MARKERS */
export function refuseMarkers(top: string, isWanted: (path: string) => boolean): void {
  for (const path of gitLines(top, ["ls-files", "-z", "--full-name", "--", VAULT_FILES, MANIFEST_FILES], { nul: true })) {
    const file = join(top, path);
    if (!isWanted(path) || !existsSync(file)) continue;
    try {
      if (basename(path) === MANIFEST_NAME) readManifest(file);
      else readVault(file);
    } catch (error) {
      // Whatever else is wrong with a file is no matter of a merge.
      if (!(error instanceof EnvsealError) || error.code !== "CONFLICT_MARKERS") continue;
      throw new EnvsealError("CONFLICT_MARKERS", error.message, {
        hint: `git was told that it is settled; bring the conflict back: git checkout -m -- ${shellWord(path)}, then: envseal resolve; where git knows of none any more, take one side whole: git checkout COMMIT -- ${shellWord(path)}`,
      });
    }
  }
}
