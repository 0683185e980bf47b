/** FORMAT.md section 0: every size is bounded before use. */
export const MAX_VAULT_BYTES = 16 * 1024 * 1024;
export const MAX_LINE_BYTES = 2 * 1024 * 1024;
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
export const MAX_VERSION = 0xffffffff;
