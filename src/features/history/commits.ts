import { fromUtf8 } from "../../core/bytes.ts";
import { VAULT_FILES } from "../../git/objects.ts";
import { gitOutput } from "../../git/output.ts";
import { stashes } from "../../git/revisions.ts";

/** A commit that changed a vault, and the vault as that commit left it. */
export interface Version {
  commit: string;
  /** The nearest commits before it that changed the vault: several where lines of history met. */
  parents: string[];
  author: string;
  email: string;
  /** RFC 3339, the author's. */
  date: string;
  subject: string;
  path: string;
  /** The blob; null where the commit deleted the vault. */
  blob: string | null;
}

const FIELDS = ["%H", "%P", "%an", "%ae", "%aI", "%s"];
/** What `git log` prints of each commit and of the blobs it brings, for parseLog. */
export const FORM = ["--no-show-signature", "--no-renames", "--raw", "-z", "--no-abbrev", `--format=${FIELDS.join("%x00")}%x00`];

/** A commit, and which blobs it brings or (null) takes away. */
interface Logged {
  version: Omit<Version, "blob" | "path">;
  blobs: { path: string; oid: string | null }[];
}

/** Fields are separated by NUL, which no commit can hold, and counted: a subject cannot pass for another commit. */
export function parseLog(output: Buffer): Logged[] {
  const found: Logged[] = [];
  const fields = fieldsOf(output);
  for (let at = 0; at < fields.length; ) {
    const field = fields[at] as string;
    const raw = /^\n?:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) ([A-Z])/.exec(field);
    const last = found.at(-1);
    if (raw !== null && last !== undefined) {
      last.blobs.push({ path: fields[at + 1] ?? "", oid: raw[2] === "D" ? null : (raw[1] as string) });
      at += 2;
    } else if (/^\n?[0-9a-f]{40,64}$/.test(field)) {
      const [commit = "", parents = "", author = "", email = "", date = "", subject = ""] = fields.slice(at, at + FIELDS.length);
      found.push({
        version: { commit: commit.trim(), parents: parents.split(" ").filter(Boolean), author, email, date, subject },
        blobs: [],
      });
      at += FIELDS.length;
    } else at++;
  }
  return found;
}

/** git gives UTF-8 where a commit says what it is written in; of one that says nothing and is none, Latin-1 is the likeliest. */
function fieldsOf(output: Buffer): string[] {
  const text = fromUtf8(output);
  if (text !== null) return text.split("\0");
  return output
    .toString("latin1")
    .split("\0")
    .map((field) => fromUtf8(Buffer.from(field, "latin1")) ?? field);
}

/**
 * For each blob that a vault of any ref or stash entry ever had, the first commit that brought it, from the oldest on: also
 * those of lines that were merged and left no trace.
 * @throws GIT
 */
export function firstVersions(folder: string): Map<string, Version> {
  const found = new Map<string, Version>();
  const tips = stashes(folder).map(({ oid }) => `${oid}\n`);
  const args = ["log", "--full-history", "-m", "--date-order", "--reverse", ...FORM, "--all", "--stdin", "--", VAULT_FILES];
  for (const { version, blobs } of parseLog(gitOutput(folder, args, tips.join(""))))
    for (const { path, oid } of blobs) if (oid !== null && !found.has(oid)) found.set(oid, { ...version, path, blob: oid });
  return found;
}
