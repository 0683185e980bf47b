import { fromUtf8 } from "../core/bytes.ts";
import { isKeyLine } from "./secret-likelihood.ts";
import { textsInJson } from "./structures.ts";

/**
 * What a value says where it is written in another way than the file that it came from: the texts of JSON, the lines of a key whose
 * line ends are escaped or lost, and what base64 of either, or of a name that ends in BASE64, decodes to.
 */

/** A text in a value, and the name that it stands under: it is weighed by both, as a value is. */
export interface Inner {
  name: string;
  value: string;
}

/** Of letters of a value, of values in one another, and of what is taken out of one. */
const LONGEST = 1 << 16;
const DEEPEST = 3;
const MOST = 256;
/** A line of a key is one, whatever the value is called. */
const KEY = "PASSWORD";
/** How long the lines of a key are that OpenSSL and OpenSSH write. */
const WRAPPED = [64, 70];
/** Anybody may have those. */
const PUBLIC = /PUBLIC KEY|CERTIFICATE|PARAMETERS/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const BASE64_NAME = /(?:BASE_?64|B64)(?:_?(?:ENCODED|STRING|JSON|PEM))?$/i;
/** Of letters: base64 of a shorter text says too little. */
const LEAST_BASE64 = 24;
/** A line end, escaped once or, as in JSON that stands in something else, several times. */
const ESCAPED = /\\{1,8}[rn]/g;
/** Text, and no bytes of a key by themselves. */
const PRINTABLE = /^[\t\n\r -~\u00a0-\uffff]*$/;

export function innerOf(name: string, value: string): Inner[] {
  const found: Inner[] = [];
  collect(name, value, DEEPEST, found);
  return found.slice(0, MOST);
}

function collect(name: string, value: string, depth: number, found: Inner[]): void {
  if (depth === 0 || value.length > LONGEST || found.length >= MOST) return;
  for (const line of linesOfPem(value)) found.push({ name: KEY, value: line });
  for (const each of textsInJson(value, LONGEST) ?? []) {
    const text = each.text.trim();
    if (isPublic(text)) continue;
    found.push({ name: each.name, value: text });
    collect(each.name, text, depth - 1, found);
  }
  const decoded = decode(name, value);
  if (decoded === null) return;
  found.push({ name, value: decoded });
  collect(name, decoded, depth - 1, found);
}

function isPublic(text: string): boolean {
  const labels = [...text.matchAll(/-----BEGIN ([^-]{1,64})-----/g)].map(([, label = ""]) => label);
  return labels.length > 0 && labels.every((label) => PUBLIC.test(label));
}

/** The lines of the private keys in a text, however their ends are written: `\n`, blanks, or not at all. */
function linesOfPem(text: string): string[] {
  if (!text.includes("-----BEGIN ")) return [];
  return text
    .replace(ESCAPED, "\n")
    .split("-----BEGIN ")
    .slice(1)
    .flatMap((part) => {
      const [label = "", body = ""] = part.split("-----", 2);
      return PUBLIC.test(label) ? [] : linesOf(body).filter(isKeyLine);
    });
}

function linesOf(body: string): string[] {
  const lines = body.split(/\s+/).filter(Boolean);
  const whole = lines.filter((line) => !/[:,]/.test(line)).join("");
  return lines.length > 1 ? lines : WRAPPED.flatMap((width) => whole.match(new RegExp(`.{1,${width}}`, "g")) ?? []);
}

/** Null for what is no base64 of a text that holds secrets. */
function decode(name: string, value: string): string | null {
  const letters = value.replace(ESCAPED, "").replace(/\s+/g, "");
  if (letters.length < LEAST_BASE64 || !BASE64.test(letters)) return null;
  const text = fromUtf8(Buffer.from(letters, "base64"))?.trim() ?? "";
  if (!PRINTABLE.test(text)) return null;
  return /^[{[]|-----BEGIN /.test(text) || BASE64_NAME.test(name) ? text : null;
}
