import { readBlobs } from "../../git/blobs.ts";
import { changesEver, type Version } from "../../git/objects.ts";
import { blocks, type Finding } from "../../guard/finding.ts";
import { mayBePlaintext } from "../../guard/rules.ts";
import type { Guard } from "./guard.ts";

/**
 * Env files that any commit recorded: in clear, unless each version of one is a link or another tool's ciphertext. What a
 * partial clone has not fetched is judged by its name.
 */
export async function plaintextEver(top: string, guard: Guard): Promise<Finding[]> {
  const found = new Map<string, Finding>();
  const add = (finding: Finding) => {
    const known = found.get(finding.path);
    if (known === undefined || (blocks(finding) && !blocks(known))) found.set(finding.path, finding);
  };
  const lacking: Version[] = [];
  const visit = ({ path, mode }: Version, content: Buffer, part: { from: number; last: boolean }) => {
    if (part.from === 0) for (const finding of guard.structure(path, content, part, mode)) if (OF_NAMES.has(finding.rule)) add(finding);
  };
  const versions = changesEver(top).filter(({ path }) => mayBePlaintext(path));
  await readBlobs(top, versions, visit, lacking);
  for (const { path } of lacking) for (const finding of guard.name(path)) add(finding);
  return [...found.values()].map(earlier);
}

const OF_NAMES: ReadonlySet<string> = new Set(["plaintext-file", "env-link", "peer-file"]);

function earlier(finding: Finding): Finding {
  const { path, rule, message } = finding;
  return {
    ...finding,
    message: rule === "plaintext-file" ? `${path} was recorded in clear in an earlier commit` : `${message} (in an earlier commit)`,
  };
}
