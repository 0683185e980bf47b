import { b64u, utf8 } from "./notation.mjs";
import { openVault, parseDocument, parseVault, sealDocument, serialiseVault, vaultKeyFromRoot } from "./product.mjs";
import { PRODUCTION, rootOf, WEB } from "./world.mjs";

const buildKey = (key, vaultId) =>
  vaultKeyFromRoot(
    rootOf(key, vaultId),
    { environment: key.environment, vaultId },
    { keyId: key.keyId, version: key.version, pin: key.pin },
  );
const sourceOf = (keys, vaultId) => ({
  keyFor: (token) =>
    buildKey(
      keys.find(({ keyId }) => keyId === token.keyId),
      vaultId,
    ),
});

export function sealFile(plaintext, { key = PRODUCTION[2], vaultId = WEB, shown = [], previous } = {}) {
  const { document } = parseDocument(utf8(plaintext));
  const context = {
    environment: key.environment,
    vaultId: b64u(vaultId),
    key: buildKey(key, vaultId),
    isPublic: (name) => shown.includes(name),
  };
  const old = previous === undefined ? {} : { previous: [openVault(parseVault(previous), sourceOf(PRODUCTION, vaultId))] };
  return serialiseVault(sealDocument(document, { ...context, ...old }));
}

export const PLAIN = "# the shop\nAPI_KEY=hunter2\nDB_URL='postgres://shop@db/shop' # primary\n\nPORT=3000\nLAST=omega\n";
export const SHOWN = ["PORT"];
