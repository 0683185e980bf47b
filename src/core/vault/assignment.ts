/**
 * One dotenv assignment, read exactly as dotenv 17/18 reads it (a property test compares the two over generated text and
 * real files). The text keeps its CRs: dotenv turns CRLF and CR into LF before it looks, which is the same thing as long
 * as a value's own line breaks are turned at the end.
 */
export interface ScannedAssignment {
  name: string;
  value: string;
  /** Offset just behind the assignment: at its line end, or the end of the text. */
  end: number;
  /** Where the value's text stands, its quotes included, without the white space around it. */
  valueFrom: number;
  valueTo: number;
  /** What dotenv silently loses: an unterminated quote, text behind a closing quote, or a `#` glued to the value. */
  loss: "unterminated" | "after-quote" | "hash" | undefined;
}

/** The name may be on a later line than `export`, `=` on a later one than the name; `:` takes one white space. */
const HEAD = /[^\S\r\n\u2028\u2029]*(?:export\s+)?([\w.-]+)(?:\s*=|:(?:\r\n|\s))/y;
const SPACE = /\s*/y;
const UNQUOTED = /[^#\r\n]*/y;
const TAIL = /[^\S\r\n\u2028\u2029]*(?:#.*)?/y;
/** Where a tail ends its line. The comment itself is left unread: every quote of a long line may have one behind it. */
const CLOSED = /[^\S\r\n\u2028\u2029]*(?:[#\r\n\u2028\u2029]|$)/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** @param pattern one that matches everywhere, if only nothing */
function endOf(pattern: RegExp, text: string, at: number): number {
  return at + (matchAt(pattern, text, at) as RegExpExecArray)[0].length;
}

/** The assignment that starts on the line at `at`, or null where dotenv sees none there. */
export function scanAssignment(text: string, at: number): ScannedAssignment | null {
  const head = matchAt(HEAD, text, at);
  if (head === null) return null;
  const name = head[1] as string;
  const from = at + head[0].length;
  return scanQuoted(text, name, from) ?? scanUnquoted(text, name, from);
}

/** dotenv closes at the last quote, up to the first one without a backslash before it, that only a comment follows. */
function scanQuoted(text: string, name: string, from: number): ScannedAssignment | null {
  const open = endOf(SPACE, text, from);
  const quote = text[open];
  if (quote !== "'" && quote !== '"' && quote !== "`") return null;
  let close = -1;
  for (let at = text.indexOf(quote, open + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    if (matchAt(CLOSED, text, at + 1) !== null) close = at;
    if (text[at - 1] !== "\\") break;
  }
  if (close === -1) return null;
  const end = endOf(TAIL, text, close + 1);
  const inner = text.slice(open + 1, close).replace(/\r\n?/g, "\n");
  return { name, value: quote === '"' ? expand(inner) : inner, end, valueFrom: open, valueTo: close + 1, loss: undefined };
}

function scanUnquoted(text: string, name: string, from: number): ScannedAssignment {
  const stop = endOf(UNQUOTED, text, from);
  const region = text.slice(from, stop);
  const shown = region.trim();
  const valueFrom = from + region.indexOf(shown);
  const cut = text[stop] === "#";
  const end = cut ? endOf(TAIL, text, stop) : stop;
  const quote = shown[0];
  const stripped = stripQuotes(shown);
  let loss: ScannedAssignment["loss"];
  if (quote === "'" || quote === '"' || quote === "`") {
    if (!shown.includes(quote, 1)) loss = "unterminated";
    else if (cut) loss = "after-quote";
  } else if (cut && shown !== "" && !/\s/.test(text[stop - 1] as string)) {
    loss = "hash";
  }
  return { name, value: quote === '"' ? expand(stripped) : stripped, end, valueFrom, valueTo: valueFrom + shown.length, loss };
}

/**
 * What dotenv makes of `/^(['"`])([\s\S]*)\1$/gm` replaced by the second group, in one pass: that expression looks for each opening
 * quote through all the text again. U+2028 and U+2029 start lines of it.
 */
function stripQuotes(text: string): string {
  const last = new Map([...`'"\``].map((quote) => [quote, lastClosing(text, quote)]));
  let stripped = "";
  let from = 0;
  for (let at = 0; at !== -1; at = nextLine(text, at)) {
    const close = last.get(text[at] ?? "") ?? -1;
    if (close <= at) continue;
    stripped += text.slice(from, at) + text.slice(at + 1, close);
    from = close + 1;
    at = close;
  }
  return stripped + text.slice(from);
}

/** Where a quote stands last at the end of a line; -1 where it never does. */
function lastClosing(text: string, quote: string): number {
  for (let at = text.lastIndexOf(quote); at > 0; at = text.lastIndexOf(quote, at - 1)) {
    if (at + 1 === text.length || isLineEnd(text, at + 1)) return at;
  }
  return -1;
}

/** Where the line after the one at `at` starts, or -1. */
function nextLine(text: string, at: number): number {
  while (at < text.length && !isLineEnd(text, at)) at++;
  return at < text.length ? at + 1 : -1;
}

function isLineEnd(text: string, at: number): boolean {
  return text[at] === "\u2028" || text[at] === "\u2029";
}

function expand(text: string): string {
  return text.replace(/\\n/g, "\n").replace(/\\r/g, "\r");
}

/** The most common form, which needs none of the care below. */
const SIMPLE = /^([\w.-]+)=([^\s'"`#]*)$/;

/** Name and value of a text that is one assignment and nothing else (U+2028/9 may close it), or null. */
export function parseAssignment(raw: string): { name: string; value: string } | null {
  const simple = SIMPLE.exec(raw);
  if (simple !== null) return { name: simple[1] as string, value: simple[2] as string };
  const scanned = scanAssignment(raw, 0);
  if (scanned === null) return null;
  const rest = raw.slice(scanned.end);
  return rest === "" || rest === "\u2028" || rest === "\u2029" ? scanned : null;
}
