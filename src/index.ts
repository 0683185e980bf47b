/** The public API of the package: what an app needs at boot. */
export { EnvsealError, type ErrorCode } from "./errors.ts";
export { type ConfigOptions, type ConfigResult, config, load } from "./loader/config.ts";
export { type VaultFile, vaultFiles } from "./loader/files.ts";
export type { LoadOptions } from "./loader/load.ts";
