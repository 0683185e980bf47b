import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { equalBytes } from "../core/bytes.ts";
import { type Document, parseDocument, serialise } from "../core/document.ts";
import { reread } from "../core/edit.ts";
import { mergeDocuments } from "../core/merge.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { ensurePrivateFolder, localFolder } from "../project/gitdir.ts";
import { withLock } from "../project/lock.ts";
import type { Context } from "../ui/context.ts";
import { say, warn } from "../ui/output.ts";
import { confirm, hasTerminal } from "../ui/prompt.ts";
import { describeDifference, difference } from "../workspace/agreement.ts";
import { sealAndCarry } from "../workspace/edit.ts";
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
  await withLock(project.root, () => {
    const now = openTarget(openProject(context), target, context);
    const { document, conflicts } = mergeDocuments(before.opened.document, edited, now.opened.document);
    if (conflicts.length > 0) {
      throw new EnvsealError("DIVERGED", `${target.listed} was changed meanwhile, and so were the same names: ${conflicts.join(", ")}`, {
        hint: "nothing was written; edit again on top of the new values",
      });
    }
    const unchanged = equalBytes(serialise(before.opened.document), serialise(now.opened.document));
    const final = unchanged ? edited : reread(document);
    sealAndCarry(project, now, final, context);
    say(context, `sealed ${target.listed} (${describeDifference(difference(now.opened.document, final))})`);
  });
}

/** The document as it was saved, or null where nothing changed. */
async function editDocument(root: string, name: string, document: Document, context: Context): Promise<Document | null> {
  const folder = join(ensurePrivateFolder(localFolder(root)), `tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let editor: ChildProcess | undefined;
  const die = (signal: NodeJS.Signals) => {
    editor?.kill(signal);
    remove();
    process.kill(process.pid, signal);
  };
  const signals = ["SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, die);
  process.once("exit", remove);
  try {
    mkdirSync(folder, { mode: 0o700 });
    const path = join(folder, name);
    const original = serialise(document);
    writePrivate(path, original);
    for (;;) {
      await runEditor(path, context, (child) => {
        editor = child;
      });
      const saved = readFileSync(path);
      if (equalBytes(saved, original)) return null;
      const parsed = await readSaved(saved, context);
      if (parsed !== null) return parsed;
    }
  } finally {
    remove();
    process.off("exit", remove);
    for (const signal of signals) process.off(signal, die);
  }
}

function writePrivate(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    writeSync(fd, bytes);
  } finally {
    closeSync(fd);
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

/** As git does: $VISUAL, else $EDITOR, run by the shell, so that it may have arguments. Ctrl-C is the editor's. */
function runEditor(path: string, { env }: Context, started: (child: ChildProcess) => void): Promise<void> {
  const editor = env.VISUAL || env.EDITOR || (process.platform === "win32" ? "notepad" : "vi");
  const ignore = () => {};
  process.on("SIGINT", ignore);
  return new Promise<void>((resolve, reject) => {
    const child =
      process.platform === "win32"
        ? spawn(`${editor} "${path}"`, { stdio: "inherit", shell: true })
        : spawn("/bin/sh", ["-c", `${editor} "$@"`, editor, path], { stdio: "inherit" });
    started(child);
    const failed = (why: string) =>
      reject(
        new EnvsealError("EDITOR", `the editor ${why}; nothing was changed`, {
          hint: 'set EDITOR to a program that waits until the file is closed, such as vim or "code --wait"',
        }),
      );
    child.on("error", () => failed("could not be started"));
    child.on("close", (code, signal) =>
      code === 0 ? resolve() : failed(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
    );
  }).finally(() => process.off("SIGINT", ignore));
}
