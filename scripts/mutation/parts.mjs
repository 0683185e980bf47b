// The parts of a mutation run: each has its own first run and its own results, and can be repeated by itself.
const core = (...names) => names.map((name) => `src/core/${name}.ts`);

export const PARTS = {
  keys: core(
    "keyring",
    "tags",
    "vaultkey",
    "rotate",
    "retire",
    "reach",
    "states",
    "changes",
    "backup",
    "restore",
    "keystring",
    "crc32",
    "versions",
  ),
  manifest: core("manifest", "manifest-shape", "shape", "json", "names", "limits", "manifest-diff", "manifest-summary"),
  vault: core("vault", "token", "open", "seal", "origin", "padding", "bytes", "bech32"),
  merge: core("merge-manifest", "merge-environment", "sign-merge", "three-way", "merge", "merge-vault", "merge-opened", "sequence"),
  text: core("document", "assignment", "edit", "quoting", "mask", "vault-diff", "vault-rows"),
  custody: ["src/custody/**/*.ts"],
  guard: ["src/guard/**/*.ts"],
};
