/**
 * Bech32 (BIP-173) for age's keys: lower case, no length limit of 90 on decoding beyond the caller's. Our own 50 lines,
 * compared with @scure/base in the tests, because that package costs the loader more than all of its cryptography.
 */
const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const FOREIGN = 0xff;
/** By character code. A manifest may have thousands of recipients. */
const WORDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const word = ALPHABET.indexOf(String.fromCharCode(code));
  return word === -1 ? FOREIGN : word;
});
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** By the five bits that leave the checksum at each step. */
const STEPS = Int32Array.from({ length: 32 }, (_, top) => GENERATOR.reduce((sum, part, bit) => ((top >>> bit) & 1 ? sum ^ part : sum), 0));

export function encodeBech32(hrp: string, bytes: Uint8Array): string {
  const words = regroup(bytes, 8, 5, true) as number[];
  const check = polymod([...expandHrp(hrp), ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const checksum = [25, 20, 15, 10, 5, 0].map((shift) => (check >>> shift) & 31);
  return `${hrp}1${[...words, ...checksum].map((word) => ALPHABET[word]).join("")}`;
}

/** The bytes, or null for another prefix, upper or mixed case, foreign characters, a wrong checksum or non-zero padding. */
export function decodeBech32(hrp: string, text: string): Uint8Array | null {
  if (!text.startsWith(`${hrp}1`) || text.length < hrp.length + 7) return null;
  const words = new Uint8Array(text.length - hrp.length - 1);
  for (let at = 0; at < words.length; at++) words[at] = WORDS[text.charCodeAt(hrp.length + 1 + at)] ?? FOREIGN;
  if (words.includes(FOREIGN) || polymod(words, startOf(hrp)) !== 1) return null;
  const bytes = regroup(words.subarray(0, -6), 5, 8, false);
  return bytes === null ? null : Uint8Array.from(bytes);
}

const starts = new Map<string, number>();

/** What the prefix makes of the checksum. */
function startOf(hrp: string): number {
  const known = starts.get(hrp) ?? polymod(expandHrp(hrp));
  starts.set(hrp, known);
  return known;
}

function expandHrp(hrp: string): number[] {
  const codes = Array.from(hrp, (char) => char.charCodeAt(0));
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)];
}

/** @param start what it was for the words before these */
function polymod(words: ArrayLike<number>, start = 1): number {
  let check = start;
  for (let at = 0; at < words.length; at++) check = ((check & 0x1ffffff) << 5) ^ (words[at] as number) ^ (STEPS[check >>> 25] as number);
  return check;
}

/** True for 32 bytes by the same rules. A manifest may have tens of thousands of recipients, and needs no bytes of them. */
export function isBech32Of32(hrp: string, text: string): boolean {
  if (text.length !== hrp.length + 59 || !text.startsWith(`${hrp}1`)) return false;
  let check = startOf(hrp);
  let last = 0;
  for (let at = hrp.length + 1; at < text.length; at++) {
    const word = WORDS[text.charCodeAt(at)] ?? FOREIGN;
    if (word === FOREIGN) return false;
    check = ((check & 0x1ffffff) << 5) ^ word ^ (STEPS[check >>> 25] as number);
    if (at === text.length - 7) last = word;
  }
  // 52 words are 260 bits: four more than 32 bytes, which are zero.
  return check === 1 && (last & 15) === 0;
}

/** Regroups bits; without `pad`, left-over bits must be fewer than a word and zero. */
function regroup(input: Iterable<number>, from: number, to: number, pad: boolean): number[] | null {
  const out: number[] = [];
  let bits = 0;
  let held = 0;
  for (const word of input) {
    held = (held << from) | word;
    for (bits += from; bits >= to; ) {
      bits -= to;
      out.push((held >>> bits) & ((1 << to) - 1));
    }
    held &= (1 << bits) - 1;
  }
  if (pad) {
    if (bits > 0) out.push((held << (to - bits)) & ((1 << to) - 1));
    return out;
  }
  return bits < from && held === 0 ? out : null;
}
