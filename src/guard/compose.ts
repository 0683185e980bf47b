/** `compose.yaml`, `docker-compose.prod.yml`: the names that Docker Compose reads, and those that people give the others. */
export function isComposeFile(name: string): boolean {
  return /^(docker-)?compose([.-][\w.-]+)?\.ya?ml$/i.test(name);
}

/** `s`: no letter of a row makes a pattern try again from elsewhere. */
const KEY = /^[ \t-]*env_file[ \t]*:[ \t]*(.*)$/s;
const ITEM = /^[ \t]*-[ \t]+(?:path[ \t]*:[ \t]*)?(.+)$/s;
/** The second line of an item of its own form, and its other keys. */
const PATH = /^[ \t]*path[ \t]*:[ \t]*(.+)$/s;
const FILLER = /^[ \t]*(#.*|(required|format)[ \t]*:.*)?$/s;

/**
 * The files that a compose file's `env_file:` names (Compose specification, services, env_file): a text, a list in either
 * style, or a list of `path:`. Read line by line, since a hook has no time for a parser of YAML: a path that stands behind an
 * alias or holds a variable is left out. A list ends at the next `env_file:`, so that each row is read once.
 */
export function envFilesIn(text: string): string[] {
  const rows = text.split(/\r?\n/);
  const keys = rows.flatMap((row, index) => (KEY.test(row) ? [index] : []));
  const found = keys.flatMap((index, which) => {
    const bare = uncommented(KEY.exec(rows[index] as string)?.[1] ?? "");
    const below = rows.slice(index + 1, keys[which + 1]);
    if (bare !== "") return bare.startsWith("[") ? listInBrackets([bare, ...below]) : [bare];
    const first = below.findIndex((row) => !FILLER.test(row));
    return /^[ \t]*\[/.test(below[first] ?? "") ? listInBrackets(below.slice(first)) : listBelow(below);
  });
  return [...new Set(found.map(unquoted))].filter((path) => path !== "" && !/^[*&{!]|\$/.test(path));
}

function listInBrackets(rows: readonly string[]): string[] {
  const bare = rows.map(uncommented);
  const text = bare.slice(0, bare.findIndex((row) => row.includes("]")) + 1).join("");
  return text.replace(/^\[|\].*$/gs, "").split(",");
}

function listBelow(rows: readonly string[]): string[] {
  const found: string[] = [];
  for (const row of rows) {
    if (FILLER.test(row)) continue;
    const item = (ITEM.exec(row) ?? PATH.exec(row))?.[1];
    if (item === undefined) break;
    const bare = uncommented(item);
    if (!/^(required|format)[ \t]*:/.test(bare)) found.push(bare);
  }
  return found;
}

function uncommented(text: string): string {
  return text.replace(/(^|[ \t])#.*$/s, "").trim();
}

function unquoted(text: string): string {
  return text.trim().replace(/^(['"])(.*)\1$/s, "$2");
}
