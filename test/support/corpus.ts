import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../shared/data/dotenv-corpus", import.meta.url));

export const corpusIsHere = existsSync(root);
export const corpusNotice = corpusIsHere ? "" : " (skipped: needs the dotenv corpus)";

/** Every real dotenv file of the corpus, as [label, bytes]. */
export function corpusFiles(): [string, Buffer][] {
  if (!corpusIsHere) return [];
  return ["laravel", "vercel", "anything-llm"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name): [string, Buffer] => [`${folder}/${name}`, readFileSync(join(root, folder, name))]),
  );
}
