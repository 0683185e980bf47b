import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Context } from "../../../context.ts";
import { isWoven, withMarkers } from "../../../core/merging/merge-vault.ts";
import { MANIFEST_NAME } from "../../../core/names.ts";
import { EnvsealError } from "../../../errors.ts";
import { runGit } from "../../../git/process.ts";
import { replaceFile } from "../../../system/private-file.ts";
import { typeable } from "../../../ui/command-prefix.ts";
import { plain } from "../../../ui/output.ts";
import { keyFinder } from "../../../workspace/keyrings-of-sides.ts";
import { mergeManifestFiles } from "../manifests.ts";
import { type FileVersions, LABELS, type MergeResult, mergeVaultFiles, parseVersions } from "../vaults.ts";

/** A vault of more lines is none that people wrote, and merging it by name would take seconds and some hundred megabytes. */
const MOST_LINES = 1 << 15;

/** Called by git with the three versions in files; writes the result over ours. Exit 1 is a conflict. */
export async function run(context: Context): Promise<number> {
  const [base = "", ours = "", theirs = "", size = "7", path = ""] = context.args;
  if (path === "")
    throw new EnvsealError("USAGE", "git calls merge-driver with %O %A %B %L %P", { hint: "envseal hooks install sets it up" });
  const files = { base, ours, theirs };
  const read = (file: string) => readFileSync(resolve(context.cwd, file), "utf8");
  const versions: FileVersions = { base: read(base), ours: read(ours), theirs: read(theirs) };
  const isManifest = basename(path) === MANIFEST_NAME;
  const result = isManifest
    ? await mergeManifestFiles(versions, context)
    : (tooLong(versions, Number(size)) ?? mergeVaultFiles(versions, keyFinder(join(context.cwd, path), context), Number(size)));
  const { text, why } =
    result.kind === "merged" ? { text: result.text, why: null } : settleByText(result, versions, files, Number(size), isManifest, context);
  // git takes the file whatever becomes of this process, so it is our side or the whole result.
  replaceFile(resolve(context.cwd, ours), text, 0o644);
  if (why === null) return 0;
  process.stderr.write(`envseal: ${plain(path)}: ${plain(why)}; ${typeable("to settle it: envseal resolve")}\n`);
  return 1;
}

/** Both sides as they are, for a person to choose: nothing of them is compared. Null for a vault of ordinary length. */
function tooLong(versions: FileVersions, size: number): MergeResult | null {
  if (!Object.values(versions).some((text: string) => hasMoreLines(text, MOST_LINES))) return null;
  const [ours, theirs] = [versions.ours, versions.theirs].map((text) => (text.endsWith("\n") ? text : `${text}\n`));
  const text = `${"<".repeat(size)} ${LABELS.ours}\n${ours}${"=".repeat(size)}\n${theirs}${">".repeat(size)} ${LABELS.theirs}\n`;
  return { kind: "conflict", text, why: `a vault of more than ${MOST_LINES} lines is not merged by name` };
}

function hasMoreLines(text: string, most: number): boolean {
  let at = -1;
  for (let lines = 0; lines <= most; lines++) {
    at = text.indexOf("\n", at + 1);
    if (at === -1) return false;
  }
  return true;
}

/**
 * git's own text merge of the files. It is taken as settled only where it is a vault whose every token stands where a side
 * has it; a clean result that is not would hide the conflict, so both sides are put between markers then.
 */
function settleByText(
  result: Extract<MergeResult, { kind: "conflict" }>,
  versions: FileVersions,
  { base, ours, theirs }: FileVersions,
  size: number,
  isManifest: boolean,
  { cwd }: Context,
): { text: string; why: string | null } {
  if (result.text !== null) return { text: result.text, why: result.why };
  const labels = ["-L", "ours", "-L", "base", "-L", "theirs", `--marker-size=${size}`];
  const { status, stdout } = runGit(cwd, ["merge-file", "-p", ...labels, "--", ours, base, theirs]);
  const text = stdout.toString("utf8");
  if (status !== 0 && status !== null && status < 128) return { text, why: result.why };
  if (status === 0 && !isManifest && isSound(text, versions)) return { text, why: null };
  return { text: withMarkers(versions.ours, versions.theirs, LABELS, size), why: result.why };
}

function isSound(text: string, versions: FileVersions): boolean {
  const [sides, merged] = [parseVersions(versions), parseVersions({ base: "", ours: text, theirs: text })];
  return !("why" in sides) && !("why" in merged) && isWoven(merged.ours, [sides.base, sides.theirs, sides.ours]);
}
