import type { Context } from "../../../context.ts";
import { mergeDocuments } from "../../../core/merging/merge.ts";
import { serialise } from "../../../core/vault/document.ts";
import { settled } from "../../../core/vault/edit-document.ts";
import { EnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { writeAtomic } from "../../../project/write.ts";
import { say, warn } from "../../../ui/output.ts";
import {
  type Agreement,
  compareWithPlaintext,
  describeDifference,
  difference,
  recordAgreement,
  refuseEmptied,
} from "../../../workspace/agreement.ts";
import { listedPlaintext, openProject, type Project, selectTargets, type Target } from "../../../workspace/project.ts";
import { foreignPeer, type OpenTarget, openTarget, sealTarget, vaultText } from "../../../workspace/vaults.ts";
import { wrapWaiting } from "../wrap-waiting.ts";

/** Brings each vault and the plaintext beside it together, in whichever direction they moved apart. */
export async function run(context: Context): Promise<void> {
  const { root } = openProject(context);
  await withLock(root, context, async () => {
    const here = openProject(context);
    // Whom an older authority let in, a newer one may have put out.
    const project = context.flags["allow-older"] === true ? here : await wrapWaiting(here, context);
    for (const target of selectTargets(project, context)) syncOne(project, target, context);
  });
}

function syncOne(project: Project, target: Target, context: Context): void {
  const open = openTarget(project, target, context);
  const agreement = compareWithPlaintext(project, open);
  const name = listedPlaintext(target);
  switch (agreement.state) {
    case "none": {
      const peer = foreignPeer(target);
      if (peer !== null) return warn(`${name} is no plaintext: ${peer} encrypted it; it was left alone`);
      return say(context, `${target.listed}: no ${name} beside it, nothing to do`);
    }
    case "agree":
      recordAgreement(project, open.vault.id, vaultText(target), open.access.keyring);
      return say(context, `${target.listed} and ${name} agree`);
    case "vault-moved":
      return takeVault(project, open, agreement, context);
    case "plaintext-moved":
      return takePlaintext(project, open, agreement, context);
    case "both-moved":
      return merge(project, open, agreement, context);
    case "unknown":
      throw new EnvsealError(
        "DIVERGED",
        `${name} and ${target.listed} differ, and nothing is recorded of when they agreed (${namesOf(open, agreement)})`,
        {
          hint: "choose a side: envseal encrypt seals the plaintext, envseal decrypt writes the vault's content",
        },
      );
  }
}

function namesOf({ opened }: OpenTarget, { plaintext }: Agreement): string {
  return plaintext === null ? "" : describeDifference(difference(opened.document, plaintext.document));
}

function takeVault(project: Project, open: OpenTarget, { plaintext }: Agreement, context: Context): void {
  const { target, opened } = open;
  const changes = describeDifference(difference(plaintext?.document ?? null, opened.document));
  writeAtomic(project.root, target.plaintext, serialise(opened.document), 0o600);
  recordAgreement(project, open.vault.id, vaultText(target), open.access.keyring);
  say(context, `wrote ${listedPlaintext(target)} from ${target.listed} (${changes})`);
}

function takePlaintext(project: Project, open: OpenTarget, agreement: Agreement, context: Context): void {
  const { plaintext } = agreement;
  if (plaintext === null) return;
  refuseEmptied(open, plaintext.document, context);
  const changes = namesOf(open, agreement);
  const { text } = sealTarget(project, open, plaintext.document, context);
  recordAgreement(project, open.vault.id, text, open.access.keyring);
  say(context, `sealed ${listedPlaintext(open.target)} into ${open.target.listed} (${changes})`);
}

/** The plaintext is what this person has at hand, so it is "ours"; nothing is written where a name conflicts. */
function merge(project: Project, open: OpenTarget, { base, plaintext }: Agreement, context: Context): void {
  if (base === null || plaintext === null) return;
  refuseEmptied(open, plaintext.document, context);
  const { target, opened } = open;
  const { document, conflicts } = mergeDocuments(base, plaintext.document, opened.document);
  if (conflicts.length > 0) {
    throw new EnvsealError(
      "DIVERGED",
      `${listedPlaintext(target)} and ${target.listed} changed the same names to different values: ${conflicts.join(", ")}`,
      {
        hint: `look at the vault's side with envseal get NAME; write the value you want into ${listedPlaintext(target)} and into the vault (envseal set NAME), then run envseal sync again: it merges the rest`,
      },
    );
  }
  const merged = settled(document, `${listedPlaintext(target)} and ${target.listed} cannot be merged`);
  const { text } = sealTarget(project, open, merged, context);
  writeAtomic(project.root, target.plaintext, serialise(merged), 0o600);
  recordAgreement(project, open.vault.id, text, open.access.keyring);
  say(
    context,
    `merged ${listedPlaintext(target)} and ${target.listed} (plaintext: ${describeDifference(difference(plaintext.document, merged))}; vault: ${describeDifference(difference(opened.document, merged))})`,
  );
}
