import { MIN_NEEDLE } from "./matcher.ts";

/** How a value can stand in a file: the name of the encoding, and the bytes to look for. */
export interface Form {
  encoding: string;
  bytes: Buffer;
}

/**
 * Every form of a value that is searched: raw, base64 in its three alignments and its URL alphabet, hex, percent, JSON and
 * HTML escapes, UTF-16 in both byte orders. Forms that are equal to another or shorter than a needle may be are left out.
 */
export function formsOf(value: string): Form[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString("hex");
  const utf16 = Buffer.from(value, "utf16le");
  const forms: Form[] = [
    { encoding: "as it is", bytes },
    ...base64Forms(bytes),
    { encoding: "hex", bytes: Buffer.from(hex) },
    { encoding: "hex", bytes: Buffer.from(hex.toUpperCase()) },
    { encoding: "URL-escaped", bytes: Buffer.from(encodeURIComponent(value.toWellFormed())) },
    { encoding: "JSON-escaped", bytes: Buffer.from(JSON.stringify(value).slice(1, -1)) },
    { encoding: "HTML-escaped", bytes: Buffer.from(escapeHtml(value)) },
    { encoding: "UTF-16", bytes: utf16 },
    { encoding: "UTF-16", bytes: Buffer.from(utf16).swap16() },
  ];
  const seen = new Set<string>();
  return forms.filter(({ bytes: form }) => {
    const key = form.toString("latin1");
    return form.length >= MIN_NEEDLE && !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** Whatever stands in front of the value: of 0, 1 or 2 bytes more than a multiple of three. Only what the value alone decides is kept. */
function base64Forms(bytes: Buffer): Form[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const from = Math.ceil((before * 8) / 6);
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    const form = text.slice(from, whole);
    const url = form.replaceAll("+", "-").replaceAll("/", "_");
    return [form, url].map((text) => ({ encoding: "base64", bytes: Buffer.from(text) }));
  });
}

function escapeHtml(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
