import { isRandom } from "./random.ts";
import { isAddressOrPath, standsForNothing } from "./shapes.ts";
import { hasPlainForm, isOptions, isPlainList, textsInJson } from "./structures.ts";
import { holdsToken, isUrls, urlPasswords, urlsIn, weighUrl } from "./urls.ts";
import { isRandomLetters, isWordy } from "./wordiness.ts";

/** Which values are worth a search, and whether finding one blocks: so that `true`, `localhost` and a bucket's name raise no alarm. */

/** `block` for what is plainly a secret, `warn` for what may be one, null for what is not searched. */
export type Weight = "block" | "warn" | null;

const MIN_LENGTH = 8;
const SECRET_NAME = /SECRET|TOKEN|PASS|PHRASE|MNEMONIC|PWD|KEY|CREDENTIAL|AUTH|DSN|SALT|COOKIE|SESSION|CERT|WEBHOOK|DATABASE_URL|_URI$/i;
/** The thing that a secret's name is said of, and that is none: `KEY_PREFIX`, `SESSION_DRIVER`. */
const OF_SECRET =
  /[-_](ID|NAME|USER|USERNAME|E?MAIL|HOST|PORT|PATH|FILE|DIR|PREFIX|SUFFIX|REGION|BUCKET|TTL|ALG|ALGORITHM|METHOD|SCOPE|DOMAIN|DRIVER|TYPE|MODE|PROVIDER|REALM|ENABLED|STORE|CONNECTION|TRANSPORT|LABEL|VERSION|MODEL|ISSUER|AGENT|BACKEND|CIPHER|CRON|DURATION|EXPIRY|FIELD|FORMAT|HASHER|HEADER|LIFETIME|LIMIT|OPTION|PARAM|PATTERN|POLICY|REDIRECT|REGEX|SCHEDULE|TIMEOUT)S?$/i;
/** A longer value is a secret by its length. */
const LONGEST_LIST = 4096;
/** A key before its value, as in a query or in what opens a database: `Server=db;Password=…`. */
const PAIRS = /(?<![\w-])([\w-]{1,64}) ?= ?([^;&\s"'=]+={0,2})/g;
const ONE_WORD = /^[a-z]+([-_. /][a-z]+)*$/i;
/** Of letters alone: under a secret's name, and under any. */
const RANDOM_LETTERS = 12;
const PLAINLY_RANDOM_LETTERS = 20;
/** What counts up is nobody's secret. */
const COUNTING = /0?1234567890?|abcdefghi?/gi;
/** Of PEM, OpenSSH and the like: base64, and nothing else. */
const KEY_LINE = /^[\w+/=-]{32,}$/;
const NUMBERS = /^[\d.,:/ ()+-]+$/;
/** Of digits: a longer number is no date, port or telephone. */
const LONGEST_NUMBER = 15;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * @param isGiven whether a template gives the name this value: it is public, and not searched where it looks it; what looks
 *   like a secret was pasted there, and is searched as such
 */
export function weigh(name: string, value: string, isGiven = false): Weight {
  const weight = weighAlone(name, value);
  return isGiven && weight === "block" ? weighGiven(name, value) : isGiven ? null : weight;
}

/** What would stop under a name whose template says so, too. */
function weighGiven(name: string, value: string): Weight {
  // The password of a URL is weighed by itself.
  if (isUrls(value)) return urlsIn(value).some(holdsToken) ? "block" : "warn";
  const rest = value.replace(COUNTING, "");
  if (OF_SECRET.test(name) || rest.length < MIN_LENGTH) return null;
  return isRandom(rest) ? "block" : "warn";
}

function weighAlone(name: string, value: string): Weight {
  const secretName = isSecretName(name);
  if (isShort(value, secretName) || standsForNothing(value)) return null;
  if (NUMBERS.test(value) && value.replace(/\D/g, "").length <= LONGEST_NUMBER) return null;
  if (isAddressOrPath(value)) return null;
  if (value.length <= LONGEST_LIST && holdsPassword(value)) return "block";
  if (isUrls(value)) return heaviest(urlsIn(value).map((url) => weighUrl(url, isPassword)));
  if (hasPlainForm(value)) return null;
  const isSecret = secretName && !OF_SECRET.test(name);
  const inJson = textsInJson(value);
  if (inJson !== null) return heaviest(inJson.map((each) => weighAlone(isSecret ? name : each.name, each.text)));
  if (ONE_WORD.test(value)) return weighLetters(value, isSecret);
  if (isWordy(value)) return isSecret ? "block" : null;
  if (!isSecret && (isPlainList(value) || isOptions(value))) return null;
  return isSecret || isRandom(value) ? "block" : "warn";
}

/** @param text letters, with hardly a sign between them */
function weighLetters(text: string, secretName: boolean): Weight {
  const letters = text.replace(/[^a-z]/gi, "");
  if (letters.length >= (secretName ? RANDOM_LETTERS : PLAINLY_RANDOM_LETTERS) && isRandomLetters(letters)) return "block";
  return secretName && text.length >= RANDOM_LETTERS ? "warn" : null;
}

const isPassword = (text: string): boolean => weighAlone("PASSWORD", text) === "block";

function heaviest(weights: readonly Weight[]): Weight {
  return weights.includes("block") ? "block" : weights.includes("warn") ? "warn" : null;
}

/** `…;Password=…`, `?password=…`: by its own name within the value. */
function holdsPassword(value: string): boolean {
  return [...value.matchAll(PAIRS)].some(
    ([, key = "", text = ""]) => isSecretName(key) && !OF_SECRET.test(key) && weighAlone("PASSWORD", text) !== null,
  );
}

/** In another script, a few letters are 8 bytes: a word of those is too common. */
function isShort(value: string, secretName: boolean): boolean {
  return value.length < MIN_LENGTH && (Buffer.byteLength(value) < MIN_LENGTH || !secretName || /^\p{L}*$/u.test(value));
}

/** The parts of a value that are secrets of their own: the password of a URL. */
export function partsOf(value: string): string[] {
  return urlPasswords(value, isPassword);
}

/** Without the white space around them, which a copy may have other. */
export function trimmedLines(value: string): string[] {
  return value.split(/[\r\n]/).map((line) => line.trim());
}

export const isKeyLine = (line: string): boolean => KEY_LINE.test(line) && isRandom(line);

/** The lines of a key of several: a copy may be indented, or end its lines in another way. */
export function linesOfKey(value: string): string[] {
  const lines = trimmedLines(value);
  return lines.length === 1 ? [] : lines.filter(isKeyLine);
}
