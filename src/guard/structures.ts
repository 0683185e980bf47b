import { isWordy } from "./wordiness.ts";

/** What settings are made of and no generator makes: times, schedules, options of programs, names in a directory, lists, JSON. */

/** Of a setting that anyone would write. */
const LONGEST = 4096;
/** `30 * * * * *`, `0 0 1 *\/3 MON-FRI`, `cron(0 12 * * ? *)`. */
const FIELD = "(?:[*?L]|\\d{1,2}|[A-Z]{3})(?:[-/,#](?:\\d{1,2}|[A-Z]{3})){0,30}[LW]?";
const SCHEDULE = new RegExp(`^(?=.*[*?])${FIELD}(?:[ \\t]+${FIELD}){4,6}$`);
/** `%Y-%m-%d %H:%M:%S.%3f`. */
const BY_PERCENT = /^(?:%[-_0^#]?\d?[A-Za-z%]|[-/.,:;_ TZ'"[\]()])+$/;
/** `YYYY-MM-DD HH:mm:ss.SSS`: so many of the same few letters no random text has. */
const BY_LETTERS = /^(?=.*[-/.,: ])(?=.*(?:yy|YY|MM|dd|DD|HH|hh|mm|ss))[yYMdDHhmsSaAEZzXT\-/.,: '"[\]()]+$/;
/** `cn=admin,dc=example,dc=org`. */
const DIRECTORY = /^(?:cn|ou|dc|uid|o|l|st|c)=([^,=+]{1,64})$/i;
/** `-Xms512m`, `--encoding=UTF-8`. */
const OPTION = /^--?([a-z][\w.+:-]*)(?:=(.*))?$/is;
/** What items of a list are made of, and what parts them. */
const ITEM = /^[\w.*/+:@=-]+$/;
const BETWEEN = /[,;\s]+/;
/** `de`, `512m`, `HS256`, `Xmx512m`: too short to say much, and unlike the parts of a code. */
const SHORT = /^([a-z]{0,4}|[a-z]{1,4}\d{1,4}[a-z]{0,2}|\d{1,8}[a-z]{0,2})$/i;
/** `rgb(…)`, `cron(…)`. */
const CALL = /^[a-z-]{1,32}\((.*)\)$/is;

/** True for what has such a form, whatever its name says. */
export function hasPlainForm(text: string): boolean {
  if (text.length > LONGEST) return false;
  const value = text.replace(CALL, "$1");
  if (SCHEDULE.test(value) || BY_PERCENT.test(value) || BY_LETTERS.test(value)) return true;
  const names = value.split(/, ?/).map((each) => DIRECTORY.exec(each)?.[1]);
  return names.length > 1 && names.every((name) => name !== undefined && isPlain(name));
}

export function isOptions(value: string): boolean {
  if (value.length > LONGEST) return false;
  return value.split(/\s+/).every((each) => {
    const [, name = "", given = ""] = OPTION.exec(each) ?? [];
    return name !== "" && piecesOf(name).every(isPlain) && piecesOf(given).every(isPlain);
  });
}

/** `en-US,de-DE`, `5/minute;100/hour`, `rgb(33, 150, 243)`: several short things, with no sign but such as lists have. */
export function isPlainList(value: string): boolean {
  if (value.length > LONGEST) return false;
  const items = value.replace(CALL, "$1").split(BETWEEN);
  return items.length > 1 && items.every((item) => ITEM.test(item) && piecesOf(item).every(isPlain));
}

const piecesOf = (text: string): string[] => text.split(/[^A-Za-z\d]+/);
const isPlain = (piece: string): boolean => SHORT.test(piece) || isWordy(piece);

/** The names and texts of an object or array in JSON, each with the name that it stands under; null for another value. */
export function textsInJson(value: string, longest = LONGEST): { name: string; text: string }[] | null {
  if (value.length > longest || !/^\s*[{[]/.test(value)) return null;
  try {
    const found: { name: string; text: string }[] = [];
    JSON.parse(value, function (this: unknown, name: string, each: unknown) {
      const isItem = Array.isArray(this);
      if (!isItem && name !== "") found.push({ name: "", text: name });
      if (typeof each === "string" || typeof each === "number") found.push({ name: isItem ? "" : name, text: String(each) });
      return each;
    });
    return found;
  } catch {
    return null;
  }
}
