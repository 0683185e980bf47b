import { join } from "node:path";
import type { Templates } from "../project/templates.ts";
import { valuesOfTemplates } from "../project/templates.ts";
import type { Project } from "./project.ts";

/** Of the templates beside the vaults, and of those at the root. */
export function templateValues({ root, manifest }: Project): Templates {
  return valuesOfTemplates([root, ...Object.keys(manifest.vaults).map((path) => join(root, path, ".."))]);
}
