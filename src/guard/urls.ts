import { entropyOf, isRandom } from "./random.ts";
import { standsForNothing } from "./shapes.ts";
import { isWordy } from "./wordiness.ts";

/** The secrets inside a URL: the password or token before its host, and what its path and query hold. */

const SCHEME = "[a-z][a-z0-9+.-]*:\\/\\/";
const URL_ALONE = new RegExp(`^${SCHEME}\\S*$`, "i");
const BETWEEN = new RegExp(`,(?=${SCHEME})`, "i");
const WITH_PASSWORD = new RegExp(`^${SCHEME}([^/:\\s]*):([^/\\s]*)`, "i");
const WITH_USER = new RegExp(`^${SCHEME}([^/:?#\\s]*)@`, "i");
const LOOPBACK = /^(localhost|([\w-]+\.)*localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\]|host\.docker\.internal)?(:\d+)?$/i;
/** The name of a container among others: nobody else reaches it. */
const SERVICE = /^[a-z][a-z0-9_-]*(:\d+)?$/i;
/** Shorter words than those that are searched. */
const SHORT_WORD = /^(root|admin|secret|test|user|guest|demo|minio|mysql|redis|rabbit)$/i;
const NUMBERS = /^[\d.,:/ -]+$/;
/** Of a part of a path or query: one that says nothing, and a word. */
const SHORT = /^(.{0,7}|[a-z]{8,15})$/i;

/** True for one URL, or several with commas between them. */
export function isUrls(value: string): boolean {
  return URL_ALONE.test(value);
}

/** `https://a.example,https://b.example`: one after the other. */
export function urlsIn(value: string): string[] {
  return value.includes(",") ? value.split(BETWEEN) : [value];
}

interface Password {
  user: string;
  password: string;
  hosts: string[];
}

/** With a bare `@` in it, a password is read to the last one by most. */
function passwordsOf(url: string): Password[] {
  const [, user = "", rest = ""] = WITH_PASSWORD.exec(url) ?? [];
  const ends = [rest.indexOf("@"), rest.replace(/[?#].*/, "").lastIndexOf("@")];
  return [...new Set(ends)]
    .filter((end) => end > 0)
    .map((end) => ({
      user,
      password: rest.slice(0, end),
      hosts: rest
        .slice(end + 1)
        .replace(/[?#].*/, "")
        .split(","),
    }));
}

/** Passwords that are worth a search, as they stand and as they are read. */
export function urlPasswords(url: string, isSecret: (password: string) => boolean): string[] {
  const strong = passwordsOf(url).filter((password) => !isWeak(password, isSecret));
  return [...new Set(strong.flatMap(({ password }) => [password, decoded(password)]))];
}

/** @param isSecret whether a password blocks by itself */
export function weighUrl(url: string, isSecret: (password: string) => boolean): "block" | "warn" | null {
  const passwords = passwordsOf(url);
  if (passwords.some((password) => !isWeak(password, isSecret)) || holdsToken(url)) return "block";
  if (passwords.length === 0) return isRandom(WITH_USER.exec(url)?.[1] ?? "") ? "block" : null;
  return passwords.every(({ hosts }) => hosts.every((host) => LOOPBACK.test(host) || SERVICE.test(host))) ? null : "warn";
}

/** What everybody has in such a place; and for a machine of one's own, whatever nobody would call a good password. */
function isWeak({ user, password, hosts }: Password, isSecret: (password: string) => boolean): boolean {
  const text = decoded(password);
  if (standsForNothing(text) || SHORT_WORD.test(text) || text === user) return true;
  return hosts.every((host) => LOOPBACK.test(host)) && (isWordy(text) || !isSecret(text));
}

/** True where a part of the path, the query or the fragment is more than words. */
export function holdsToken(url: string): boolean {
  const query = url.slice(url.search(/[?#]|$/) + 1);
  const path = url.split("/").slice(3);
  return [...query.split(/[&=]/), ...path].some((part) => part.length >= 16 && entropyOf(part) >= 3.5 && !isPlain(part));
}

/** `login?redirect=dashboard`: the last part of a path has the query with it. */
function isPlain(part: string): boolean {
  return part.split(/[?&=#]+/).every((word) => SHORT.test(word) || NUMBERS.test(word) || isWordy(decoded(word)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
