import type { Manifest } from "../../src/core/authority/manifest.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import { parseManifest } from "../../src/core/manifest/manifest-text.ts";
import { type KeyRecord, read, unhex } from "./read.ts";

/** How one statement was made; `name` signed it. */
export interface StatementVector {
  about: string;
  kind: "authority" | "environment" | "access";
  environment: string;
  canonical: string;
  signed: string;
  digest: string;
  name: string;
  signature: string;
}

interface ManifestFile {
  text: string;
  /** The same with every member that later releases act on. */
  later: string;
  pin: string;
  dataKeys: (KeyRecord & { environment: string })[];
  statements: StatementVector[];
  tags: { about: string; keyId: string; manifestKey: string; input: string; tag: string }[];
  links: { environment: string; from: string; to: string; linkKey: string; aad: string; nonce: string; sealed: string }[];
  access: { environment: string; name: string; recipient: string; identity: string; dataKey: string; wrapped: string }[];
  custody: {
    name: string;
    passphrase: string;
    normalised: string;
    kek: string;
    aad: string;
    identity: string;
    pin: string;
    sealed: string;
  };
}

export const manifestFile = read<ManifestFile>("manifest.json");
export const manifest: Manifest = parseManifest(manifestFile.text);
export const later: Manifest = parseManifest(manifestFile.later);

export const dataKeyOf = (wanted: string | undefined) =>
  unhex(manifestFile.dataKeys.find(({ keyId }) => keyId === wanted)?.dataKey as string);
export const keyringOf = (environment: string, from = manifest) =>
  new Keyring(from, environment, dataKeyOf(from.environments[environment]?.statement.active));
