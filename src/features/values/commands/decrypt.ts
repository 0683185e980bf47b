import type { Context } from "../../../context.ts";
import { serialise } from "../../../core/vault/document.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { isIgnoredBy } from "../../../git/ignore.ts";
import { shellWord } from "../../../printable.ts";
import { withLock } from "../../../project/lock.ts";
import { writeAtomic } from "../../../project/write.ts";
import { say, warn } from "../../../ui/output.ts";
import { confirm } from "../../../ui/prompt.ts";
import { compareWithPlaintext, describeDifference, difference, recordAgreement } from "../../../workspace/agreement.ts";
import {
  inGit,
  listedPlaintext,
  namedTarget,
  openProject,
  type Project,
  selectTarget,
  selectTargets,
  type Target,
} from "../../../workspace/project.ts";
import { foreignPeer, openTarget, vaultText } from "../../../workspace/vaults.ts";

/** Writes the plaintext files, byte for byte what was sealed. */
export async function run(context: Context): Promise<void> {
  const { root } = openProject(context);
  if (context.flags.stdout === true) return toStdout(openProject(context), context);
  await withLock(root, context, async () => {
    const project = openProject(context);
    for (const target of selectTargets(project, context)) await decryptOne(project, target, context);
  });
}

function toStdout(project: Project, context: Context): void {
  if (context.args.length > 1 || context.flags.recursive === true)
    throw new EnvsealError("USAGE", "--stdout takes one file", { hint: "envseal decrypt FILE --stdout" });
  const [file] = context.args;
  const target = file === undefined ? selectTarget(project, context) : namedTarget(project, file, context);
  process.stdout.write(serialise(openTarget(project, target, context).opened.document));
}

async function decryptOne(project: Project, target: Target, context: Context): Promise<void> {
  const open = openTarget(project, target, context);
  const { state, plaintext } = compareWithPlaintext(project, open);
  const name = listedPlaintext(target);
  const peer = foreignPeer(target);
  if (peer !== null && !context.yes) {
    throw new EnvsealError("WRONG_FORMAT", `${name} holds what ${peer} encrypted; it would be overwritten`, {
      hint: `remove it (git rm --cached ${shellWord(name)}; rm ${shellWord(name)}) once it is imported; to overwrite it add --yes`,
    });
  }
  const changes = plaintext === null ? "" : describeDifference(difference(plaintext.document, open.opened.document));
  if (!context.yes && state === "plaintext-moved") {
    throw new EnvsealError("DIVERGED", `${name} has changes that ${target.listed} lacks; writing it would lose them (${changes})`, {
      hint: "envseal encrypt seals them; to lose them all the same add --yes",
    });
  }
  if (!context.yes && state === "both-moved") {
    throw new EnvsealError("DIVERGED", `${name} and ${target.listed} both changed since they last agreed (${changes})`, {
      hint: "envseal sync merges them by name; to let the vault win add --yes",
    });
  }
  if (state === "unknown") await confirm(context, `${name} differs from ${target.listed} (${changes}); write the vault's content over it?`);
  if (state !== "agree") writeAtomic(project.root, target.plaintext, serialise(open.opened.document), 0o600);
  recordAgreement(project, open.vault.id, vaultText(target), open.access.keyring);
  say(context, state === "agree" ? `${name} is up to date` : `wrote ${name} from ${target.listed}${changes === "" ? "" : ` (${changes})`}`);
  if (inGit(project) && isOpenToGit(project.root, target.plaintext)) warn(`git does not ignore ${name}: add it to .gitignore`);
}

/** Where git cannot be asked (it is not installed), nothing can be committed either. */
function isOpenToGit(root: string, path: string): boolean {
  try {
    return !isIgnoredBy(root, path);
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}
