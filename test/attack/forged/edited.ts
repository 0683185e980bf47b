import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import { forgerOf } from "../../support/forger.ts";
import type { Forged, Row } from "./row.ts";
import { good, mallory, NAME } from "./world.ts";

// biome-ignore lint/suspicious/noExplicitAny: forged manifests have whatever shape the forger likes
const edit = (change: (manifest: any, entry: any) => void) => (): Forged => {
  const manifest = JSON.parse(good);
  change(manifest, manifest.environments[NAME]);
  return { manifest };
};
// biome-ignore lint/suspicious/noExplicitAny: as above
const version = (entry: any, wanted: number) =>
  Object.keys(entry.statement.keys).find((id) => entry.statement.keys[id].version === wanted) as string;

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
    own: /the access entry of mallory to default is signed by nobody who may give access/,
  },
  {
    name: "a swapped recipient key",
    forge: edit((manifest) => {
      manifest.environments[NAME].access.ci.recipient = mallory;
    }),
    get: null,
    check: /forged-access/,
    own: /the access entry of ci to default is signed by nobody who may give access/,
  },
  {
    name: "a re-activated old key",
    forge: edit((_manifest, entry) => {
      const [old, now] = [version(entry, 2), entry.statement.active];
      entry.statement.active = old;
      entry.statement.keys[old].state = "active";
      entry.statement.keys[now].state = "deactivated";
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /v2 \(\S+\) was made active again, and a retired key never is/,
  },
  {
    name: "widened public patterns",
    forge: edit((_manifest, entry) => entry.settings.public.push("*")),
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
      entry.statement.keys[version(entry, 1)].state = "suspended";
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /the state of v1 \(\S+\) was edited to suspended/,
  },
  {
    name: "an edited date",
    forge: edit((_manifest, entry) => {
      entry.statement.keys[version(entry, 1)].created = "2020-01-01T00:00:00Z";
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /the created of v1 \(\S+\) was edited/,
  },
  {
    name: "a dropped version",
    forge: edit((_manifest, entry) => {
      const gone = version(entry, 1);
      for (const key of Object.values(entry.statement.keys) as { links: Record<string, string> }[]) delete key.links[gone];
      delete entry.statement.keys[gone];
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /key version v1 \(\S+\) was dropped/,
  },
  {
    name: "a removed floor",
    forge: edit((_manifest, entry) => {
      delete entry.statement.floor;
    }),
    get: "MALFORMED_MANIFEST",
    check: /broken-manifest/,
    own: /environments\.default\.statement has no "floor"/,
  },
  {
    name: "a lowered floor",
    forge: edit((_manifest, entry) => {
      entry.statement.floor = version(entry, 1);
    }),
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /the floor was lowered from v3/,
  },
  {
    name: "dropped required names",
    forge: edit((_manifest, entry) => {
      entry.settings.required = [];
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
    get: "MALFORMED_MANIFEST",
    check: /broken-manifest/,
    own: /the authority names a statement that is not listed/,
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
      const { links } = entry.statement.keys[entry.statement.active];
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
  {
    name: "an authority without its newest statement",
    forge: edit((manifest) => manifest.authority.pop()),
    get: null,
    check: /manifest-change/,
    own: /authority/,
  },
  {
    name: "a lowered lowest revision",
    forge: edit((manifest) => {
      manifest.authority.at(-1).environments[NAME].lowest = 1;
    }),
    get: "FORGED_MANIFEST",
    check: /forged-authority/,
    own: /lowers what counts of default|is not signed by ada/,
  },
  {
    name: "one more admin",
    forge: edit((manifest) => {
      const { signer } = forgerOf(manifest);
      manifest.authority.at(-1).admins.mallory = { recipient: mallory, signer };
    }),
    get: "FORGED_MANIFEST",
    check: /forged-authority/,
    own: /is not signed by ada/,
  },
  {
    name: "an authority's statement by somebody who is no admin",
    forge: () => ({ manifest: withAuthority(JSON.parse(good), {}, forgerOf(JSON.parse(good))) }),
    get: "FORGED_MANIFEST",
    check: /forged-authority/,
    own: /is signed by mallory, who was no admin/,
  },
  {
    name: "an authority's statement in an admin's name",
    forge: () => ({ manifest: withAuthority(JSON.parse(good), {}, forgerOf(JSON.parse(good), "ada")) }),
    get: "FORGED_MANIFEST",
    check: /forged-authority/,
    own: /revision 3 of the authority is not signed by ada/,
  },
];
