/** The strict JSON that the manifest is read with, and the RFC 8785 form that its tags are made over. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const MAX_DEPTH = 16;

/**
 * Parses JSON, refusing duplicate members (JSON.parse lets the last one win), numbers that are no safe integers, lone
 * surrogates and more than 16 levels. Returns what is wrong as a string where it refuses.
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
  if (members.count !== countMembers(text)) return { problem: "it names a member twice" };
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

/** In valid JSON a string that a colon follows is a member's name, and nothing else is. */
function countMembers(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"\s*(:)?/g)) if (colon !== undefined) count++;
  return count;
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
