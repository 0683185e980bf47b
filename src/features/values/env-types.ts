/** Vite shows these to client code; with another envPrefix, it shows others. */
const VITE_PREFIX = "VITE_";
const FIRST = "// Made by: envseal types";

/**
 * A declaration file that merges with Node's own ProcessEnv, and with Vite's ImportMetaEnv. A required name is a string; any
 * other may be missing.
 */
export function envTypes(names: readonly string[], required: readonly string[], vite: boolean): string {
  const rows = (wanted: readonly string[], before: string) =>
    [...wanted].sort().map((name) => `${before}${property(name)}: ${required.includes(name) ? "string" : "string | undefined"};\n`);
  const node = `declare namespace NodeJS {\n  interface ProcessEnv {\n${rows(names, "    ").join("")}  }\n}\n`;
  const exposed = names.filter((name) => name.startsWith(VITE_PREFIX));
  const meta = `\ninterface ImportMetaEnv {\n${rows(exposed, "  readonly ").join("")}}\n\ninterface ImportMeta {\n  readonly env: ImportMetaEnv;\n}\n`;
  return `${FIRST}${vite ? " --vite" : ""}\n// Names only, no values. Changes here are lost when it is made again.\n\n${node}${vite ? meta : ""}`;
}

/** True for a text of ours; some frameworks keep an env.d.ts of their own. */
export function isEnvTypes(text: string): boolean {
  return text.startsWith(FIRST);
}

function property(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}
