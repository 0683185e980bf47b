import { parseIdentity } from "../age/keys.ts";
import { append } from "../core/append.ts";
import { PAYLOAD_LENGTHS, parseKeyString } from "../core/keys/keystring.ts";
import { isEnvsealError } from "../errors.ts";
import { AS_IT_IS } from "./encodings.ts";
import type { Finding } from "./finding.ts";
import { longRuns, type Run } from "./key-runs.ts";
import { type Sight, sightOf } from "./sight.ts";

const MARKS = ["esk_", "AGE-SECRET-KEY-1"];
/** The same in UTF-16 of either order, but for the first letter. */
const WIDE_MARKS = MARKS.map((mark) => Buffer.from([...mark.slice(1)].map((letter) => `\0${letter}`).join("")));
/** As far as the payload, whose length says where a key ends: in a database or an archive the next letter is something else's. */
const HEAD = /^(?:esk_[a-z0-9-]{1,32}_|AGE-SECRET-KEY-1)/;
const IDENTITY_PAYLOAD = [58];
/** Of bytes: more than any key has; and the shortest of them, an identity. */
const LONGEST = 256;
const SHORTEST = 74;

/** Of base64 that stands in a file as one word, such as a value of a Kubernetes secret; what is longer is data. */
const WORD = 4096;
/** The marks in base64, by how many bytes of a group of three stand in front of them; as far as they decide it alone. */
const CODED_MARKS = MARKS.flatMap((mark) =>
  [0, 1, 2].map((before) => {
    const from = Math.ceil((before * 8) / 6);
    const until = Math.floor(((before + mark.length) * 8) / 6);
    const code = Buffer.from("\0".repeat(before) + mark).toString("base64");
    return { before, from, code: code.slice(from, until) };
  }),
);

/** Key strings and age identities, told from look-alikes by their checksums. */
export function inspectKeys(what: string, content: Buffer, sight: Sight = sightOf(content)): Finding[] {
  const found: Finding[] = [];
  for (const { start, end } of longRuns(content, SHORTEST)) {
    const run = content.subarray(start, end);
    if (run.length <= WORD) append(found, inspectCoded(what, sight, { start, end }));
    for (const mark of MARKS) {
      for (let at = run.indexOf(mark); at !== -1; ) {
        const key = keyIn(run.toString("latin1", at, at + LONGEST));
        if (key !== null) found.push(keyInFile(what, kindOf(key), sight, start + at));
        at = run.indexOf(mark, at + (key ?? mark).length);
      }
    }
  }
  return [...found, ...inspectWide(what, sight)];
}

/** The base64 of a key has neither `+` nor `/`, since no letter of one has the bits for it: it is a run of its own. */
function inspectCoded(what: string, sight: Sight, { start, end }: Run): Finding[] {
  const run = sight.text.toString("latin1", start, end);
  const found: Finding[] = [];
  for (const { before, from, code } of CODED_MARKS) {
    for (let at = run.indexOf(code); at !== -1; at = run.indexOf(code, at + 1)) {
      const group = at - from;
      const text = Buffer.from("A".repeat(Math.max(0, -group)) + run.slice(Math.max(0, group)), "base64").toString(
        "latin1",
        before,
        before + LONGEST,
      );
      const key = keyIn(text);
      if (key !== null) found.push(keyInFile(what, `${kindOf(key)} in base64`, sight, start + at));
    }
  }
  return found;
}

function inspectWide(what: string, sight: Sight): Finding[] {
  const content = sight.text;
  const found: Finding[] = [];
  for (const mark of WIDE_MARKS) {
    for (let at = content.indexOf(mark, 1); at !== -1; at = content.indexOf(mark, at + 1)) {
      const letters = content.subarray(at - 1, at - 1 + 2 * LONGEST).filter((_byte, index) => index % 2 === 0);
      const key = keyIn(Buffer.from(letters).toString("latin1"));
      if (key !== null) found.push(keyInFile(what, kindOf(key), sight, at));
    }
  }
  return found;
}

/** The key that a text begins with. */
function keyIn(text: string): string | null {
  const head = HEAD.exec(text)?.[0];
  if (head === undefined) return null;
  const lengths = head.startsWith("esk_") ? PAYLOAD_LENGTHS : IDENTITY_PAYLOAD;
  return lengths.map((length) => text.slice(0, head.length + length)).find(isKey) ?? null;
}

function kindOf(key: string): string {
  return key.startsWith("esk_") ? "an envseal key string" : "an age identity";
}

/** @param at where in the sight it begins */
export function keyInFile(what: string, kind: string, { encoding, line: lineOf }: Sight, at: number): Finding {
  const line = lineOf(at);
  return {
    rule: "key-in-file",
    path: what,
    line,
    message: `${what}${line === undefined ? "" : ` line ${line}`} holds ${kind}${encoding === AS_IT_IS ? "" : `, ${encoding}`}`,
    fix: "take it out; if it was ever pushed, revoke it (envseal revoke NAME) and make a new one",
  };
}

function isKey(text: string): boolean {
  if (!text.startsWith("esk_")) return parseIdentity(text) !== null;
  try {
    parseKeyString(text, "a file");
    return true;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}
