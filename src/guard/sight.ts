import { AS_IT_IS } from "./encodings.ts";
import { plainLine } from "./line-number.ts";
import type { View } from "./views/views.ts";

/** What is searched: a content as it is, or a view of it. */
export interface Sight {
  text: Buffer;
  /** How the content has to be read to show it. */
  encoding: string;
  /** The content's line (from 1) in which the text's byte stands, or undefined in what is no text. */
  line(at: number): number | undefined;
}

export function sightOf(content: Buffer, view?: View): Sight {
  if (view === undefined) return { text: content, encoding: AS_IT_IS, line: (at) => plainLine(content, at) };
  return { text: view.text, encoding: view.encoding, line: (at) => plainLine(content, view.source(at)) };
}
