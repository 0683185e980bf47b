import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/sandbox.ts";

/** What a program hands to git: lists that begin with a command of it. */
const CALL =
  /\[\s*"(?:log|diff|diff-tree|diff-index|ls-tree|ls-files|rev-parse|rev-list|merge-base|merge-file|check-ignore|remote|show|cat-file|for-each-ref|symbolic-ref)"/g;
/** Lists of options, which are written out where they are made; and names that git itself gave, which are hexadecimal. */
const FIXED = /^(?:\.\.\.(?:form|FORM|args|options|labels|refs|\(lazily.*|\["refs.*)|oid|refs)$/;

/** The parts of a list, as they are written. */
function parts(text: string, from: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let part = "";
  for (let at = from + 1; at < text.length; at++) {
    const letter = text[at] as string;
    if (letter === '"') {
      const end = text.indexOf('"', at + 1);
      part += text.slice(at, end + 1);
      at = end;
      continue;
    }
    if (letter === "]" && depth === 0) break;
    if ("([{".includes(letter)) depth++;
    if (")]}".includes(letter)) depth--;
    if (letter === "," && depth === 0) {
      found.push(part.trim());
      part = "";
    } else part += letter;
  }
  return [...found, part.trim()].filter(Boolean);
}

/** What a call passes that may begin with a `-`, in front of what ends its options. */
function loose(text: string): string[] {
  return [...text.matchAll(CALL)].flatMap(({ index }) => {
    const all = parts(text, index);
    const end = all.findIndex((part) => part === '"--end-of-options"' || part === '"--"');
    const before = end === -1 ? all : all.slice(0, end);
    return before
      .filter((part) => !/^"[^$]*"$/.test(part) && !/^`[\w:/-]/.test(part) && !FIXED.test(part))
      .map((part) => `${all[0]}: ${part}`);
  });
}

describe("what is handed to git", () => {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));

  it("stands behind --end-of-options or --, whoever gave it its name", () => {
    const found = files.flatMap((path) => loose(readFileSync(join(ROOT, "src", path), "utf8")).map((what) => `${path}: ${what}`));
    expect(found).toEqual([]);
  });

  it.each([
    'runGit(top, ["log", revision, "--", path])',
    'gitLines(top, ["ls-tree", "-r", `${commit}:x`])',
    'gitOutput(top, ["merge-file", "-p", ...labels, ours, base, theirs])',
    'runGit(top, ["check-ignore", path, "--"])',
    'runGit(top, ["diff", ...revisions])',
  ])("would be seen: %s", (text) => expect(loose(text).length).toBeGreaterThan(0));

  it("is seen in the calls that there are", () => {
    const calls = files.reduce((sum, path) => sum + [...readFileSync(join(ROOT, "src", path), "utf8").matchAll(CALL)].length, 0);
    expect(calls).toBeGreaterThan(50);
  });
});
