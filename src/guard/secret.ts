/** Which values are worth a search, and whether finding one blocks: so that `true`, `localhost` and a bucket's name raise no alarm. */

/** `block` for what is plainly a secret, `warn` for what may be one, null for what is not searched. */
export type Weight = "block" | "warn" | null;

const MIN_LENGTH = 8;
const SECRET_NAME = /SECRET|TOKEN|PASS|PWD|KEY|CREDENTIAL|PRIVATE|AUTH|DSN|SALT|COOKIE|SESSION|CERT|WEBHOOK|DATABASE_URL|_URI$/i;
/** Words of 8 letters or more: shorter ones are not searched anyway. */
const COMMON =
  /^(undefined|production|development|localhost|password|changeme|change-me|placeholder|disabled|postgres|postgresql|username|database|anonymous|administrator)$/i;
/** What stands in templates where a value belongs. */
const PLACEHOLDER =
  /^(<.*>|\$\{.*\}|\{\{.*\}\}|x{4,}|(your|my|some|the|insert|enter|replace|put)[-_ ].*(here|keys?|secret|token|password|value|id)|.*[-_ ]here)$/i;
const HOST = /^([a-z0-9-]+\.)+[a-z]{2,}(:\d+)?$/i;
const PLAIN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^@\s]*$/i;
const URL_START = /^[a-z][a-z0-9+.-]*:\/\//i;
const ONE_WORD = /^[a-z]+([-_. /][a-z]+)*$/i;
/** `us-east-1`, `app_v2`: words with a small number. */
const SLUG = /^[a-z]+([-_.]([a-z]+|[a-z]?\d{1,2}))+$/i;
/** Of PEM, OpenSSH and the like: base64, and nothing else. */
const KEY_LINE = /^[\w+/=-]{32,}$/;
/** Small letters, capitals and digits: a name in a path seldom has so many of all three. */
const MIXED = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{16,}$/;
const NUMBERS = /^[\d.,:/ -]+$/;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * @param template the value that `.env.example` gives the name: it is public, and not searched where it looks it; what looks
 *   like a secret was pasted there, and is searched as such
 */
export function weigh(name: string, value: string, template?: string): Weight {
  const weight = weighAlone(name, value);
  if (value !== template) return weight;
  if (weight !== "block") return null;
  // The password of a URL is weighed by itself.
  return (URL_START.test(value) ? queryIsSecret(value) : isRandom(value)) ? "block" : "warn";
}

function weighAlone(name: string, value: string): Weight {
  const secretName = isSecretName(name);
  if (isShort(value, secretName)) return null;
  if (COMMON.test(value) || PLACEHOLDER.test(value) || /^(.)\1*$/.test(value)) return null;
  if (NUMBERS.test(value) && value.length < 16) return null;
  if (HOST.test(value) || isPath(value)) return null;
  if (PLAIN_URL.test(value)) return queryIsSecret(value) ? "block" : null;
  if (SLUG.test(value) && value.length < 16 && !secretName) return null;
  if (ONE_WORD.test(value)) return secretName && value.length >= 12 ? "warn" : null;
  return secretName || isRandom(value) ? "block" : "warn";
}

/** In another script, a few letters are 8 bytes: a word of those is too common. */
function isShort(value: string, secretName: boolean): boolean {
  return value.length < MIN_LENGTH && (Buffer.byteLength(value) < MIN_LENGTH || !secretName || /^\p{L}*$/u.test(value));
}

function isRandom(value: string): boolean {
  return value.length >= 16 && entropyOf(value) >= 3 && !SLUG.test(value);
}

/** The parts of a value that are secrets of their own: the password of a URL. One with a bare `@` is read to the last by most. */
export function partsOf(value: string): string[] {
  const rest = /^[a-z][a-z0-9+.-]*:\/\/[^/:\s]*:([^/\s]*)/i.exec(value)?.[1] ?? "";
  const ends = [rest.indexOf("@"), rest.replace(/[?#].*/, "").lastIndexOf("@")];
  const passwords = ends.filter((end) => end > 0).map((end) => rest.slice(0, end));
  return [...new Set(passwords.flatMap((password) => [password, decoded(password)]))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Without the white space around them, which a copy may have other. */
export function trimmedLines(value: string): string[] {
  return value.split(/[\r\n]/).map((line) => line.trim());
}

/** The lines of a key of several: a copy may be indented, or end its lines in another way. */
export function linesOfKey(value: string): string[] {
  const lines = trimmedLines(value);
  return lines.length === 1 ? [] : lines.filter((line) => KEY_LINE.test(line) && isRandom(line));
}

function queryIsSecret(url: string): boolean {
  const query = url.slice(url.search(/[?#]|$/) + 1);
  const path = url.split("/").slice(3);
  return [...query.split(/[&=]/), ...path].some((part) => part.length >= 16 && entropyOf(part) >= 3.5 && !isWords(part));
}

/** `login?redirect=dashboard`: the last part of a path has the query with it. */
function isWords(part: string): boolean {
  return part.split(/[?&=#]+/).every((word) => ONE_WORD.test(word));
}

function isPath(value: string): boolean {
  return /^(\.{0,2}|~|[A-Za-z]:)[\\/][\w.\-\\/ ]*$/.test(value) && !isBase64(value);
}

/** One key of base64 in 64 begins as a path does. */
function isBase64(value: string): boolean {
  return /^[a-z\d/]+$/i.test(value) && value.split("/").some((part) => MIXED.test(part) && entropyOf(part) >= 3.5);
}

/** Shannon entropy of the characters, in bits each. */
export function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let [bits, total] = [0, 0];
  for (const count of counts.values()) total += count;
  for (const count of counts.values()) bits -= (count / total) * Math.log2(count / total);
  return bits;
}
