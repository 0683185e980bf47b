import { statSync } from "node:fs";
import { dirname } from "node:path";
import { shellWord } from "../printable.ts";

/** What is wrong with the modes of a file or its folder, and the command that mends it. */
export interface Exposed {
  what: string;
  fix: string;
}

/**
 * Where others may read or write a file of this person's (0600 in a folder of 0700), links followed; null where nobody may. What git
 * or an archive puts into a folder has other modes as a rule. Owners are not compared: what another user keeps in such modes nobody
 * but root can read, and root in a container reads the home that was mounted there.
 */
export function exposed(path: string): Exposed | null {
  if (process.platform === "win32") return null;
  for (const [place, wanted] of [
    [path, "600"],
    [dirname(path), "700"],
  ] as const) {
    const { mode } = statSync(place);
    if ((mode & 0o077) === 0) continue;
    return { what: `${place} can be read by others (mode ${(mode & 0o777).toString(8)})`, fix: `chmod ${wanted} ${shellWord(place)}` };
  }
  return null;
}
