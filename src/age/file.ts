import { chachaOpen, decodeBase64, equal, hkdf, hmac, x25519, x25519Public } from "#crypto";
import { concat, utf8 } from "../core/bytes.ts";
import { EnvsealError } from "../errors.ts";

/**
 * Opens age v1 files for X25519 identities (age-encryption.org/v1), synchronously and without the age-encryption package:
 * the loader needs no more, and importing that package costs more than a whole boot. Wrapping is in wrap.ts.
 */

const MAX_HEADER = 64 * 1024;
const CHUNK = 64 * 1024;
const TAG = 16;

interface Stanza {
  type: string;
  args: string[];
  body: Uint8Array;
}

/**
 * The payload of an age file, or null where none of its stanzas is for this identity.
 * @throws CORRUPT for a file that breaks the format or does not authenticate
 */
export function openAgeFile(file: Uint8Array, identity: Uint8Array): Uint8Array | null {
  const { stanzas, macInput, mac, payload } = parseHeader(file);
  const fileKey = unwrapFileKey(stanzas, identity);
  if (fileKey === null) return null;
  const macKey = hkdf(fileKey, new Uint8Array(0), utf8("header"), 32);
  if (!equal(hmac(macKey, macInput), mac)) throw corrupt("its header was changed");
  return openPayload(fileKey, payload);
}

function corrupt(what: string): EnvsealError {
  return new EnvsealError("CORRUPT", `the age file is damaged: ${what}`, { hint: "take envseal.json from git again" });
}

interface Header {
  stanzas: Stanza[];
  macInput: Uint8Array;
  mac: Uint8Array;
  payload: Uint8Array;
}

/** age.md, "Header": lines of printable ASCII, bodies in 64-column canonical base64 that end with a short line. */
function parseHeader(file: Uint8Array): Header {
  let at = 0;
  const nextLine = (): string => {
    const end = file.subarray(0, MAX_HEADER).indexOf(0x0a, at);
    if (end === -1) throw corrupt("its header is cut off");
    const line = String.fromCharCode(...file.subarray(at, end));
    at = end + 1;
    return line;
  };
  if (nextLine() !== "age-encryption.org/v1") throw corrupt("it is no age v1 file");
  const stanzas: Stanza[] = [];
  for (;;) {
    const start = at;
    const line = nextLine();
    if (line.startsWith("---")) {
      const mac = /^--- [A-Za-z0-9+/]{43}$/.test(line) ? decodeBase64(line.slice(4), false) : null;
      if (mac === null || stanzas.length === 0) throw corrupt("its header does not end as it should");
      return { stanzas, macInput: file.subarray(0, start + 3), mac, payload: file.subarray(at) };
    }
    const words = line.startsWith("-> ") ? line.slice(3).split(" ") : [];
    if (words.length === 0 || !words.every((word) => /^[\x21-\x7e]+$/.test(word))) throw corrupt("a stanza is malformed");
    const [type = "", ...args] = words;
    stanzas.push({ type, args, body: readBody(nextLine) });
  }
}

function readBody(nextLine: () => string): Uint8Array {
  let encoded = "";
  for (;;) {
    const line = nextLine();
    if (line.length > 64 || !/^[A-Za-z0-9+/]*$/.test(line)) throw corrupt("a stanza's body is malformed");
    encoded += line;
    if (line.length === 64) continue;
    const body = decodeBase64(encoded, false);
    if (body === null) throw corrupt("a stanza's body is not canonical base64");
    return body;
  }
}

/** age.md, "The X25519 recipient type". */
function unwrapFileKey(stanzas: readonly Stanza[], identity: Uint8Array): Uint8Array | null {
  if (stanzas.some(({ type }) => type === "scrypt") && stanzas.length > 1) throw corrupt("a passphrase stands beside other recipients");
  let own: Uint8Array | undefined;
  for (const { type, args, body } of stanzas) {
    if (type !== "X25519") continue;
    const share = args.length === 1 ? decodeBase64(args[0] as string, false) : null;
    if (share === null || share.length !== 32) throw corrupt("an X25519 stanza is malformed");
    if (body.length !== 32) throw corrupt("an X25519 stanza has a body of the wrong size");
    own ??= x25519Public(identity);
    const shared = x25519(identity, share);
    if (shared === null) throw corrupt("an X25519 stanza has a share of low order");
    const wrapKey = hkdf(shared, concat(share, own), utf8("age-encryption.org/v1/X25519"), 32);
    const fileKey = chachaOpen(wrapKey, new Uint8Array(12), body);
    if (fileKey !== null) return fileKey;
  }
  return null;
}

/** age.md, "Payload": STREAM over ChaCha20-Poly1305, 11-byte counter and a flag for the last chunk. */
function openPayload(fileKey: Uint8Array, payload: Uint8Array): Uint8Array {
  if (payload.length < 16 + TAG) throw corrupt("its payload is cut off");
  const key = hkdf(fileKey, payload.subarray(0, 16), utf8("payload"), 32);
  const chunks: Uint8Array[] = [];
  const nonce = new Uint8Array(12);
  const counter = new DataView(nonce.buffer);
  for (let at = 16, index = 0; ; at += CHUNK + TAG, index++) {
    const last = payload.length - at <= CHUNK + TAG;
    counter.setUint32(7, index);
    nonce[11] = last ? 1 : 0;
    const chunk = chachaOpen(key, nonce, payload.subarray(at, last ? payload.length : at + CHUNK + TAG));
    if (chunk === null) throw corrupt("its payload does not authenticate");
    if (last && chunk.length === 0 && index > 0) throw corrupt("its last chunk is empty");
    chunks.push(chunk);
    if (last) return concat(...chunks);
  }
}
