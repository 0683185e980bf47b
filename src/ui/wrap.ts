/** Text at the width of a terminal: what goes elsewhere stays as it is, a line each, for scripts to search. */

/** A stream and how many columns it shows, where it is a terminal. */
type Shown = Pick<NodeJS.WriteStream, "isTTY" | "columns">;

/** The columns to keep to; null where it is no terminal, or one of unknown width. */
export function columnsOf({ isTTY, columns }: Shown): number | null {
  return isTTY && columns >= 20 ? columns : null;
}

/**
 * Each line that is wider than the terminal, broken between words; what follows is indented as its line is, or by `hang`. A command
 * stays in one piece, so that half of it is never pasted; rows of columns stay as they are.
 */
export function wrapped(text: string, stream: Shown, hang?: number): string {
  const columns = columnsOf(stream);
  if (columns === null) return text;
  const wrap = (line: string) => (widthOf(line) <= columns || (hang === undefined && isRow(line)) ? line : broken(line, columns, hang));
  return text.split("\n").map(wrap).join("\n");
}

const COLOUR = /\u001b\[\d+m/g;

export function widthOf(text: string): number {
  return [...text.replace(COLOUR, "")].length;
}

/** Columns have more than one space between them. */
function isRow(line: string): boolean {
  return /\S {2,}\S/.test(line);
}

function broken(line: string, columns: number, hang?: number): string {
  const [start = ""] = /^ */.exec(line) ?? [];
  const indent = " ".repeat(hang ?? start.length);
  const lines: string[] = [];
  let current = "";
  for (const piece of pieces(line.slice(start.length), columns - indent.length)) {
    const before = lines.length === 0 ? start : indent;
    if (current === "") current = before + piece;
    else if (widthOf(current) + 1 + widthOf(piece) <= columns) current += ` ${piece}`;
    else {
      lines.push(current.trimEnd());
      current = indent + piece;
    }
  }
  return [...lines, current].join("\n");
}

/** Words, and commands that fit in a line. */
function pieces(text: string, columns: number): string[] {
  const words = text.split(" ");
  const found: string[] = [];
  for (let at = 0; at < words.length; ) {
    const end = endOfCommand(words, at);
    const whole = words.slice(at, end).join(" ");
    const isOne = end > at + 1 && widthOf(whole) <= columns;
    found.push(isOne ? whole : (words[at] as string));
    at = isOne ? end : at + 1;
  }
  return found;
}

/**
 * Where the command that begins at a word ends: behind its name and what follows, or behind its last option and the value of that. A
 * word of the sentence more does no harm.
 */
function endOfCommand(words: readonly string[], at: number): number {
  const first = (words[at] as string).replace(/^[^\w]+/, "");
  if (!["npx", "envseal", "git", "printf"].includes(first)) return at + 1;
  const rest = words.slice(at);
  const stop = rest.findIndex((word) => /[,;:)]$/.test(word));
  const most = stop === -1 ? rest.length : stop + 1;
  const option = rest.slice(0, most).findLastIndex((word) => /^(?:-|\|$)/.test(word));
  return at + Math.min(most, Math.max(option + 2, first === "npx" ? 4 : 3));
}
