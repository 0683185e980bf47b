// What envseal itself does, for what is not made here a second time.
import { sources } from "../sources.mjs";

export const {
  formatIdentity,
  recipientOf,
  wrapKey,
  parseDocument,
  openVault,
  sealDocument,
  parseVault,
  serialiseVault,
  vaultKeyFromRoot,
} = await sources(["age/keys", "age/wrap", "core/document", "core/open", "core/seal", "core/vault", "core/vaultkey"]);
