import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../../src/cli/commands.ts";
import { COMMON_OPTIONS } from "../../src/cli/options.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { ROOT } from "./sandbox.ts";

export interface Block {
  document: string;
  /** The nearest heading above, as it is written. */
  heading: string;
  line: number;
  language: string;
  text: string;
}

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const markdownIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);

/** Every document that people follow. docs/explanation/decisions says why, and CHANGELOG what was: neither is followed. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...["docs", "docs/guide", "docs/reference", "docs/explanation", "docs/project"].flatMap(markdownIn),
  ...readdirSync(join(ROOT, "examples")).map((name) => `examples/${name}/README.md`),
];

/** The fenced blocks of a document, in its order. */
export function blocksOf(document: string, text = read(document)): Block[] {
  const blocks: Block[] = [];
  let heading = "";
  let open: (Block & { indent: number }) | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^( *)```(\w*)/.exec(line);
    if (open !== null) {
      if (fence !== null) open = null;
      else open.text += `${line.slice(open.indent)}\n`;
    } else if (fence !== null) {
      open = { document, heading, line: index + 1, language: fence[2] as string, text: "", indent: (fence[1] as string).length };
      blocks.push(open);
    } else heading = /^#+ (.*)/.exec(line)?.[1] ?? heading;
  }
  return blocks;
}

export const isShell = ({ language }: Block) => language === "sh" || language === "console";

/** `envseal …` and `npx envseal …` wherever a shell would run it, up to the end of that command. */
export function commandLinesIn(shell: string): string[] {
  const joined = shell.replace(/\\\n\s*/g, " ");
  return [...joined.matchAll(/(?:^|[;&|(]|\$\(|\bnpx |\bthen |^\s+- run: |="?\S*"? )\s*envseal +([^\n;|&)]*)/gm)].map((match) =>
    (match[1] as string).replace(/\s#\s.*$/, "").trim(),
  );
}

/** Words as a shell splits them, near enough for what documents have; redirections are no words. */
function words(line: string): string[] {
  const plain = line.replace(/\s\d?[<>].*$/, "");
  return [...plain.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ""));
}

/** What the program itself would say about this line; null where it takes it. */
export async function complaint(line: string): Promise<string | null> {
  if (/^(help|--version|-v|--help)\b/.test(line)) return null;
  try {
    await parseCommandLine(words(line), COMMANDS, "0");
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** As `complaint`, for a command that prose names: which command and options there are, not what else it needs. */
export async function complaintAboutName(line: string): Promise<string | null> {
  const found = await complaint(line);
  return found !== null && /needs|takes only|takes nothing|goes behind/.test(found) ? null : found;
}

/** Commands in prose: `envseal NAME …` between backticks. */
export function commandsInProse(text: string): string[] {
  const prose = text.replace(/^ *```[\s\S]*?^ *```$/gm, "");
  return [...prose.matchAll(/`(?:npx |[A-Z_]+=\S+ )?envseal ([a-z][^`\n]*)`/g)].map((match) => match[1] as string);
}

/** Options that messages and hints of the program name and their command does not take; `envseal WORD` may be prose. */
export function unknownOptionsIn(source: string): string[] {
  const code = source.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  return [...code.matchAll(/\benvseal ([a-z]+(?:-[a-z]+)*)([^`"';,()|&\n]*)/g)].flatMap(([line, name, rest = ""]) => {
    const spec = COMMANDS.find((command) => command.name === name);
    const known = new Set([...COMMON_OPTIONS, ...(spec?.options ?? [])].flatMap((option) => [`--${option.name}`, `-${option.short}`]));
    const used = (rest.split(/ -- |\. /)[0] as string).match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
    return spec === undefined || used.every((option) => known.has(option)) ? [] : [line];
  });
}
