import { dirname, join } from "node:path";
import type { Context } from "../../../context.ts";
import { MAX_VAULT_BYTES } from "../../../core/limits.ts";
import { EXAMPLE_NAME, vaultName } from "../../../core/names.ts";
import { parseDocument, serialise } from "../../../core/vault/document.ts";
import { EnvsealError } from "../../../errors.ts";
import { displayPath, environmentsIn, readVault } from "../../../project/find.ts";
import { withLock } from "../../../project/lock.ts";
import { writeAtomic } from "../../../project/write.ts";
import { readBounded } from "../../../system/read.ts";
import { count, say } from "../../../ui/output.ts";
import { openProject, type Project, selectOneOrAll, type Target } from "../../../workspace/project.ts";
import { openTarget } from "../../../workspace/vaults.ts";
import { namesOf } from "../../check/example-drift.ts";
import { type Example, exampleOf } from "../example.ts";

/** Writes .env.example beside the vault: names, comments, public values, and what people wrote into it. */
export async function run(context: Context): Promise<void> {
  const project = openProject(context);
  if (context.flags.recursive === true && context.flags.stdout === true)
    throw new EnvsealError("USAGE", "--stdout prints one file", { hint: "leave out --recursive" });
  for (const target of selectOneOrAll(project, context)) await writeExample(project, target, context);
}

async function writeExample(project: Project, target: Target, context: Context): Promise<void> {
  const { opened } = openTarget(project, target, context);
  const folder = dirname(target.path);
  const path = join(folder, EXAMPLE_NAME);
  const bytes = readBounded(path, MAX_VAULT_BYTES);
  const current = bytes === null ? null : parseDocument(bytes, displayPath(path)).document;
  const shown = new Set([...opened.assignments.values()].filter((entry) => entry.public).map(({ name }) => name));
  // The example is the folder's: a name of another environment's vault is none to take out.
  const siblings = environmentsIn(folder).map((environment) => join(folder, vaultName(environment)));
  const known = new Set(siblings.flatMap((sibling) => namesOf(readVault(sibling))));
  const prune = context.flags.prune === true ? { prune: (name: string) => known.has(name) } : {};
  const made = exampleOf(opened.document, current, { isPublic: (name) => shown.has(name), ...prune });
  const example = serialise(made.document);
  if (context.flags.stdout === true) {
    process.stdout.write(example);
    sayPublished(made, target.listed, context);
    return;
  }
  const same = bytes !== null && Buffer.compare(example, bytes) === 0;
  if (!same) await withLock(project.root, context, async () => writeAtomic(project.root, path, example));
  say(context, same ? `${displayPath(path)} is up to date` : `wrote ${displayPath(path)}`);
  sayPublished(made, target.listed, context);
}

/** What the example shows that was sealed: whoever commits it reads it first. */
function sayPublished({ comments, values, left }: Example, vault: string, context: Context): void {
  if (values.length > 0) say(context, `  published, with ${count(values.length, "public value")}: ${values.join(", ")}`);
  if (comments.length > 0) say(context, `  published, with ${count(comments.length, "comment")}:`);
  for (const comment of comments) say(context, `    ${comment}`);
  if (left > 0) say(context, `  ${count(left, "comment")} of ${vault} left out: not plainly prose (write by hand what others may read)`);
}
