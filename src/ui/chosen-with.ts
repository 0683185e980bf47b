import type { Context } from "../context.ts";
import { shellWord } from "../printable.ts";

/** The -e and -f that were given, for a command line in a hint: without them it would be about another vault. */
export function chosenWith({ environment, file }: Pick<Context, "environment" | "file">): string {
  return [...(environment === undefined ? [] : [`-e ${shellWord(environment)}`]), ...(file === undefined ? [] : [`-f ${shellWord(file)}`])]
    .map((option) => ` ${option}`)
    .join("");
}
