import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const corpusRoot: string = fileURLToPath(new URL("../../../shared/data/dotenv-corpus", import.meta.url));

export const corpusIsHere = existsSync(corpusRoot);
export const corpusNotice = corpusIsHere ? "" : " (skipped: needs the dotenv corpus)";

/** Every real dotenv file of the corpus, as [label, bytes]. */
export function corpusFiles(): [string, Buffer][] {
  if (!corpusIsHere) return [];
  return ["laravel", "vercel", "anything-llm"].flatMap((folder) =>
    readdirSync(join(corpusRoot, folder)).map((name): [string, Buffer] => [
      `${folder}/${name}`,
      readFileSync(join(corpusRoot, folder, name)),
    ]),
  );
}
