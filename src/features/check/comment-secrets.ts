import { MIN_NEEDLE } from "../../guard/matcher.ts";
import { needlesOf } from "../../guard/redaction-needles.ts";
import { isSecretName, partsOf, weigh } from "../../guard/secret-likelihood.ts";
import { PLAIN } from "./plain-words.ts";
import { CHOSEN } from "./prose.ts";

// Every pattern looks at each character a bounded number of times: a line may be as long as a file.
const ASSIGNMENT = /(?<!\S)(?:\$env:)?([A-Za-z_][\w.-]*)["']?\s*(?:=|:(?!\/\/))(?=\s*("[^"]*"|'[^']*'|`[^`]*`|[^\s,;]+))/gi;
/** `login: a / b`, `the password is x`, `pw -> x`. */
const LOGIN = /\b(?:pass(?:word|phrase|wd|code)?|pwd|pw|login|credentials?)\b["']?(?:\s*(?::|=|->|→|\/)\s*|\s+(?:is|was)\s+)(.+)$/i;
const CLIENT = /\b(mysql\w*|mariadb|psql|mongo\w*|redis-cli|sshpass|curl|wget|ldap\w+|docker|htpasswd)\b/i;
const CLIENT_FLAG = /\s(?:-p|-a|-u|-w|--pass\w*|--user)[=\s]*(\S+)/gi;
const ARMOUR = /-----(BEGIN|END) [A-Z0-9 ]+-----/;
/** A run without a mark in it: of small letters, capitals and digits, or long and of two of these. */
const RANDOM = /^(?=.*\d)((?=.*[a-z])(?=.*[A-Z]).{12,}|(?=.*[A-Za-z]).{20,})$/;
const MAKER = /^([srp]k|gh[opsu]|xox[abp]|AKIA|AIza|glpat|npm|hf|gsk|SG)[-_.]?(live|test|proj|ant)?[-_.]?(?=\w*\d)\w{10,}/;
/** `localhost`, and names of one label, as in a compose file. */
const NEAR_HOST = /@(\[::1\]|127(\.\d+){3}|0\.0\.0\.0|host\.docker\.internal|[a-z]+)([:/?#]|$)/i;
/** What a fresh installation has, which tells nothing. */
const FRESH =
  /^(root|admin|guest|sail|null|nil|app|demo|changeme|postgres|mysql|mariadb|redis|laravel|minio|minioadmin|rabbitmq|foo|bar|\W*)$/i;

/** True where a comment that is no prose holds what may be a secret, whatever stands between that and its name. */
export function mayHoldSecret(comment: string): boolean {
  const text = comment.trim().replace(/^#+/, "");
  if (ARMOUR.test(text)) return true;
  for (const [, name = "", value = ""] of text.matchAll(ASSIGNMENT)) if (isSecret(name, bare(value))) return true;
  if (toldIn(text).some((word) => isSecret("PASSWORD", bare(word)))) return true;
  return text
    .split(/[\s"'`,;()=]+/)
    .some((word) => MAKER.test(word) || isLogin(word) || word.split(/[^A-Za-z\d]+/).some((run) => RANDOM.test(run)));
}

/** What a sentence about a login, or a client's option, gives. */
function toldIn(text: string): string[] {
  const told = LOGIN.exec(text)?.[1]?.split(/[\s,;/|]+/, 4) ?? [];
  const options = CLIENT.test(text) ? [...text.matchAll(CLIENT_FLAG)].flatMap(([, value = ""]) => value.split(":", 2)) : [];
  return [...told, ...options];
}

/** A URL with a password, but for one on this machine. */
function isLogin(url: string): boolean {
  return partsOf(url).some((password) => !FRESH.test(password) && !isTemplate(password)) && !NEAR_HOST.test(url);
}

function isSecret(name: string, value: string): boolean {
  if (FRESH.test(value) || isTemplate(value) || /^[a-z]+:/i.test(value)) return false;
  if (isSecretName(name) && weigh(name, value) === "block") return true;
  if (value.length < MIN_NEEDLE && needlesOf([[name, value]]).length > 0) return true;
  return CHOSEN.test(name) && /^[a-z]{4,}$/i.test(value) && !PLAIN.has(value.toLowerCase());
}

/** `sk-ant-xxxx`, `<token>`, `YOUR_KEY`, `${NAME}`: what says itself that a value is to be put there. */
function isTemplate(value: string): boolean {
  if (/^(sk|pk|key|token)?\W?(123\w{0,6}|abc\w{0,6})$/i.test(value)) return true;
  return /x{3,}|\.{3}|…|^[<{$%[]|(^|[^a-z])(your|my|example|sample|dummy|fake|here)([^a-z]|$)/i.test(value);
}

function bare(value: string): string {
  return value.replace(/^["'`]/, "").replace(/["'`,;!?)]$/, "");
}
