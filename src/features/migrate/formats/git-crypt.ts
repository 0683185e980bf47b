import { parseDocument } from "../../../core/vault/document.ts";
import { EnvsealError } from "../../../errors.ts";
import { isGitCrypt } from "../../../guard/peers.ts";
import { type Imported, refuseUnfit } from "./imported.ts";

/**
 * A file that git-crypt keeps plain in the work tree: taken byte for byte.
 * @throws NO_KEY where the work tree is locked, CONFLICT_MARKERS, MALFORMED_DOTENV
 */
export function openGitCrypt(bytes: Uint8Array, label: string): Imported {
  if (isGitCrypt(bytes)) {
    throw new EnvsealError("NO_KEY", `${label} is still encrypted by git-crypt`, { hint: "unlock the work tree first: git-crypt unlock" });
  }
  refuseUnfit(bytes, label);
  const { document, warnings } = parseDocument(bytes, label);
  return { document, warnings: warnings.map(({ line, message }) => `${label} line ${line}: ${message}`) };
}
