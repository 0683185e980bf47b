import { MIN_NEEDLE } from "./matcher.ts";

/** How a value can stand in a file: the name of the encoding, and the bytes to look for, one letter each. */
export interface Form {
  encoding: string;
  bytes: string;
}

/** The name of no encoding. */
export const AS_IT_IS = "as it is";

/** Letters of base64 in a row that a plain text does not have. */
const RUN = 30;
const CODED = new RegExp(`\\0|[A-Za-z0-9+/]{${RUN}}|[A-Za-z0-9_-]{${RUN}}`);
/** A letter that UTF-16 writes with a zero byte. */
const HALF_EMPTY = /[\0-\u00ff]/;
/** What ISO 8859-1 can write, and otherwise than UTF-8 does. */
export const LATIN1 = /^[\0-\u00ff]*[\u0080-\u00ff][\0-\u00ff]*$/;
/** What no escape changes. */
const SAFE = /^[\w.-]*$/;

/** True for a text that is too plain for most encodings: no zero byte, and no long run of base64's letters. */
export function isPlain(content: Buffer): boolean {
  return !CODED.test(content.toString("latin1"));
}

/**
 * Every form of a value that is searched: raw, with either line end, base64 in its three alignments and its URL alphabet, hex,
 * percent, JSON and HTML escapes, the quotes of program code, Latin-1, UTF-16 in both byte orders. Forms that are equal to another or
 * shorter than a needle may be are left out.
 * @param plain true for those alone that a plain text can hold: most values then have a single one
 */
export function formsOf(value: string, plain = false): Form[] {
  const bytes = Buffer.from(value);
  const forms: Form[] = [{ encoding: AS_IT_IS, bytes: bytes.toString("latin1") }];
  const add = (encoding: string, form: string) => {
    if (!forms.some((other) => other.bytes === form)) forms.push({ encoding, bytes: form });
  };
  if (value.includes("\n")) {
    const lines = value.split(/\r?\n/);
    for (const end of ["\n", "\r\n"]) add("with other line ends", Buffer.from(lines.join(end)).toString("latin1"));
  }
  addBase64(value, bytes.length, plain, add);
  if (!plain || bytes.length * 2 < RUN) {
    const hex = bytes.toString("hex");
    add("hex", hex);
    add("hex", hex.toUpperCase());
  }
  if (!SAFE.test(value)) {
    add("URL-escaped", encodeURIComponent(value.toWellFormed()));
    if (value.includes(" ")) add("URL-escaped", Buffer.from(value.replaceAll(" ", "+")).toString("latin1"));
    add("URL-escaped", new URLSearchParams([["", value]]).toString().slice(1));
    const json = JSON.stringify(value).slice(1, -1);
    for (const form of jsonOf(json)) add("JSON-escaped", Buffer.from(form).toString("latin1"));
    add("HTML-escaped", Buffer.from(escapeHtml(value)).toString("latin1"));
    for (const form of quotedInCode(value, json)) add("quoted in code", Buffer.from(form).toString("latin1"));
  }
  if (LATIN1.test(value)) add("Latin-1", value);
  if (!plain || !HALF_EMPTY.test(value)) {
    const utf16 = Buffer.from(value, "utf16le");
    add("UTF-16", utf16.toString("latin1"));
    add("UTF-16", utf16.swap16().toString("latin1"));
  }
  return forms.filter((form) => form.bytes.length >= MIN_NEEDLE);
}

/** Whatever stands in front of the value: of 0, 1 or 2 bytes more than a multiple of three. Only what the value alone decides is kept. */
function addBase64(value: string, length: number, plain: boolean, add: (encoding: string, form: string) => void): void {
  for (let before = 0; before < 3; before++) {
    const from = Math.ceil((before * 8) / 6);
    const whole = Math.floor(((before + length) * 8) / 6);
    if (plain && whole - from >= RUN) continue;
    const form = Buffer.from("\0".repeat(before) + value)
      .toString("base64")
      .slice(from, whole);
    add("base64", form);
    add("base64", form.replaceAll("+", "-").replaceAll("/", "_"));
  }
}

/** As JavaScript writes it; as Go and what goes into a page do; as Python and PHP do. */
function jsonOf(json: string): string[] {
  const code = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const ascii = json.replace(/[^ -~]/g, code);
  return [json, json.replace(/[<>&\u2028\u2029]/g, code), ascii, ascii.replaceAll("/", "\\/")];
}

/** In single or back quotes, as minifiers and `console.log` of an object write a value, and double ones stay as they are. */
function quotedInCode(value: string, json: string): string[] {
  const inSingle = json.replaceAll('\\"', '"');
  return [inSingle, inSingle.replaceAll("'", "\\'"), value.replace(/[\\`]|\$(?=\{)/g, "\\$&")];
}

function escapeHtml(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
