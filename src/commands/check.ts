import { EnvsealError } from "../errors.ts";
import { indexBlobs, readBlobs, stagedBlobs } from "../git/blobs.ts";
import { topFolder } from "../git/repo.ts";
import type { Finding } from "../guard/finding.ts";
import { inspectFile } from "../guard/rules.ts";
import type { Context } from "../ui/context.ts";
import { count, json, line, paint, plain, say } from "../ui/output.ts";

/** Looks at what git is about to record (--staged) or has in its index (--all); ends with 1 where it finds something. */
export async function run(context: Context): Promise<number> {
  const { staged, all } = context.flags;
  if ((staged === true) === (all === true))
    throw new EnvsealError("USAGE", "envseal check needs one of --staged and --all", { hint: "envseal help check" });
  const top = await topFolder(context.cwd);
  if (top === null) throw new EnvsealError("GIT", "this is no git work tree", { hint: "run it inside a repository" });
  const findings: Finding[] = [];
  const entries = staged === true ? stagedBlobs(top) : indexBlobs(top);
  await readBlobs(top, entries, ({ path }, content) => {
    findings.push(...inspectFile(path, content));
  });
  if (context.json) json({ findings });
  else
    for (const { rule, message, fix } of findings)
      line(`${paint("red", "finding", process.stdout)} ${plain(message)} [${rule}]\n  fix: ${plain(fix)}`);
  if (findings.length === 0) say(context, `${count(entries.length, "file")} checked, nothing found`);
  return findings.length === 0 ? 0 : 1;
}
