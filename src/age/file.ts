import { chachaOpen, decodeBase64, equal, hkdf, hmac, x25519, x25519Public } from "#crypto";
import { concat, utf8 } from "../core/bytes.ts";

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
 * The payload of an age file, or null where it does not open with this identity: it is another's, damaged or no age file.
 * @param most X25519 stanzas, each of which takes an X25519 to try; a file with more does not open
 */
export function openAgeFile(file: Uint8Array, identity: Uint8Array, most = Number.POSITIVE_INFINITY): Uint8Array | null {
  const header = parseHeader(file);
  if (header === null || header.stanzas.filter(({ type }) => type === "X25519").length > most) return null;
  const fileKey = unwrapFileKey(header.stanzas, identity);
  if (fileKey === null) return null;
  const macKey = hkdf(fileKey, new Uint8Array(0), utf8("header"), 32);
  return equal(hmac(macKey, header.macInput), header.mac) ? openPayload(fileKey, header.payload) : null;
}

interface Header {
  stanzas: Stanza[];
  macInput: Uint8Array;
  mac: Uint8Array;
  payload: Uint8Array;
}

/** age.md, "Header": lines of printable ASCII, bodies in 64-column canonical base64 that end with a short line. */
function parseHeader(file: Uint8Array): Header | null {
  let at = 0;
  const nextLine = (): string | null => {
    const end = file.subarray(0, MAX_HEADER).indexOf(0x0a, at);
    if (end === -1) return null;
    const line = Array.from(file.subarray(at, end), (byte) => String.fromCharCode(byte)).join("");
    at = end + 1;
    return line;
  };
  if (nextLine() !== "age-encryption.org/v1") return null;
  const stanzas: Stanza[] = [];
  for (;;) {
    const start = at;
    const line = nextLine();
    if (line === null) return null;
    if (line.startsWith("---")) {
      const mac = /^--- [A-Za-z0-9+/]{43}$/.test(line) ? decodeBase64(line.slice(4), false) : null;
      if (mac === null || stanzas.length === 0) return null;
      return { stanzas, macInput: file.subarray(0, start + 3), mac, payload: file.subarray(at) };
    }
    const words = line.startsWith("-> ") ? line.slice(3).split(" ") : [];
    const [type = "", ...args] = words;
    const body = words.length > 0 && words.every((word) => /^[\x21-\x7e]+$/.test(word)) ? readBody(nextLine) : null;
    if (body === null) return null;
    stanzas.push({ type, args, body });
  }
}

function readBody(nextLine: () => string | null): Uint8Array | null {
  let encoded = "";
  for (;;) {
    const line = nextLine();
    if (line === null || line.length > 64 || !/^[A-Za-z0-9+/]*$/.test(line)) return null;
    encoded += line;
    if (line.length < 64) return decodeBase64(encoded, false);
  }
}

/** age.md, "The X25519 recipient type". */
function unwrapFileKey(stanzas: readonly Stanza[], identity: Uint8Array): Uint8Array | null {
  // A passphrase may stand next to no other recipient.
  if (stanzas.some(({ type }) => type === "scrypt") && stanzas.length > 1) return null;
  let own: Uint8Array | undefined;
  for (const { type, args, body } of stanzas) {
    if (type !== "X25519") continue;
    const share = args.length === 1 ? decodeBase64(args[0] as string, false) : null;
    if (share === null || share.length !== 32 || body.length !== 32) return null;
    own ??= x25519Public(identity);
    const shared = x25519(identity, share);
    // A share of low order.
    if (shared === null) return null;
    const wrapKey = hkdf(shared, concat(share, own), utf8("age-encryption.org/v1/X25519"), 32);
    const fileKey = chachaOpen(wrapKey, new Uint8Array(12), body);
    if (fileKey !== null) return fileKey;
  }
  return null;
}

/** age.md, "Payload": STREAM over ChaCha20-Poly1305, 11-byte counter and a flag for the last chunk. */
function openPayload(fileKey: Uint8Array, payload: Uint8Array): Uint8Array | null {
  if (payload.length < 16 + TAG) return null;
  const key = hkdf(fileKey, payload.subarray(0, 16), utf8("payload"), 32);
  const chunks: Uint8Array[] = [];
  const nonce = new Uint8Array(12);
  const counter = new DataView(nonce.buffer);
  for (let at = 16, index = 0; ; at += CHUNK + TAG, index++) {
    const last = payload.length - at <= CHUNK + TAG;
    counter.setUint32(7, index);
    nonce[11] = last ? 1 : 0;
    const chunk = chachaOpen(key, nonce, payload.subarray(at, last ? payload.length : at + CHUNK + TAG));
    // An empty last chunk is one too many.
    if (chunk === null || (last && chunk.length === 0 && index > 0)) return null;
    chunks.push(chunk);
    if (last) return concat(...chunks);
  }
}
