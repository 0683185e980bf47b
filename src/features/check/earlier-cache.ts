import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { aeadOpen, aeadSeal, hkdf } from "#crypto";
import { concat, fromUtf8, lp, readU32, u32, unb64u, utf8 } from "../../core/bytes.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { isEnvsealError } from "../../errors.ts";
import { ensurePrivateFolder, localFolder } from "../../project/gitdir.ts";
import { ensurePersonKey } from "../../project/person-key.ts";
import { replaceAtomic } from "../../project/write.ts";
import { readPlain } from "../../system/plain-file.ts";
import type { Project } from "../../workspace/project.ts";

/** A value that a vault version had. */
export interface EarlierValue {
  name: string;
  vault: string;
  version: number;
  value: string;
}

/** What is known of a project's environment, of however many versions. */
export interface Earlier {
  /** The versions that were looked into. */
  blobs: Set<string>;
  values: EarlierValue[];
  /** Letters of all values, and how many values were too much. */
  size: number;
  left: number;
}

/** A part of it as the file has it: names and vaults by number, four columns for the values. */
interface Part {
  blobs: string[];
  names: string[];
  vaults: string[];
  rows: [name: number[], vault: number[], version: number[], value: string[]];
  left: number;
}

/** Letters of values in one part, more or less, so that no part is too long for what reads it. */
const PART = 4 << 20;
const MAX_BYTES = 1 << 30;
const NONCE = 12;

export function noEarlier(): Earlier {
  return { blobs: new Set(), values: [], size: 0, left: 0 };
}

export function add(known: Earlier, value: EarlierValue): void {
  known.values.push(value);
  known.size += value.value.length;
}

/** `.git/envseal/earlier/<project>-<environment>`: several projects of one repository have environments of the same name. */
function pathOf({ root, manifest }: Project, { environment }: Keyring): string {
  return join(localFolder(root), "earlier", `${manifest.project}-${environment}`);
}

/** Only the active data key gives it, together with this person's own key where there is one: a clone may come with anything. */
function keyOf({ manifest }: Project, keyring: Keyring): Uint8Array {
  const active = keyring.dataKey(keyring.active.keyId, "the cache");
  const secret = concat(active, ensurePersonKey(process.env) ?? new Uint8Array(0));
  return hkdf(secret, unb64u(manifest.project) as Uint8Array, concat(utf8("envseal/v1 earlier"), lp(keyring.environment)), 32);
}

/** Where a part stands, and whether it is the last: none can be left out, moved or cut off. */
const aad = (index: number, last: boolean) => concat(utf8("earlier"), u32(index), Uint8Array.of(last ? 1 : 0));

/** Empty where there is none, or it is of another key: it is then built anew. */
export function readEarlier(project: Project, keyring: Keyring): Earlier {
  const known = noEarlier();
  try {
    const bytes = readPlain(pathOf(project, keyring), MAX_BYTES);
    const key = bytes === null ? null : keyOf(project, keyring);
    if (bytes === null || key === null) return known;
    for (let at = 0, index = 0, last = false; !last; index++) {
      const end = at + 4 + readU32(bytes, at);
      last = end === bytes.length;
      const [nonce, sealed] = [bytes.subarray(at + 4, at + 4 + NONCE), bytes.subarray(at + 4 + NONCE, end)];
      const text = end > bytes.length ? null : fromUtf8(aeadOpen(key, nonce, sealed, aad(index, last)) ?? Uint8Array.of(0xff));
      if (text === null) return noEarlier();
      take(known, JSON.parse(text) as Part);
      at = end;
    }
    return known;
  } catch (error) {
    if (isEnvsealError(error)) return noEarlier();
    throw error;
  }
}

function take(known: Earlier, { blobs, names, vaults, rows: [name, vault, version, value], left }: Part): void {
  for (const oid of blobs) known.blobs.add(oid);
  for (let row = 0; row < value.length; row++)
    add(known, {
      name: names[name[row] as number] as string,
      vault: vaults[vault[row] as number] as string,
      version: version[row] as number,
      value: value[row] as string,
    });
  known.left += left;
}

/** Where it cannot be kept (a read-only checkout, a full disk), the next look reads history again. */
export function writeEarlier(project: Project, keyring: Keyring, known: Earlier): void {
  try {
    const path = pathOf(project, keyring);
    const key = keyOf(project, keyring);
    const parts = [...partsOf(known)].map((part, index, { length }) => {
      const nonce = randomBytes(NONCE);
      const sealed = aeadSeal(key, nonce, utf8(JSON.stringify(part)), aad(index, index === length - 1));
      return Buffer.concat([u32(NONCE + sealed.length), nonce, sealed]);
    });
    ensurePrivateFolder(localFolder(project.root));
    ensurePrivateFolder(join(localFolder(project.root), "earlier"));
    replaceAtomic(project.root, path, Buffer.concat(parts), 0o600);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
  }
}

function* partsOf({ blobs, values, left }: Earlier): Generator<Part> {
  let [names, vaults] = [new Map<string, number>(), new Map<string, number>()];
  let part: Part = { blobs: [...blobs], names: [], vaults: [], rows: [[], [], [], []], left };
  let size = 0;
  for (const { name, vault, version, value } of values) {
    const [ofName, ofVault, ofVersion, ofValue] = part.rows;
    ofName.push(numberOf(names, part.names, name));
    ofVault.push(numberOf(vaults, part.vaults, vault));
    ofVersion.push(version);
    ofValue.push(value);
    size += value.length;
    if (size < PART) continue;
    yield part;
    [names, vaults] = [new Map(), new Map()];
    part = { blobs: [], names: [], vaults: [], rows: [[], [], [], []], left: 0 };
    size = 0;
  }
  yield part;
}

function numberOf(known: Map<string, number>, list: string[], text: string): number {
  const found = known.get(text);
  if (found !== undefined) return found;
  known.set(text, list.length);
  return list.push(text) - 1;
}
