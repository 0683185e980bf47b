import {
  type AssignmentLine,
  type Document,
  type DocumentLine,
  liveAssignments,
  type OtherLine,
  valuesOf,
} from "../../core/vault/document.ts";
import { emptyDocument, replaceValues, settled } from "../../core/vault/edit-document.ts";
import { quoteValue } from "../../core/vault/quoting.ts";
import { Matcher } from "../../guard/matcher.ts";
import { needlesOf } from "../../guard/redaction-needles.ts";
import { blocksOf, commentAfter } from "../check/comments.ts";
import { type Around, isProse, wordsOfNames } from "../check/prose.ts";

export interface ExampleOptions {
  isPublic: (name: string) => boolean;
  /** Takes out the names that this does not know. */
  prune?: (name: string) => boolean;
}

/** What an example would be, and what it takes from the vault beside names. */
export interface Example {
  document: Document;
  /** The comments, as they are published. */
  comments: string[];
  /** The names of public values. */
  values: string[];
  /** How many comments of the vault stay out. */
  left: number;
}

/**
 * The example of a vault: its names, public values, and comments that are plainly prose. What people wrote into `current`
 * stays: order, comments, sample values of their own. Names it lacks come last, each with the comment above it.
 * @throws BAD_VALUE where dotenv would read them otherwise, through what a line of `current` leaves open
 */
export function exampleOf(vault: Document, current: Document | null, { isPublic, prune }: ExampleOptions): Example {
  const secrets = [...valuesOf(vault)].filter(([name, value]) => !isPublic(name) && needlesOf([[name, value]]).length > 0);
  const matcher = new Matcher(needlesOf(secrets).map(({ bytes }) => bytes.toString("latin1")));
  const words = wordsOfNames(valuesOf(vault).keys());
  const example: Omit<Example, "document"> = { comments: [], values: [], left: 0 };
  const take = (comment: string, around: Omit<Around, "words">): boolean => {
    const text = comment.trim();
    if (text === "") return true;
    const isTaken = text.startsWith("#") && matcher.search(Buffer.from(text)).length === 0 && isProse(text, { words, ...around });
    if (!isTaken) example.left++;
    else if (/[a-z]/i.test(text)) example.comments.push(text);
    return isTaken;
  };
  const sample = ({ name, value, raw }: AssignmentLine): AssignmentLine => {
    const shown = isPublic(name) ? value : "";
    if (shown !== "") example.values.push(name);
    const tail = commentAfter(raw);
    const comment = tail !== "" && take(tail, { near: [name], inline: true }) ? ` ${tail}` : "";
    return {
      kind: "assignment",
      name,
      value: shown,
      raw: `${name}=${isPublic(name) ? quoteValue(value, name) : ""}${comment}`,
      end: 0,
      line: 0,
      dead: false,
    };
  };
  const kept = current === null ? emptyDocument() : withoutSecrets(current, new Set(secrets.map(([, value]) => value)), prune);
  const present = new Set(kept.lines.flatMap((line) => (line.kind === "assignment" ? [line.name] : [])));
  const before = new Set(kept.lines.map(({ raw }) => raw));
  const added = blocksOf(vault, new Set(liveAssignments(vault))).flatMap(({ comments, line, near }): DocumentLine[] => {
    if (current !== null && (line === null || present.has(line.name))) return [];
    const above = current === null ? comments : withoutBlank(comments.filter(({ raw }) => !before.has(raw)));
    const taken = above.filter(({ raw }) => take(raw, { near }));
    return [...taken.map(({ raw }) => other(raw)), ...(line === null ? [] : [sample(line)])];
  });
  if (added.length === 0) return { document: kept, ...example };
  const document = settled({ ...kept, finalNewline: true, lines: [...kept.lines, ...added] }, "the example cannot be written");
  return { document, ...example };
}

const other = (raw: string): OtherLine => ({ kind: "other", raw, end: 0, line: 0 });

/** A secret of the vault that was pasted into the example is taken out; any other value there is somebody's sample. */
function withoutSecrets(current: Document, secrets: ReadonlySet<string>, prune: ExampleOptions["prune"]): Document {
  const lines = current.lines.filter((line) => line.kind === "other" || prune === undefined || prune(line.name));
  return replaceValues({ ...current, lines }, ({ value }) => (secrets.has(value) ? "" : value));
}

function withoutBlank(comments: readonly OtherLine[]): OtherLine[] {
  const last = comments.findLastIndex(({ raw }) => raw.trim() === "");
  return comments.slice(last + 1);
}
