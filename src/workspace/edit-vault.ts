import type { Context } from "../context.ts";
import { type Document, serialise } from "../core/vault/document.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import { writeAtomic } from "../project/write.ts";
import { say } from "../ui/output.ts";
import { type Agreement, compareWithPlaintext, recordAgreement } from "./agreement.ts";
import { openProject, type Project, selectTarget, type Target } from "./project.ts";
import { type OpenTarget, openToWrite, sealTarget } from "./vaults.ts";

export interface Edited {
  changed: boolean;
  target: Target;
}

/**
 * Changes one vault under the lock: opens it, lets `change` make the new document, seals it, and carries an agreeing
 * plaintext file along. `change` gives null for "nothing to do".
 */
export async function editVault(context: Context, change: (open: OpenTarget) => Document | null): Promise<Edited> {
  const { root } = openProject(context);
  return withLock(root, context, () => {
    const project = openProject(context);
    const target = selectTarget(project, context);
    const open = openToWrite(project, target, context);
    const document = change(open);
    if (document === null) return { changed: false, target };
    return { changed: sealAndCarry(project, open, document, context), target };
  });
}

/** Seals `document` and writes it to the plaintext file too, where that one said what the vault said. */
export function sealAndCarry(project: Project, open: OpenTarget, document: Document, context: Context): boolean {
  const agreement = compareWithPlaintext(project, open);
  const { text, changed } = sealTarget(project, open, document, context);
  if (agreement.state === "agree") {
    writeAtomic(project.root, open.target.plaintext, serialise(document), 0o600);
    recordAgreement(project, open.vault.id, text, open.access.keyring);
  } else {
    tellAboutPlaintext(context, open.target, agreement);
  }
  return changed;
}

function tellAboutPlaintext(context: Context, target: Target, { state }: Agreement): void {
  if (state === "none") return;
  say(context, `the plaintext file beside ${target.listed} differs and was left alone; envseal sync brings the two together`);
}

/** @throws BAD_NAME */
export function assertVariableName(name: string, isName: (name: string) => boolean): void {
  if (isName(name)) return;
  throw new EnvsealError("BAD_NAME", "this is no variable name", { hint: 'names hold letters, digits, "_", "-" and "."' });
}
