/**
 * What a terminal would obey instead of show: control characters, line separators, marks that turn the reading direction, and
 * what is not seen at all. Names that need a joiner (Persian ones do) keep it.
 */
const unprintable = (): RegExp => (made ??= new RegExp(`(?![\u200c\u200d])[${HIDDEN}]`, "gu"));
let made: RegExp | undefined;
/** As a text: V8 looks these classes up wherever it reads them in a pattern, a millisecond of a boot that mostly needs none of them. */
export const HIDDEN = "\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}";
/** Colours, as `paint` sets them on a terminal. */
const COLOUR = /^\u001b\[(?:[0-9]|2[0-9]|3[0-79])m/;

/** A stranger's text (a name, a path, an author) as one line that shows all there is. */
export function printable(text: string): string {
  return text.replace(unprintable(), "\uFFFD");
}

/** The same for whole messages: they have lines and tabs of their own, and colours where they go to a terminal. */
export function printableLines(text: string, coloured = false): string {
  return text.replace(unprintable(), (found, at: number) =>
    found === "\n" || found === "\t" || (coloured && COLOUR.test(text.slice(at, at + 5))) ? found : "\uFFFD",
  );
}

/** The same for JSON: what is escaped means what it did. */
export function printableJson(text: string): string {
  return text.replace(unprintable(), (found) => (found === "\n" ? found : escaped(found)));
}

function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");
}

/**
 * A file's name (or a ref's) as one word of a command that is to be copied: quoted where a shell would read more into it, and
 * no option and no magic of git's. What a terminal would obey is written as bash and zsh read it.
 */
export function shellWord(text: string): string {
  const word = /^[-:]/.test(text) ? `./${text}` : text;
  if (/^[\w.@%+,:/][\w.@%+,:/=-]*$/.test(word)) return word;
  if (word.search(unprintable()) === -1) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${word.replace(/['\\]/g, "\\$&").replace(unprintable(), asBytes)}'`;
}

function asBytes(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
