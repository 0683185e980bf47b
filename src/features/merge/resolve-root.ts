import type { Context } from "../../context.ts";
import { headOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { isOtherRoot } from "../../core/authority/trust.ts";
import { EnvsealError } from "../../errors.ts";
import { plain, say } from "../../ui/output.ts";
import { pinText } from "../../workspace/pin-text.ts";
import { isKnownRoot } from "../../workspace/root-trust.ts";
import type { ManifestVersions } from "./manifests.ts";
import { sideOf } from "./resolve-vault.ts";

/**
 * Where the two sides' authorities have nothing in common, nothing joins them: the side is taken whole that was asked for, if its
 * pin was confirmed here.
 * @returns null where they have a common line
 * @throws PIN_MISMATCH where nobody has said that the side is the right one
 */
export function trustedSide({ ours, theirs }: ManifestVersions, label: string, context: Context): Manifest | null {
  if (ours.project !== theirs.project || !isOtherRoot(ours, theirs)) return null;
  const side = sideOf(context);
  const chosen = side === "ours" ? ours : theirs;
  if (side === null || !isKnownRoot(chosen, context)) throw unknown(side ?? "theirs", { ours, theirs }, label);
  say(context, `${plain(label)}: ${side}, whose pin is ${pinText(chosen)}, is taken whole; what the other side did has to be done again`);
  return chosen;
}

function unknown(side: "ours" | "theirs", sides: Record<"ours" | "theirs", Manifest>, label: string): EnvsealError {
  const about = (manifest: Manifest) => `${pinText(manifest)}, whose admins are ${Object.keys(headOf(manifest).admins).sort().join(", ")}`;
  const right = pinText(sides[side]);
  return new EnvsealError(
    "PIN_MISMATCH",
    `the two sides of ${label} have two roots: ours has the pin ${about(sides.ours)}; theirs has ${about(sides.theirs)}`,
    {
      hint: `compare with a teammate, by another way than git, which one is right; if it is ${side}: ENVSEAL_PIN=${right} envseal resolve --${side}, then envseal pin confirm, and git commit; else git merge --abort`,
    },
  );
}
