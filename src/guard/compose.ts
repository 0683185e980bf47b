/** `compose.yaml`, `docker-compose.prod.yml`: the names that Docker Compose reads, and those that people give the others. */
export function isComposeFile(name: string): boolean {
  return /^(docker-)?compose([.-][\w.-]+)?\.ya?ml$/i.test(name);
}

const KEY = /^[ \t-]*env_file[ \t]*:[ \t]*(.*)$/;
const ITEM = /^[ \t]*-[ \t]+(?:path[ \t]*:[ \t]*)?(.+)$/;
/** The second line of an item of its own form, and its other keys. */
const PATH = /^[ \t]*path[ \t]*:[ \t]*(.+)$/;
const FILLER = /^[ \t]*(#.*|(required|format)[ \t]*:.*)?$/;

/**
 * The files that a compose file's `env_file:` names (Compose specification, services, env_file): a text, a list in either
 * style, or a list of `path:`. Read line by line, since a hook has no time for a parser of YAML: a path that stands behind an
 * alias or holds a variable is left out.
 */
export function envFilesIn(text: string): string[] {
  const rows = text.split(/\r?\n/);
  const found = rows.flatMap((row, index) => {
    const inline = KEY.exec(row)?.[1];
    if (inline === undefined) return [];
    const bare = uncommented(inline);
    const below = rows.slice(index + 1);
    if (bare !== "") return bare.startsWith("[") ? listInBrackets([bare, ...below]) : [bare];
    const first = below.findIndex((row) => !FILLER.test(row));
    return /^[ \t]*\[/.test(below[first] ?? "") ? listInBrackets(below.slice(first)) : listBelow(below);
  });
  return [...new Set(found.map(unquoted))].filter((path) => path !== "" && !/^[*&{!]|\$/.test(path));
}

function listInBrackets(rows: readonly string[]): string[] {
  const bare = rows.map(uncommented);
  const text = bare.slice(0, bare.findIndex((row) => row.includes("]")) + 1).join("");
  return text.replace(/^\[|\].*$/g, "").split(",");
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
  return text.replace(/(^|[ \t])#.*$/, "").trim();
}

function unquoted(text: string): string {
  return text.trim().replace(/^(['"])(.*)\1$/, "$2");
}
