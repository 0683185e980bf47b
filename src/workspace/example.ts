import { scanAssignment } from "../core/assignment.ts";
import { type AssignmentLine, type Document, type DocumentLine, liveAssignments, type OtherLine, valuesOf } from "../core/document.ts";
import { emptyDocument, replaceValues, settled } from "../core/edit.ts";
import { quoteValue } from "../core/quoting.ts";
import { Matcher } from "../guard/matcher.ts";
import { needlesOf } from "../guard/redacted.ts";
import { weigh } from "../guard/secret.ts";

export const EXAMPLE_NAME = ".env.example";

export interface ExampleOptions {
  isPublic: (name: string) => boolean;
  /** Takes out the names that this does not know. */
  prune?: (name: string) => boolean;
}

/**
 * The example of a vault: its names, comments and public values. What people wrote into `current` stays: order, comments, sample
 * values of their own. Names it lacks come last, each with the comment above it.
 * @throws BAD_VALUE where dotenv would read them otherwise, through what a line of `current` leaves open
 */
export function exampleOf(vault: Document, current: Document | null, { isPublic, prune }: ExampleOptions): Document {
  const secrets = [...valuesOf(vault)].filter(([name, value]) => !isPublic(name) && needlesOf([[name, value]]).length > 0);
  const values = new Set(secrets.map(([, value]) => value));
  const matcher = new Matcher(needlesOf(secrets).map(({ bytes }) => bytes.toString("latin1")));
  const holdsNone = (text: string) => matcher.search(Buffer.from(text)).length === 0;
  const isSafe = (line: OtherLine) => isSafeLine(line) && holdsNone(line.raw);
  const kept = current === null ? emptyDocument() : withoutSecrets(current, values, prune);
  const present = new Set(kept.lines.flatMap((line) => (line.kind === "assignment" ? [line.name] : [])));
  const before = new Set(kept.lines.map(({ raw }) => raw));
  const added = blocksOf(vault).flatMap(({ comments, line }): DocumentLine[] => {
    if (line === null) return current === null ? comments.filter(isSafe).map(({ raw }) => other(raw)) : [];
    if (present.has(line.name)) return [];
    const above = comments.filter((comment) => isSafe(comment) && (current === null || !before.has(comment.raw)));
    return [...(current === null ? above : withoutBlank(above)).map(({ raw }) => other(raw)), sample(line, isPublic(line.name), holdsNone)];
  });
  if (added.length === 0) return kept;
  return settled({ ...kept, finalNewline: true, lines: [...kept.lines, ...added] }, "the example cannot be written");
}

const other = (raw: string): OtherLine => ({ kind: "other", raw, end: 0, line: 0 });

/** A secret of the vault that was pasted into the example is taken out; any other value there is somebody's sample. */
function withoutSecrets(current: Document, secrets: ReadonlySet<string>, prune: ExampleOptions["prune"]): Document {
  const lines = current.lines.filter((line) => line.kind === "other" || prune === undefined || prune(line.name));
  return replaceValues({ ...current, lines }, ({ value }) => (secrets.has(value) ? "" : value));
}

/** Each live assignment with the lines above it, and what stands behind the last one. */
function blocksOf(vault: Document): { comments: OtherLine[]; line: AssignmentLine | null }[] {
  const live = new Set<unknown>(liveAssignments(vault));
  const blocks: { comments: OtherLine[]; line: AssignmentLine | null }[] = [];
  let comments: OtherLine[] = [];
  for (const line of vault.lines) {
    if (line.kind === "other") comments.push(line);
    else if (live.has(line)) blocks.push({ comments, line });
    if (line.kind === "assignment") comments = [];
  }
  return [...blocks, { comments, line: null }];
}

function withoutBlank(comments: readonly OtherLine[]): OtherLine[] {
  const last = comments.findLastIndex(({ raw }) => raw.trim() === "");
  return comments.slice(last + 1);
}

/** No line but a comment, none that comments an assignment out, none with a word that looks like a secret. */
function isSafeLine({ raw }: OtherLine): boolean {
  const text = raw.trim();
  return text === "" || (text.startsWith("#") && isSafeComment(text));
}

function isSafeComment(text: string): boolean {
  if (/^#+\s*(export\s+)?[\w.-]+\s*=\s*\S/.test(text)) return false;
  return text.split(/[\s"'`,;()=]+/).every((word) => weigh("", word) !== "block");
}

function sample({ name, value, raw }: AssignmentLine, isShown: boolean, holdsNone: (text: string) => boolean): AssignmentLine {
  const scanned = scanAssignment(raw, 0);
  const tail = scanned === null ? "" : raw.slice(scanned.valueTo).trim();
  const comment = tail.startsWith("#") && !/[\r\n]/.test(tail) && isSafeComment(tail) && holdsNone(tail) ? ` ${tail}` : "";
  const shown = isShown ? value : "";
  const text = `${name}=${isShown ? quoteValue(value, name) : ""}${comment}`;
  return { kind: "assignment", name, value: shown, raw: text, end: 0, line: 0, dead: false };
}
