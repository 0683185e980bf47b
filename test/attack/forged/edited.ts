import type { Forged, Row } from "./row.ts";
import { good, mallory, NAME } from "./world.ts";

// biome-ignore lint/suspicious/noExplicitAny: forged manifests have whatever shape the forger likes
const edit = (change: (manifest: any, entry: any) => void) => (): Forged => {
  const manifest = JSON.parse(good);
  change(manifest, manifest.environments[NAME]);
  return { manifest };
};
// biome-ignore lint/suspicious/noExplicitAny: as above
const version = (entry: any, wanted: number) => Object.keys(entry.keys).find((id) => entry.keys[id].version === wanted) as string;

/** A manifest in which something was written by hand. */
export const EDITED: Row[] = [
  {
    name: "an added recipient",
    forge: edit((manifest, entry) => {
      manifest.recipients.mallory = { recipient: mallory, added: "2026-11-21" };
      entry.access.mallory = entry.access.ada;
    }),
    get: null,
    check: /forged-access/,
    own: /the access entry of mallory to default was slipped in/,
  },
  {
    name: "a swapped recipient key",
    forge: edit((manifest) => {
      manifest.recipients.ci.recipient = mallory;
    }),
    get: null,
    check: /forged-access/,
    own: /the access entry of ci to default was slipped in or changed/,
  },
  {
    name: "a re-activated old key",
    forge: edit((_manifest, entry) => {
      const [old, now] = [version(entry, 2), entry.active];
      entry.active = old;
      entry.keys[old].state = "active";
      entry.keys[now].state = "deactivated";
    }),
    get: "WRONG_KEY",
    check: /manifest-change/,
    own: /v2 \(\S+\) was made active again, and a retired key never is/,
  },
  {
    name: "widened public patterns",
    forge: edit((_manifest, entry) => entry.public.push("*")),
    get: "FORGED_MANIFEST",
    check: /forged-manifest/,
    own: /values that match \* became public/,
  },
  {
    name: "a lowered KDF cost",
    forge: edit((manifest) => {
      manifest.recipients.carol.custody.n = 1024;
    }),
    get: "MALFORMED_MANIFEST",
    check: /broken-manifest/,
    own: /recipients\.carol\.custody\.n is neither 2\^17 nor 2\^18/,
  },
  {
    name: "an edited state",
    forge: edit((_manifest, entry) => {
      entry.keys[version(entry, 1)].state = "suspended";
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /the state of v1 \(\S+\) was edited to suspended/,
  },
  {
    name: "an edited date",
    forge: edit((_manifest, entry) => {
      entry.keys[version(entry, 1)].created = "2020-01-01T00:00:00Z";
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /the created of v1 \(\S+\) was edited/,
  },
  {
    name: "a dropped version",
    forge: edit((_manifest, entry) => {
      const gone = version(entry, 1);
      for (const key of Object.values(entry.keys) as { links: Record<string, string> }[]) delete key.links[gone];
      delete entry.keys[gone];
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /key version v1 \(\S+\) was dropped/,
  },
  {
    name: "a removed floor",
    forge: edit((_manifest, entry) => {
      delete entry.floor;
    }),
    get: "MALFORMED_MANIFEST",
    check: /broken-manifest/,
    own: /environments\.default has no "floor"/,
  },
  {
    name: "a lowered floor",
    forge: edit((_manifest, entry) => {
      entry.floor = version(entry, 1);
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /the floor was lowered from v3/,
  },
  {
    name: "dropped required names",
    forge: edit((_manifest, entry) => {
      entry.required = [];
    }),
    get: "FORGED_MANIFEST",
    check: /forged-manifest/,
    own: /API_KEY is no longer required/,
  },
  {
    name: "the wrong project",
    forge: edit((manifest) => {
      manifest.project = `${manifest.project[0] === "A" ? "B" : "A"}${manifest.project.slice(1)}`;
    }),
    get: "NO_KEY",
    check: /manifest-change/,
    own: /the manifest became another project's/,
  },
  {
    name: "a dropped environment",
    forge: edit((manifest) => Object.assign(manifest, { environments: {}, vaults: {} })),
    get: "UNLISTED_VAULT",
    check: /manifest-change/,
    own: /environment default was dropped, with all its keys/,
  },
  {
    name: "an edited link",
    forge: edit((_manifest, entry) => {
      const { links } = entry.keys[entry.active];
      const [below] = Object.keys(links) as [string];
      links[below] = `aead:${"A".repeat(80)}`;
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /a link of v3 \(\S+\) to an earlier key was removed or edited/,
  },
  {
    name: "a vault slipped in",
    forge: edit((manifest) => {
      manifest.vaults["sub/.env.vault"] = { ...manifest.vaults[".env.vault"], id: "AAAAAAAAAAAAAAAA" };
    }),
    get: null,
    check: /forged-manifest/,
    own: /the entry for sub\/\.env\.vault was made or changed/,
  },
];
