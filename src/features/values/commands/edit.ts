import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Context } from "../../../context.ts";
import { equalBytes } from "../../../core/bytes.ts";
import { mergeDocuments } from "../../../core/merging/merge.ts";
import { type Document, parseDocument, serialise } from "../../../core/vault/document.ts";
import { settled } from "../../../core/vault/edit-document.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { ensurePrivateFolder, localFolder } from "../../../project/gitdir.ts";
import { withLock } from "../../../project/lock.ts";
import { beforeSignal } from "../../../system/signals.ts";
import { makeStaging, sweepStaging, writeNew } from "../../../system/staging.ts";
import { chosenWith } from "../../../ui/chosen-with.ts";
import { say, warn } from "../../../ui/output.ts";
import { confirm, hasTerminal } from "../../../ui/prompt.ts";
import { describeDifference, difference, refuseEmptied } from "../../../workspace/agreement.ts";
import { sealAndCarry } from "../../../workspace/edit-vault.ts";
import { openProject, selectTarget } from "../../../workspace/project.ts";
import { openToWrite } from "../../../workspace/vaults.ts";
import { Editor } from "../editor.ts";

/** Opens the values in $EDITOR, in a private folder that is gone on every way out, and seals what was saved. */
export async function run(context: Context): Promise<void> {
  const project = openProject(context);
  const target = selectTarget(project, context);
  const before = openToWrite(project, target, context);
  const seal = (edited: Document) =>
    withLock(project.root, context, () => {
      const now = openToWrite(openProject(context), target, context);
      const { document, conflicts } = mergeDocuments(before.opened.document, edited, now.opened.document);
      if (conflicts.length > 0) {
        throw new EnvsealError("DIVERGED", `${target.listed} was changed meanwhile, and so were the same names: ${conflicts.join(", ")}`, {
          hint: "nothing was written; edit again on top of the new values",
        });
      }
      const unchanged = equalBytes(serialise(before.opened.document), serialise(now.opened.document));
      const final = unchanged ? edited : settled(document, `the edit and the newer ${target.listed} cannot be merged`);
      refuseEmptied(now, final, context, `nothing was written; to drop every value all the same: envseal edit${chosenWith(context)} --yes`);
      sealAndCarry(project, now, final, context);
      say(context, `sealed ${target.listed} (${describeDifference(difference(now.opened.document, final))})`);
    });
  const changed = await editDocument(project.root, basename(target.plaintext), before.opened.document, seal, context);
  if (!changed) say(context, `${target.listed} was not changed`);
}

/** Gives `seal` what was saved; false where nothing changed. Whatever goes wrong then, the same text can be edited again. */
async function editDocument(
  root: string,
  name: string,
  document: Document,
  seal: (edited: Document) => Promise<void>,
  context: Context,
): Promise<boolean> {
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
      try {
        await editor.open(path, context);
        const saved = readFileSync(path);
        if (equalBytes(saved, original)) return false;
        await seal(read(saved));
        return true;
      } catch (error) {
        if (!isEnvsealError(error) || !existsSync(path) || equalBytes(readFileSync(path), original)) throw error;
        await offerAgain(error, context);
      }
    }
  } finally {
    remove();
    process.off("exit", remove);
    done();
  }
}

function read(saved: Uint8Array): Document {
  const { document, warnings } = parseDocument(saved, "the edited file");
  for (const { line, message } of warnings) warn(`line ${line}: ${message}`);
  return document;
}

/** Returns to open the editor once more: what was typed is not thrown away before asking, and without a terminal not without a word. */
async function offerAgain({ code, message, hint }: EnvsealError, context: Context): Promise<void> {
  if (!hasTerminal()) {
    throw new EnvsealError(code, `${message}; the edit is gone: kept on disk it would be plaintext`, {
      hint: hint ?? "edit in a terminal, where the editor opens again",
    });
  }
  warn(hint === undefined ? message : `${message}: ${hint}`);
  await confirm({ ...context, yes: false }, "open the editor again? (no throws the edit away)");
}
