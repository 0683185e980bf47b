import { basename } from "node:path";
import { classifyFile, MANIFEST_NAME } from "../../core/names.ts";
import { indexBlobs, readBlobs } from "../../git/blobs.ts";

const LOCK_FILES = /^(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|.*\.lock)$/;
const READ = /\b(?:process\.env|import\.meta\.env)(?:\?\.|\.|\[\s*["'`])([A-Za-z_]\w*)/g;
/** Set by Node's own world, by Vite, or by this program: no vault has to have them. */
const GIVEN = new Set(["NODE_ENV", "MODE", "DEV", "PROD", "SSR", "BASE_URL", "PATH", "HOME", "CI", "TZ"]);

export interface Usage {
  /** Names that no tracked file mentions, as a word of its own. */
  unused: string[];
  /** Names that source files read from process.env or import.meta.env, and that no vault has; each with the first file. */
  unset: { name: string; path: string }[];
}

/** Looks for names in what git tracks, as its index has it; not in env files, manifests and lock files. */
export async function findUsage(top: string, names: readonly string[], known: ReadonlySet<string>): Promise<Usage> {
  const entries = indexBlobs(top).filter(({ path, mode }) => mode !== "120000" && isSource(basename(path)));
  const left = new Set(names);
  const read = new Map<string, string>();
  await readBlobs(
    top,
    entries,
    ({ path }, content) => {
      if (content.includes(0)) return;
      const text = content.toString("utf8");
      for (const name of left) if (mentions(text, name)) left.delete(name);
      for (const [, name = ""] of text.matchAll(READ)) {
        const before = read.get(name);
        if (before === undefined || path < before) read.set(name, path);
      }
    },
    [],
  );
  const unset = [...read].filter(([name]) => !known.has(name) && !GIVEN.has(name) && !name.startsWith("ENVSEAL"));
  return {
    unused: names.filter((name) => left.has(name)),
    unset: unset.map(([name, path]) => ({ name, path })).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function isSource(name: string): boolean {
  return classifyFile(name) === null && name !== MANIFEST_NAME && name !== "env.d.ts" && !LOCK_FILES.test(name);
}

/** As a word: `PORT` is not in `EXPORT` or `PORT_2`. */
function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1))
    if (!isWord(text[at - 1]) && !isWord(text[at + name.length])) return true;
  return false;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
