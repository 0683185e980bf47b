import { scanAssignment } from "../../core/vault/assignment.ts";
import type { AssignmentLine, Document, DocumentLine, OtherLine } from "../../core/vault/document.ts";

/** One comment of a document, with what it may be about. */
export interface Comment {
  text: string;
  line: number;
  near: string[];
  inline: boolean;
}

export function commentsOf(document: Document): Comment[] {
  return blocksOf(document, new Set(document.lines)).flatMap(({ comments, line, near }) => [
    ...comments.filter(({ raw }) => raw.trim().startsWith("#")).map(({ raw, line }) => ({ text: raw, line, near, inline: false })),
    ...(line === null || commentAfter(line.raw) === ""
      ? []
      : [{ text: commentAfter(line.raw), line: line.line, near: [line.name], inline: true }]),
  ]);
}

/** What comes before a live assignment, or after the last one. */
interface Block {
  comments: OtherLine[];
  line: AssignmentLine | null;
  /** The assignments on both sides: a comment may be about either. */
  near: string[];
}

export function blocksOf(document: Document, live: ReadonlySet<DocumentLine>): Block[] {
  const blocks: Block[] = [];
  let [comments, before]: [OtherLine[], string[]] = [[], []];
  for (const line of document.lines) {
    if (line.kind === "other") {
      comments.push(line);
      continue;
    }
    if (live.has(line)) blocks.push({ comments, line, near: [...before, line.name] });
    [comments, before] = [[], [line.name]];
  }
  return [...blocks, { comments, line: null, near: before }];
}

/** The comment behind a value of one line. */
export function commentAfter(raw: string): string {
  const scanned = scanAssignment(raw, 0);
  const tail = scanned === null ? "" : raw.slice(scanned.valueTo).trim();
  return tail.startsWith("#") && !/[\r\n]/.test(tail) ? tail : "";
}
