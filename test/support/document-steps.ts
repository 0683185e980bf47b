import type { Scene } from "./document-sandbox.ts";
import type { Block } from "./documents.ts";

/** How a block of a document is tried. */
export interface Play {
  /** Why it cannot be run here; its envseal commands are still read by the parser (test/docs.test.ts). */
  skip?: string;
  /** What is so when a reader comes to it, done by a shell. */
  before?: string;
  /** A command that fails before, with the error the heading names. */
  symptom?: string;
  /** Whether the symptom is gone afterwards. */
  cured?: true;
  /** What a reader puts in place of the document's placeholders. */
  put?: readonly (readonly [from: string, to: string])[];
  /** The lines that belong together, where a reader chooses; `true`: each line by itself. */
  choices?: true | readonly (readonly number[])[];
  env?: Record<string, string>;
  shows?: RegExp;
  /** What it ends with; 1 where what it is for is to find something. */
  ends?: number;
}

export type Plays = Record<string, Play | readonly Play[]>;

export function playOf(plays: Plays, block: Block, blocks: readonly Block[]): Play | undefined {
  const under = blocks.filter(({ heading }) => heading === block.heading);
  const found = plays[block.heading];
  return Array.isArray(found) ? found[under.indexOf(block)] : under.indexOf(block) === 0 ? (found as Play | undefined) : undefined;
}

/** The shell texts of a block, one for each choice, with the placeholders replaced. */
export function textsOf({ text }: Block, { choices, put = [] }: Play): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const chosen = choices === undefined ? [lines.keys()] : choices === true ? lines.map((_, index) => [index]) : choices;
  return chosen.map((indices) => {
    let shell = [...indices].map((index) => lines[index]).join("\n");
    for (const [from, to] of put) {
      if (choices === undefined && !shell.includes(from)) throw new Error(`the document has no ${from} any more`);
      shell = shell.replaceAll(from, to);
    }
    return shell;
  });
}

/** Plays one text in a scene; gives what is not as it should be. */
export async function perform(scene: Scene, shell: string, heading: string, play: Play): Promise<string[]> {
  const wrong: string[] = [];
  if (play.before !== undefined) {
    const { code, stdout, stderr } = scene.sh(play.before);
    if (code !== 0) return [`what comes before ended with ${code}:\n${stdout}${stderr}`];
  }
  if (play.symptom !== undefined) {
    const { code, stderr } = scene.sh(play.symptom, play.env);
    if (code === 0 || !stderr.includes(`[${heading}]`)) wrong.push(`${play.symptom} does not end with ${heading}:\n${stderr}`);
  }
  const { code, screen } = await scene.type(shell, play.env);
  if (code !== (play.ends ?? 0)) wrong.push(`it ended with ${code}:\n${shell}\n${screen}`);
  if (play.shows !== undefined && !play.shows.test(screen)) wrong.push(`it does not show ${play.shows}:\n${screen}`);
  if (play.cured === true) {
    const after = scene.sh(play.symptom as string, play.env);
    if (after.code !== 0) wrong.push(`${play.symptom} still ends with ${after.code}:\n${after.stderr}`);
  }
  return wrong;
}
