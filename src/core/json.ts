/** The strict JSON that the manifest is read with, and the RFC 8785 form that its tags are made over. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const MAX_DEPTH = 16;

/**
 * Parses JSON, refusing duplicate members (JSON.parse lets the last one win), numbers that are not written as safe
 * integers, lone surrogates and more than 16 levels. Returns what is wrong as a string where it refuses.
 */
export function parseStrictJson(text: string): { value: Json } | { problem: string } {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { problem: "it is not valid JSON" };
  }
  const members = { count: 0 };
  const problem = inspect(value, 0, members);
  if (problem !== null) return { problem };
  const written = readTokens(text);
  if (members.count !== written.members) return { problem: "it names a member twice" };
  if (!written.integers) return { problem: "it holds a number that is no integer" };
  return { value };
}

function inspect(value: Json, depth: number, members: { count: number }): string | null {
  if (depth > MAX_DEPTH) return "it is nested too deeply";
  if (typeof value === "number") return Number.isSafeInteger(value) ? null : "it holds a number that is no integer";
  if (typeof value === "string") return value.isWellFormed() ? null : "it holds half a surrogate pair";
  if (value === null || typeof value !== "object") return null;
  if (!Array.isArray(value)) members.count += Object.keys(value).length;
  for (const item of Object.values(value)) {
    const problem = inspect(item, depth + 1, members);
    if (problem !== null) return problem;
  }
  return null;
}

/** In valid JSON a string that a colon follows is a member's name, and nothing else is. 1.0 and -0 are other texts for integers. */
function readTokens(text: string): { members: number; integers: boolean } {
  let members = 0;
  let integers = true;
  for (const [, colon, number] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"\s*(:)?|(-?\d[\d.eE+-]*)/g)) {
    if (colon !== undefined) members++;
    if (number !== undefined && !/^(?:0|-?[1-9]\d*)$/.test(number)) integers = false;
  }
  return { members, integers };
}

/** RFC 8785 (JCS): members sorted by UTF-16 code units, no white space. Integers and well-formed strings only. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`);
  return `{${members.join(",")}}`;
}

/** 2 spaces, members sorted, one list item a line, a final newline: the form that is committed. */
export function prettyJson(value: Json): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

function sorted(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] as Json)]),
  );
}
