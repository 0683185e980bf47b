import { MAX_MANIFEST_BYTES } from "../core/limits.ts";
import { isNone, MANIFEST_FILES } from "./objects.ts";
import { runGit } from "./process.ts";

/** All of them together: refs are anybody's to push. */
const MAX_BYTES = 64 << 20;

/** A version of a manifest, of whichever project, and the newest commit that made it. */
export interface PastBlob {
  commit: string;
  oid: string;
}

export interface PastBlobs {
  /** The newest first, each content once. */
  wanted: PastBlob[];
  /** True where there are more commits than were asked for. */
  isCut: boolean;
  /** How many versions are left out since all of them together are too large. */
  unread: number;
}

/**
 * The versions that the newest commits of a range made of any manifest, in whichever folder: a project may be moved, and what another
 * path hid would be seen by nobody. Where there is no room for all, the smallest are taken, so that large ones in front push nothing
 * out; what is larger than a manifest may be is none, and takes no room.
 * @returns null where git does not know the range
 */
export function manifestBlobs(root: string, range: string, most: number): PastBlobs | null {
  const form = ["--no-show-signature", "--full-history", "-m", "--raw", "-z", "--no-abbrev", "--no-renames", "--format=%H"];
  const listing = ["log", ...form, `--max-count=${most + 1}`, "--end-of-options", range, "--", MANIFEST_FILES];
  const { status, stdout } = runGit(root, listing);
  if (status !== 0) return null;
  const commits = new Set<string>();
  const known = new Map<string, string>();
  let commit = "";
  for (const field of stdout.toString("utf8").split("\0")) {
    const text = field.trimStart();
    if (/^[0-9a-f]{40,64}$/.test(text)) {
      commit = text;
      commits.add(commit);
    } else if (text.startsWith(":") && commits.size <= most) {
      const oid = text.split(" ").at(-2) ?? "";
      if (!isNone(oid) && !known.has(oid)) known.set(oid, commit);
    }
  }
  return { ...affordable(root, known), isCut: commits.size > most };
}

function affordable(root: string, known: ReadonlyMap<string, string>): Pick<PastBlobs, "wanted" | "unread"> {
  const input = [...known.keys()].map((oid) => `${oid}\n`).join("");
  const { status, stdout } = runGit(root, ["cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)"], { input });
  const rows = status === 0 ? stdout.toString().split("\n") : [];
  const sized = rows.flatMap((row) => {
    const [type, oid = "", size = ""] = row.split(" ");
    return type === "blob" && Number(size) <= MAX_MANIFEST_BYTES ? [{ oid, size: Number(size) }] : [];
  });
  const taken = new Set<string>();
  let room = MAX_BYTES;
  for (const { oid, size } of [...sized].sort((one, two) => one.size - two.size)) {
    room -= size;
    if (room < 0) break;
    taken.add(oid);
  }
  const wanted = [...known].flatMap(([oid, commit]) => (taken.has(oid) ? [{ commit, oid }] : []));
  return { wanted, unread: sized.length - taken.size };
}
