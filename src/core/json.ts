/** The strict JSON that the manifest is read with, and the RFC 8785 form that its tags are made over. */

import { MAX_JSON_VALUES } from "./limits.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const MAX_DEPTH = 16;

/**
 * Parses JSON, refusing duplicate members (JSON.parse lets the last one win), numbers that are not written as safe
 * integers, lone surrogates, more than 16 levels, and more values than can be looked at in a
 * moment. Returns what is wrong as a string where it refuses.
 */
export function parseStrictJson(text: string): { value: Json } | { problem: string } {
  const written = scan(text);
  if (written.problem !== null) return { problem: written.problem };
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { problem: "it is not valid JSON" };
  }
  const members = { count: 0 };
  const problem = inspect(value, 0, members);
  if (problem !== null) return { problem };
  if (members.count !== written.members) return { problem: "it names a member twice" };
  if (!written.integers) return { problem: "it holds a number that is no integer" };
  return { value };
}

function inspect(value: Json, depth: number, members: { count: number }): string | null {
  if (depth > MAX_DEPTH) return TOO_DEEP;
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

interface Scan {
  /** Members that the text names, as often as it does. */
  members: number;
  integers: boolean;
  problem: string | null;
}

/**
 * What a parser does not tell, and what it must not be given: looked for in one pass, since a text of 16 MiB may be parsed into
 * millions of objects. In valid JSON a string that a colon follows is a member's name, and nothing else is; 1.0 and -0 are other
 * texts for integers.
 */
function scan(text: string): Scan {
  const scanned: Scan = { members: 0, integers: true, problem: null };
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (text.charCodeAt(endOf(SPACE, text, at + 1)) === COLON) scanned.members++;
    } else if (code === 0x7b || code === 0x5b) {
      depth++;
      values++;
    } else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === 0x2c) values++;
    else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const end = endOf(NUMBER, text, at);
      if (!INTEGER.test(text.slice(at, end))) scanned.integers = false;
      at = end - 1;
    }
    if (depth > MAX_DEPTH + 1) return { ...scanned, problem: TOO_DEEP };
    if (values > MAX_JSON_VALUES) return { ...scanned, problem: `it holds more than ${MAX_JSON_VALUES} members and items` };
  }
  return scanned;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const TOO_DEEP = "it is nested too deeply";
const SPACE = /[ \t\r\n]*/y;
const NUMBER = /[\d.eE+-]*/y;
const INTEGER = /^(?:0|-?[1-9]\d*)$/;

/** @param pattern one that matches everywhere, if only nothing */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

/** Searched for natively: most of a manifest is within strings, and at boot this code runs for the first time. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
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

const COLUMNS = 80;

/**
 * The form that is committed: members sorted, 2 spaces, a final newline, and a list of plain items on one row where it fits.
 * Prettier and Biome leave it as it is.
 */
export function prettyJson(value: Json): string {
  return `${written(value, "", 0)}\n`;
}

/** @param taken the columns of the row that are taken, before the value and after it */
function written(value: Json, indent: string, taken: number): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const isList = Array.isArray(value);
  const inner = `${indent}  `;
  const keys = isList ? [] : Object.keys(value).sort();
  const last = (isList ? value.length : keys.length) - 1;
  if (last < 0) return isList ? "[]" : "{}";
  const comma = (at: number) => (at < last ? 1 : 0);
  if (!isList) {
    const rows = keys.map((key, at) => {
      const start = `${inner}${JSON.stringify(key)}: `;
      return start + written(value[key] as Json, inner, start.length + comma(at));
    });
    return `{\n${rows.join(",\n")}\n${indent}}`;
  }
  const flat = `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
  if (value.every((item) => item === null || typeof item !== "object") && taken + flat.length <= COLUMNS) return flat;
  const rows = value.map((item, at) => inner + written(item, inner, inner.length + comma(at)));
  return `[\n${rows.join(",\n")}\n${indent}]`;
}
