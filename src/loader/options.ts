// In a file of its own: what declares it is published, with all that it refers to.

/** What `load` and `vaultFiles` take; all of it can be left out. */
export interface LoadOptions {
  /** The path of the vault, or of several, the first of which wins. Default: the environment's vault in the current folder. */
  path?: string | readonly string[];
  /** Default: ENVSEAL_ENV, else the one the key string names (or the parent loaded), else the only one in the folder, else `default`. */
  environment?: string;
  /** A key string (`esk_…`), or an age identity with ENVSEAL_PIN beside it. Default: `ENVSEAL_KEY_<ENV>`, ENVSEAL_KEY, ENVSEAL_KEY_FILE, the identity file, what `envseal unlock` keeps. */
  key?: string;
  /** The path of the manifest. Default: ENVSEAL_MANIFEST, else the nearest envseal.json from the vault upwards. */
  manifest?: string;
  /** Allows a vault that is missing and that no manifest lists; nothing else. Default: false. */
  optional?: boolean;
  /** Reads `.env.local` and `.env.<environment>.local` too, which win over the vault. Default: ENVSEAL_LOCAL=1. */
  local?: boolean;
  /** Where variables are read from. Default: process.env. */
  env?: NodeJS.ProcessEnv;
}
