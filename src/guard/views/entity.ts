import { largest } from "../../core/append.ts";
import { ASK, digitsAt, type Escape, NONE } from "./escape.ts";

/** Of ASCII, by the names that HTML has for it; XML has the first five. */
const ASCII = `lt< gt> amp& quot" apos' LT< GT> AMP& QUOT" Tab\t excl! num# dollar$ percnt% lpar( rpar) ast* midast* plus+ comma, period.
sol/ colon: semi; equals= quest? commat@ lsqb[ lbrack[ bsol\\ rsqb] rbrack] Hat^ lowbar_ UnderBar_ grave\` DiacriticalGrave\` lcub{ lbrace{
verbar| vert| VerticalLine| rcub} rbrace}`;
/** From U+00A0 on, in order. */
const LATIN1 =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";
const OTHERS = { NewLine: 0x0a, euro: 0x20ac, hellip: 0x2026, ndash: 0x2013, mdash: 0x2014, lsquo: 0x2018, rsquo: 0x2019, ldquo: 0x201c };

const POINTS = new Map<string, number>([
  ...ASCII.split(/[ \n]/).map((entry): [string, number] => [entry.slice(0, -1), entry.charCodeAt(entry.length - 1)]),
  ...LATIN1.split(" ").map((name, index): [string, number] => [name, 0xa0 + index]),
  ...Object.entries(OTHERS),
]);
const LONGEST = largest([...POINTS.keys()].map(({ length }) => length));
const isLetter = (byte: number) => (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a);

/** `&#60;`, `&#x3c;`, `&lt;`: the names of ASCII and Latin-1, which encoders use. */
export const entity: Escape = {
  encoding: "HTML-escaped",
  marks: [0x26],
  quick: Int16Array.from({ length: 256 }, (_none, byte) => (byte === 0x23 || isLetter(byte) ? ASK : NONE)),
  read(text, at, sink) {
    const first = text[at + 1] ?? 0;
    if (first === 0x23) {
      const isHex = ((text[at + 2] ?? 0) | 0x20) === 0x78;
      const start = at + (isHex ? 3 : 2);
      const { value, count } = digitsAt(text, start, isHex ? 6 : 7, isHex ? 16 : 10);
      if (count === 0) return 0;
      // A browser does without the semicolon.
      const end = start + count + (text[start + count] === 0x3b ? 1 : 0);
      sink.putPoint(value);
      return end - at;
    }
    if (!isLetter(first)) return 0;
    let end = at + 2;
    while (end <= at + LONGEST && isLetter(text[end] ?? 0)) end++;
    if (text[end] !== 0x3b) return 0;
    const point = POINTS.get(Buffer.from(text.buffer, text.byteOffset + at + 1, end - at - 1).toString("latin1"));
    if (point === undefined) return 0;
    sink.putPoint(point);
    return end + 1 - at;
  },
};
