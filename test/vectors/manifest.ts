import { Keyring } from "../../src/core/keyring.ts";
import { type Manifest, parseManifest } from "../../src/core/manifest.ts";
import { type KeyRecord, read, unhex } from "./read.ts";

interface ManifestFile {
  text: string;
  dataKeys: (KeyRecord & { environment: string })[];
  canonical: Record<string, string>;
  tags: { about: string; keyId: string; manifestKey: string; input: string; tag: string }[];
  links: { environment: string; from: string; to: string; linkKey: string; aad: string; nonce: string; sealed: string }[];
  access: { environment: string; name: string; recipient: string; identity: string; dataKey: string; wrapped: string }[];
  custody: { name: string; passphrase: string; normalised: string; kek: string; aad: string; identity: string; sealed: string };
}

export const manifestFile = read<ManifestFile>("manifest.json");
export const manifest: Manifest = parseManifest(manifestFile.text);
export const keyringOf = (environment: string) => {
  const active = manifest.environments[environment]?.active;
  return new Keyring(manifest, environment, unhex(manifestFile.dataKeys.find(({ keyId }) => keyId === active)?.dataKey as string));
};
