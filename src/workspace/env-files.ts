import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isVaultPath } from "../core/manifest/manifest-shape.ts";
import { classifyFile } from "../core/names.ts";
import { isPlaintextName, nameAsRead } from "../guard/plaintext-names.ts";

/** The env files of a project's work tree, as paths relative to its root. */
export interface EnvFiles {
  plaintext: { path: string; environment: string }[];
  vaults: string[];
  templates: string[];
  personal: string[];
  misspelt: { path: string; suggestion: string }[];
  /** Encrypted by another tool, as their names say. */
  encrypted: string[];
  /** In clear by their names, which no vault could have: `config/dev.env`, `.envrc`. */
  elsewhere: string[];
  /** Symbolic links with the name of a plaintext file. */
  links: string[];
}

const SKIPPED = new Set([".git", "node_modules", ".envseal", "vendor", ".venv", ".next", "dist", "target"]);

/** Symbolic links, dependencies and nested repositories are not entered. */
export function scanEnvFiles(root: string): EnvFiles {
  const found: EnvFiles = { plaintext: [], vaults: [], templates: [], personal: [], misspelt: [], encrypted: [], elsewhere: [], links: [] };
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = composed(root, folder === "" ? entry.name : `${folder}/${entry.name}`);
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name) && !existsSync(join(root, path, ".git"))) visit(path);
      } else if (entry.isFile()) {
        sort(found, path, entry.name);
      } else if (entry.isSymbolicLink() && classifyFile(entry.name)?.kind === "plaintext") {
        found.links.push(path);
      }
    }
  };
  visit("");
  return found;
}

/** macOS finds a name in either form, and git there gives the composed one, as manifests do; elsewhere they are two names. */
function composed(root: string, path: string): string {
  const other = path.normalize("NFC");
  return other === path || existsSync(join(root, other)) ? other : path;
}

/** Where a vault cannot be listed, nothing can be sealed. */
const UNFIT = "a path in composed letters (Unicode NFC) without backslashes, control characters and marks that are not seen";

function sort(found: EnvFiles, path: string, name: string): void {
  const kind = classifyFile(name);
  if (kind === null) {
    if (isPlaintextName(nameAsRead(name))) found.elsewhere.push(path);
    return;
  }
  if (kind.kind === "plaintext" && !isVaultPath(`${path}.vault`)) found.misspelt.push({ path, suggestion: UNFIT });
  else if (kind.kind === "plaintext") found.plaintext.push({ path, environment: kind.environment });
  else if (kind.kind === "vault") found.vaults.push(path);
  else if (kind.kind === "template") found.templates.push(path);
  else if (kind.kind === "personal") found.personal.push(path);
  else if (kind.kind === "encrypted") found.encrypted.push(path);
  else found.misspelt.push({ path, suggestion: kind.suggestion });
}
