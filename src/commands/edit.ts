import { readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { equalBytes } from "../core/bytes.ts";
import { type Document, parseDocument, serialise } from "../core/document.ts";
import { settled } from "../core/edit.ts";
import { mergeDocuments } from "../core/merge.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { ensurePrivateFolder, localFolder } from "../project/gitdir.ts";
import { withLock } from "../project/lock.ts";
import { beforeSignal } from "../project/signals.ts";
import { makeStaging, sweepStaging, writeNew } from "../project/staging.ts";
import type { Context } from "../ui/context.ts";
import { say, warn } from "../ui/output.ts";
import { confirm, hasTerminal } from "../ui/prompt.ts";
import { describeDifference, difference, refuseEmptied } from "../workspace/agreement.ts";
import { sealAndCarry } from "../workspace/edit.ts";
import { Editor } from "../workspace/editor.ts";
import { openProject, selectTarget } from "../workspace/project.ts";
import { openTarget, writableKeyring } from "../workspace/vaults.ts";

/** Opens the values in $EDITOR, in a private folder that is gone on every way out, and seals what was saved. */
export async function run(context: Context): Promise<void> {
  const project = openProject(context);
  const target = selectTarget(project, context);
  const before = openTarget(project, target, context);
  writableKeyring(before.access, context);
  const edited = await editDocument(project.root, basename(target.plaintext), before.opened.document, context);
  if (edited === null) return say(context, `${target.listed} was not changed`);
  await withLock(project.root, context, () => {
    const now = openTarget(openProject(context), target, context);
    const { document, conflicts } = mergeDocuments(before.opened.document, edited, now.opened.document);
    if (conflicts.length > 0) {
      throw new EnvsealError("DIVERGED", `${target.listed} was changed meanwhile, and so were the same names: ${conflicts.join(", ")}`, {
        hint: "nothing was written; edit again on top of the new values",
      });
    }
    const unchanged = equalBytes(serialise(before.opened.document), serialise(now.opened.document));
    const final = unchanged ? edited : settled(document, `the edit and the newer ${target.listed} cannot be merged`);
    refuseEmptied(now, final, context, "nothing was written; to drop every value all the same: envseal edit --yes");
    sealAndCarry(project, now, final, context);
    say(context, `sealed ${target.listed} (${describeDifference(difference(now.opened.document, final))})`);
  });
}

/** The document as it was saved, or null where nothing changed. */
async function editDocument(root: string, name: string, document: Document, context: Context): Promise<Document | null> {
  const local = ensurePrivateFolder(localFolder(root));
  sweepStaging(local);
  const editor = new Editor();
  let folder: string | undefined;
  const remove = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const done = beforeSignal((signal) => {
    // Ctrl-C is the editor's while it runs.
    if (signal === "SIGINT" && editor.runs) return false;
    editor.kill(signal);
    remove();
  });
  process.once("exit", remove);
  try {
    folder = makeStaging(local);
    const path = join(folder, name);
    const original = serialise(document);
    writeNew(path, original, 0o600);
    for (;;) {
      await editor.open(path, context);
      const saved = readFileSync(path);
      if (equalBytes(saved, original)) return null;
      const parsed = await readSaved(saved, context);
      if (parsed !== null) return parsed;
    }
  } finally {
    remove();
    process.off("exit", remove);
    done();
  }
}

/** Null to open the editor once more; a saved file that cannot be read is not thrown away before asking. */
async function readSaved(saved: Uint8Array, context: Context): Promise<Document | null> {
  try {
    const { document, warnings } = parseDocument(saved, "the edited file");
    for (const { line, message } of warnings) warn(`line ${line}: ${message}`);
    return document;
  } catch (error) {
    if (!isEnvsealError(error) || !hasTerminal()) throw error;
    warn(error.message);
    await confirm({ ...context, yes: false }, "open the editor again? (no throws the edit away)");
    return null;
  }
}
