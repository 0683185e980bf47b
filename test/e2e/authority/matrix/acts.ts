import { rmSync } from "node:fs";
import { unlock } from "../../../../src/age/unlock.ts";
import { wrapKey } from "../../../../src/age/wrap.ts";
import { withAuthority } from "../../../../src/core/authority/authority-changes.ts";
import { headOf } from "../../../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../../../src/core/authority/manifest.ts";
import { signerOf } from "../../../../src/core/authority/statement.ts";
import { withoutAccess } from "../../../../src/core/keys/fence.ts";
import type { Keyring } from "../../../../src/core/keys/keyring.ts";
import { taggerOf, withGrant, withStatement, withWrapped } from "../../../../src/core/keys/manifest-edits.ts";
import { withEnvironment, withoutEnvironment } from "../../../../src/core/keys/new-environment.ts";
import { rotated } from "../../../../src/core/keys/rotate.ts";
import { serialiseManifest } from "../../../../src/core/manifest/manifest-text.ts";
import type { Cell, Role } from "./world.ts";

export const NEW_VALUE = "sk_live_replaced_55ab";

export interface Act {
  args: string[];
  input?: string;
  /** What whoever may not does instead: writes the files by hand, with their own signature. */
  forge: (cell: Cell, role: Role) => void | Promise<void>;
  /** Whose access it is about. */
  about?: string;
  /** True where it has been done, as far as the files say. */
  done: (cell: Cell) => boolean;
}

const put = (cell: Cell, manifest: Manifest) => cell.project.write("envseal.json", serialiseManifest(manifest));
const entry = (cell: Cell) => cell.project.manifest().environments.default;
const head = (cell: Cell) => cell.project.manifest().authority.at(-1);

/** What somebody's identity opens of default; null for who has none. */
function keyringOf(cell: Cell, role: Role, manifest = cell.manifest()): Keyring | null {
  const identity = cell.identity(role);
  if (identity === null) return null;
  return unlock(manifest, "default", { type: "identity", identity, pins: [], personal: false, environment: null, source: role });
}

const DATA_KEY = new Uint8Array(32).fill(77);

/** A new key that everybody of before could open, be it signed by whomever. */
async function rotation(cell: Cell, role: Role): Promise<Manifest> {
  const manifest = cell.manifest();
  const keyring = keyringOf(cell, role);
  if (keyring === null) return withStatement(manifest, "default", {}, cell.hand(role));
  const hand = cell.hand(role);
  const wrapped = new Map<string, Uint8Array>();
  for (const [name, { recipient }] of Object.entries(keyring.access)) wrapped.set(name, await wrapKey(DATA_KEY, recipient));
  // Made where they are an admin by their own word, and put under the authority that there is.
  const admins = { ...headOf(manifest).admins, [hand.name]: { recipient: hand.recipient, signer: signerOf(hand.seed) } };
  const own = withAuthority(manifest, { admins, rotators: {} }, hand);
  const how = { dataKey: DATA_KEY, nonce: new Uint8Array(12).fill(7), reason: "scheduled", at: "2026-11-21T00:00:00Z", wrapped } as const;
  return { ...rotated(own, keyringOf(cell, role, own) as Keyring, how, hand).manifest, authority: manifest.authority };
}

export const ACTS = {
  grant: {
    args: ["grant", "nora", "-e", "default", "--yes", "-q"],
    forge: async (cell, role) => {
      const manifest = cell.manifest();
      const recipient = manifest.recipients.nora?.recipient as string;
      const granted = withGrant(manifest, "default", "nora", { recipient, kind: "person" }, cell.hand(role));
      const keyring = keyringOf(cell, role);
      if (keyring === null) return put(cell, granted);
      const { tagger } = keyring;
      put(cell, withWrapped(granted, tagger, "nora", await wrapKey(keyring.dataKey(tagger.keyId, "the test"), recipient)));
    },
    about: "nora",
    done: (cell) => Object.hasOwn(entry(cell).access, "nora"),
  },
  revoke: {
    args: ["revoke", "zoe", "--yes", "-q"],
    forge: (cell) => put(cell, withoutAccess(cell.manifest(), "default", ["zoe"])),
    about: "zoe",
    done: (cell) => !Object.hasOwn(entry(cell).access, "zoe"),
  },
  rotate: {
    args: ["rotate", "-e", "default", "-q"],
    forge: async (cell, role) => put(cell, await rotation(cell, role)),
    done: (cell) => Object.keys(entry(cell).statement.keys).length > 2,
  },
  role: {
    args: ["grant", "mike", "--admin", "--yes", "-q"],
    forge: (cell, role) => {
      const [manifest, hand] = [cell.manifest(), cell.hand(role)];
      const own = { recipient: hand.recipient, signer: signerOf(hand.seed) };
      const { [hand.name]: _, ...rotators } = headOf(manifest).rotators;
      put(cell, withAuthority(manifest, { admins: { ...headOf(manifest).admins, [hand.name]: own }, rotators }, hand));
    },
    done: (cell) => Object.keys(head(cell).admins).some((name) => !["ada", "bob", "eve"].includes(name)),
  },
  "env add": {
    args: ["env", "add", "staging", "-q"],
    forge: (cell, role) => {
      const manifest = cell.manifest();
      const tagger = taggerOf(DATA_KEY, manifest.project, "staging");
      put(cell, withEnvironment(manifest, tagger, { created: "2026-11-21T00:00:00Z", publicPatterns: [] }, cell.hand(role)));
    },
    done: (cell) => Object.hasOwn(head(cell).environments, "staging"),
  },
  "env remove": {
    args: ["env", "remove", "production", "--yes", "-q"],
    forge: (cell, role) => {
      put(cell, withoutEnvironment(cell.manifest(), "production", cell.hand(role)));
      rmSync(cell.project.path(".env.production.vault"));
    },
    done: (cell) => !Object.hasOwn(head(cell).environments, "production"),
  },
  "set a value": {
    args: ["set", "API_KEY", "-e", "default", "-q"],
    input: NEW_VALUE,
    forge: (cell) => {
      const text = cell.project.read(".env.vault");
      cell.project.write(
        ".env.vault",
        text.replace(/(API_KEY=\S*enc:\S*?)(.{6})(?=['"]?\n)/, (_all, start: string, end: string) => start + [...end].reverse().join("")),
      );
    },
    done: (cell) => cell.project.git("diff", "--name-only", "base", "--", ".env.vault") !== "",
  },
  floor: {
    args: ["rotate", "-e", "default", "--fence", "-q"],
    forge: (cell, role) => {
      const manifest = cell.manifest();
      const { active } = entry(cell).statement;
      put(cell, withStatement(manifest, "default", { floor: active }, cell.hand(role)));
    },
    done: (cell) =>
      Object.entries<{ version: number }>(entry(cell).statement.keys).some(
        ([id, { version }]) => version > 1 && id === entry(cell).statement.floor,
      ),
  },
} satisfies Record<string, Act>;

export type ActName = keyof typeof ACTS;
