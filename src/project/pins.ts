import { join } from "node:path";
import { statementShape } from "../core/authority/authority-shape.ts";
import { bytes, environmentName, keyId, recipientAddress, revision, version } from "../core/authority/manifest-parts.ts";
import { MAX_OPENED, type SeenProject } from "../core/authority/seen.ts";
import { digestOf, signedBytes } from "../core/authority/statement.ts";
import { parseStrictJson } from "../core/json.ts";
import { MAX_ENVIRONMENTS, MAX_KEYS, MAX_MANIFEST_BYTES, MAX_STATEMENTS } from "../core/limits.ts";
import { type Check, list, object, oneOf, record } from "../core/shape.ts";
import { EnvsealError } from "../errors.ts";
import { exposed } from "../system/permissions.ts";
import { readText } from "../system/read.ts";
import { stateFolder } from "./own-folders.ts";

/** The head, which a manifest holds too, the digests and the environments. */
export const MAX_SEEN_BYTES = MAX_MANIFEST_BYTES + (1 << 20);

const digests: Check = (value, at) =>
  list(bytes(32, "sha256:"))(value, at) ??
  ((value as string[]).length > 0 && (value as string[]).length <= MAX_STATEMENTS ? null : `${at} has not 1 to ${MAX_STATEMENTS} items`);

const keys = record(keyId, object({ version, "destroyed?": oneOf(true) }), MAX_KEYS);

const shape = object({
  head: statementShape,
  digests,
  environments: record(
    environmentName,
    object({ revision, lowest: revision, floor: keyId, keys, "opened?": record(recipientAddress, revision, MAX_OPENED) }),
    MAX_ENVIRONMENTS,
  ),
});

export function pinsPath(env: NodeJS.ProcessEnv, project: string): string | null {
  const folder = stateFolder(env);
  return folder === null ? null : join(folder, "pins", `${project}.json`);
}

/**
 * What this machine saw last of a project whose pin somebody confirmed; null where nobody has, or there is no home.
 * @throws PIN_MISMATCH for a damaged file, and for one that others may have written: it proves nothing
 */
export function readSeen(env: NodeJS.ProcessEnv, project: string): SeenProject | null {
  const path = pinsPath(env, project);
  const source = path === null ? null : readText(path, MAX_SEEN_BYTES, "PIN_MISMATCH");
  if (source === null) return null;
  refuseExposed(path as string);
  const parsed = parseStrictJson(source);
  const problem =
    "problem" in parsed ? parsed.problem : (shape(parsed.value, "it") ?? disagreement(parsed.value as unknown as SeenProject, project));
  if (problem === null) return (parsed as { value: unknown }).value as SeenProject;
  throw new EnvsealError("PIN_MISMATCH", `the record of what this machine has seen, ${path}, cannot be read: ${problem}`, {
    hint: "ask a teammate for the pin (envseal status): if it is the one that envseal pin shows here, delete the file, then: envseal pin confirm",
  });
}

/** It says whom this person trusts: what a repository brings along, wherever variables of its files lead, does not count. */
function refuseExposed(path: string): void {
  const open = exposed(path);
  if (open === null) return;
  throw new EnvsealError("PIN_MISMATCH", `${open.what}, so the record of what this machine has seen does not count`, {
    hint: `if you know how it came to be like that (a backup, an archive): ${open.fix}; if it lies in a project, a file there sets XDG_STATE_HOME or HOME: take that out`,
  });
}

function disagreement({ head, digests: all }: SeenProject, project: string): string | null {
  const own = digestOf(signedBytes("authority", { project, environment: "" }, head));
  return all.at(-1) === own ? null : "its last digest is not that of its head";
}
