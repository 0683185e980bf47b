import { createHash } from "node:crypto";
import { lp, utf8 } from "../core/bytes.ts";

/**
 * 80 bits over a recipient and its signing key in five groups, to compare by voice or chat: too many to forge a twin for.
 * FORMAT.md section 3: the first 10 bytes of SHA-256("envseal/v1 fingerprint" ‖ LP(recipient) ‖ LP(signer or empty)).
 */
export function fingerprint({ recipient, signer = "" }: { recipient: string; signer?: string | undefined }): string {
  const hash = createHash("sha256").update(utf8("envseal/v1 fingerprint")).update(lp(recipient)).update(lp(signer));
  const hex = hash.digest("hex").slice(0, 20);
  return (hex.match(/.{4}/g) as string[]).join("-");
}
