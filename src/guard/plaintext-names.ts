import { saysPlaintext } from "../core/plaintext-forms.ts";

/** Which names say that a file holds variables in clear. hooks/run says the same in the shell, where there is no node. */

/** As Windows names `.env.production` for programs that know short names only: `ENV~1.PRO`. */
const SHORT = /^env~\d+(\.(?!exa|sam|tem|dis|def|vau).*)?$/is;
/** What editors leave next to the file that they write, with all that it held: `.env~`, `#.env#`, `..env.swp`. */
const LEFT_BY_EDITORS = [/^(.+)~$/s, /^#(.+)#$/s, /^(.+)\.sw[nop]$/is, /^\.(.+)\.sw[nop]$/is];
/** Characters that are not seen, and that macOS leaves out of names. */
const UNSEEN = /[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|\u034F|[\uFE00-\uFE0F]/g;
/** Their bytes, of which nothing else in a listing has many. */
const UNSEEN_BYTES =
  /\xC2\xAD|\xCD\x8F|\xD8\x9C|\xE1\xA0\x8E|\xE2\x80[\x8B-\x8F\xAA-\xAE]|\xE2\x81[\xA0-\xAF]|\xEF(\xB8[\x80-\x8F]|\xBB\xBF|\xBF[\xB9-\xBB])/;

/** True where a folder's listing may hold the name of a plaintext file; false where it surely holds none. */
export function mayNamePlaintext(listing: Buffer): boolean {
  const text = listing.toString("latin1");
  return /env|\.dev\.vars/i.test(text) || UNSEEN_BYTES.test(text);
}

/**
 * A file's name as some system or reader takes it: without what is not seen, without spaces and dots at its end (Windows), and
 * without what names a stream of it (`.env::$DATA`).
 */
export function nameAsRead(name: string): string {
  return name
    .replace(UNSEEN, "")
    .replace(/^([^:]+):.*$/s, "$1")
    .replace(/^[\x07-\x0D \u00A0]+|[\x07-\x0D .\u00A0]+$/g, "");
}

/** A path as systems take it that tell neither case nor the form of accents apart: for comparing two. */
export function pathAsRead(path: string): string {
  return path.split("/").map(nameAsRead).join("/").normalize("NFC").toLowerCase();
}

/** @param name as read */
export function isPlaintextName(name: string): boolean {
  const left = LEFT_BY_EDITORS.flatMap((form) => form.exec(name)?.[1] ?? []);
  return left.length === 0 ? says(name) : left.some(says);
}

function says(name: string): boolean {
  return saysPlaintext(name) || SHORT.test(name);
}
