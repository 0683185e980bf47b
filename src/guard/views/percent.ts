import { ASK, digitsAt, type Escape, HEX, NONE } from "./escape.ts";

const PERCENT = 0x25;

/** `%2f`, and `%u20AC` as JavaScript's `escape` writes it. */
export const percent: Escape = {
  encoding: "URL-escaped",
  marks: [PERCENT],
  quick: Int16Array.from(HEX, (value, byte) => (value !== -1 || byte === 0x75 ? ASK : NONE)),
  read(text, at, sink) {
    const [high, low] = [HEX[text[at + 1] ?? 0] as number, HEX[text[at + 2] ?? 0] as number];
    if (high !== -1 && low !== -1) {
      sink.put((high << 4) | low);
      return 3;
    }
    if (text[at + 1] !== 0x75) return 0;
    const { value, count } = digitsAt(text, at + 2, 4, 16);
    if (count < 4) return 0;
    sink.putPoint(value);
    return 6;
  },
};
