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
} = await sources([
  "age/keys",
  "age/wrap",
  "core/vault/document",
  "core/vault/open-vault",
  "core/vault/seal-vault",
  "core/vault/vault",
  "core/vaultkey",
]);
