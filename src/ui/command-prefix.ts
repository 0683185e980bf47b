import { existsSync } from "node:fs";
import { delimiter, join, sep } from "node:path";
import { installedProgram } from "../project/own-program.ts";

/** Each command, so that no sentence about envseal is taken for one. */
const NAMES =
  "allow|backup|blame|bundle|check|completion|custody|decrypt|deploy-key|diff|doctor|edit|encrypt|env|example|export|exposure|get|grant|help|hook|hooks|import|init|join|keys|list|lock|log|merge-driver|pin|public|recipients|recovery|require|resolve|revoke|rotate|run|scan|set|show|status|sync|textconv|types|unlock|unset";
const COMMAND = new RegExp(`(?<![\\w./-]|npx )envseal (?=(?:${NAMES})(?![\\w-]))`, "g");

/** A hint whose commands can be typed as they stand: behind npx, where envseal is in a project's node_modules alone. */
export function typeable(text: string): string {
  return text.includes("envseal ") && isInProjectAlone() ? text.replace(COMMAND, "npx envseal ") : text;
}

/** npx and npm's scripts put node_modules/.bin before PATH; the shell that a hint is typed into has no such folder. */
function isInProjectAlone(): boolean {
  if (!installedProgram().split(sep).includes("node_modules")) return false;
  const folders = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && !folder.endsWith(join("node_modules", ".bin")));
  return !folders.some((folder) => existsSync(join(folder, "envseal")));
}
