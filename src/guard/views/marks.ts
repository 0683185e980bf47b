import { ASK, digitsAt, type Escape, HEX, NONE } from "./escape.ts";

const [QUOTE, DOUBLE, BACKSLASH] = [0x27, 0x22, 0x5c];
/** CSV, SQL, YAML and Pascal double quotes; Compose and Make `$`; batch files and systemd `%`; Python's `format` braces; C# both. */
const DOUBLED = ["'", '"', "$", "%", "{}", '{}"', "`"].map((signs) => [...signs].map((sign) => sign.charCodeAt(0)));

/** Those that a value holds, by what doubles them: the rest need not be undone. @param has 1 for the bytes of values */
export function doubledSigns(has: Uint8Array): number[][] {
  const held = DOUBLED.map((signs) => signs.filter((sign) => has[sign] === 1)).filter(({ length }) => length > 0);
  return [...new Map(held.map((signs) => [signs.join(), signs])).values()];
}

/** After one sign of a pair stands such a one, or what begins a way out of quotes. */
const TWICE = new Int16Array(256).fill(NONE);
for (const sign of [BACKSLASH, ...DOUBLED.flat()]) TWICE[sign] = ASK;

/** Signs that are written twice, and the shell's ways out of single quotes: `'\''` and `'"'"'`. */
export function doubled(signs: readonly number[]): Escape {
  return {
    encoding: "with doubled signs",
    marks: signs,
    quick: TWICE,
    read(text, at, sink) {
      const sign = text[at] as number;
      const length = sign === QUOTE ? wayOut(text, at) : text[at + 1] === sign ? 2 : 0;
      if (length > 0) sink.put(sign);
      return length;
    },
  };
}

function wayOut(text: Uint8Array, at: number): number {
  const [one, two, three, four] = [text[at + 1], text[at + 2], text[at + 3], text[at + 4]];
  if (one === QUOTE) return 2;
  if (one === BACKSLASH && two === QUOTE && three === QUOTE) return 4;
  return one === DOUBLE && two === QUOTE && three === DOUBLE && four === QUOTE ? 5 : 0;
}

/** `=3D`, and lines that go on after a `=` at their end (RFC 2045). */
export const quotedPrintable: Escape = {
  encoding: "quoted-printable",
  marks: [0x3d],
  quick: Int16Array.from(HEX, (value, byte) => (value !== -1 || byte === 0x0a || byte === 0x0d ? ASK : NONE)),
  read(text, at, sink) {
    if (text[at + 1] === 0x0a) return 2;
    if (text[at + 1] === 0x0d && text[at + 2] === 0x0a) return 3;
    const { value, count } = digitsAt(text, at + 1, 2, 16);
    if (count < 2) return 0;
    sink.put(value);
    return 3;
  },
};

/** Letters that take no room: U+200B to U+200F, U+202A to U+202E, U+2060 to U+206F, U+FEFF, and the soft hyphen. */
export const zeroWidth: Escape = {
  encoding: "with letters that are not seen",
  marks: [0xe2, 0xef, 0xc2],
  read(text, at) {
    const [first, second = 0, third = 0] = [text[at], text[at + 1], text[at + 2]];
    if (first === 0xc2) return second === 0xad ? 2 : 0;
    if (first === 0xef) return second === 0xbb && third === 0xbf ? 3 : 0;
    if (second === 0x80) return (third >= 0x8b && third <= 0x8f) || (third >= 0xaa && third <= 0xae) ? 3 : 0;
    return second === 0x81 && third >= 0xa0 && third <= 0xaf ? 3 : 0;
  },
};
