/**
 * What an app needs at boot, synchronous, for ES modules and CommonJS. `import "envseal/config"` (or `node -r envseal/config`)
 * is `config()` and nothing else; where that fails, the app does not start.
 *
 * The key, in this order: the `key` option, `ENVSEAL_KEY_<ENV>`, `ENVSEAL_KEY`, `ENVSEAL_KEY_FILE`, your identity file, what
 * `envseal unlock` keeps. Values are text, literal: nothing in them is expanded.
 *
 * @module index
 */
export { EnvsealError, type ErrorCode } from "./errors.ts";
export { type ConfigOptions, type ConfigResult, config, load } from "./loader/config.ts";
export { type VaultFile, type VaultName, vaultFiles } from "./loader/files.ts";
export type { LoadOptions } from "./loader/options.ts";
