import { append } from "../core/append.ts";
import { AS_IT_IS } from "./encodings.ts";
import type { Finding } from "./finding.ts";
import { inspectKeys } from "./key-strings.ts";
import type { LeakSearch } from "./leaks.ts";
import { inspectWords } from "./recovery-words.ts";
import { type Sight, sightOf } from "./sight.ts";
import { type Room, type View, Views } from "./views/views.ts";

/**
 * How much the views of one content may hold, for each byte of it and at least; and those of a run, beyond so much for each byte.
 * Programs in one line, such as Yarn's release that a repository keeps, have every kind of escape: of 2 MiB, all views there can be
 * have room.
 */
const ROOM = { each: 8, least: 64 << 20, run: 2 ** 30 };

/** Looks for values, key strings, identities and recovery words in a content and in all its views. */
export class ContentSearch {
  /** Contents of which not every view was looked at. */
  readonly leftOut = new Set<string>();
  private readonly leaks: LeakSearch;
  private views: Views | null = null;
  private left = ROOM.run;

  constructor(leaks: LeakSearch) {
    this.leaks = leaks;
  }

  /** @param what a path, or words such as `the message of 1a2b3c4d` */
  inspect(what: string, content: Buffer): Finding[] {
    const leaks = new Map<string, Finding>();
    const keys: Finding[] = [];
    const look = (sight: Sight) => {
      const { text } = sight;
      // A view holds the rest of the content as it is: what it shows on a line that is known is no further news.
      const more = [...inspectKeys(what, text, sight), ...inspectWords(what, text, sight)];
      const known = new Set(sight.encoding === AS_IT_IS ? [] : keys.map(({ line }) => line));
      // A list may stand in a view twice: read as a dump, or by its words, too.
      const isFirst = ({ line, message }: Finding, index: number) =>
        more.findIndex((other) => other.line === line && other.message === message) === index;
      append(
        keys,
        more.filter((finding, index) => !known.has(finding.line) && (sight.encoding === AS_IT_IS || isFirst(finding, index))),
      );
      this.leaks.look(what, sight, leaks);
    };
    look(sightOf(content));
    const isWhole = this.eachView(content, (view) => {
      look(sightOf(content, view));
      return true;
    });
    if (!isWhole) this.leftOut.add(what);
    return [...keys, ...leaks.values()];
  }

  /** True where `inspect` would find nothing in any of the contents that stand in a row here. */
  isClean(row: Buffer): boolean {
    const isCleanText = (text: Buffer) =>
      this.leaks.isClean(text) && inspectKeys("", text).length === 0 && inspectWords("", text).length === 0;
    return isCleanText(row) && this.eachView(row, ({ text }) => isCleanText(text));
  }

  /** @returns false where the visitor said no, or some view was left out */
  private eachView(content: Buffer, visit: (view: View) => boolean): boolean {
    // A history of many GiB is no encoding in encodings: what is read of it makes room.
    this.left += content.length * ROOM.each;
    const most = Math.min(Math.max(content.length * ROOM.each, ROOM.least), this.left);
    this.views ??= new Views(this.leaks.bytes);
    const room: Room = { left: most, leftOut: false };
    try {
      for (const view of this.views.of(content, room)) if (!visit(view)) return false;
      return !room.leftOut;
    } finally {
      this.left -= most - room.left;
    }
  }
}
