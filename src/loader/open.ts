import { dirname } from "node:path";
import { parse } from "dotenv";
import { pinOfManifest } from "../core/authority/trust.ts";
import { b64u } from "../core/bytes.ts";
import { readLoosely, serialise } from "../core/vault/document.ts";
import { type KeySource, mixedLines, type OpenedAssignment, openLines, openValues } from "../core/vault/open-vault.ts";
import type { Vault } from "../core/vault/vault.ts";
import { type Access, accessVault, describeAge, describeLeavers } from "../custody/access.ts";
import { allowsOlder, type Env, givenPin } from "../custody/key.ts";
import { EnvsealError } from "../errors.ts";
import { nearestManifest, readManifest } from "../project/find.ts";
import { hooksFault } from "../project/hooks-installed.ts";
import { tellKeyFromFile } from "./key-from-file.ts";
import { isOperatorsWord } from "./operators-word.ts";

export interface OpenRequest {
  path: string;
  vault: Vault;
  manifestPath: string | undefined;
  key: string | undefined;
  env: Env;
  warn: (message: string) => void;
}

interface OpenedFile {
  assignments: Map<string, OpenedAssignment>;
  required: readonly string[];
}

/** The values of one vault, by whatever key there is. Fails closed: any doubt is an error with its own code. */
export function openVaultFile({ path, vault, manifestPath, key, env, warn }: OpenRequest): OpenedFile {
  const located = manifestPath === undefined ? nearestManifest(dirname(path)) : readManifest(manifestPath);
  givenPin(env, [dirname(path)]);
  const access = accessVault({ path, vault, located, key, env: withoutFilesWord(env, path, warn) });
  if (key === undefined) tellKeyFromFile(vault.environment, path, env, warn);
  const age = describeAge(access, path);
  if (age !== null) warn(age);
  const leavers = describeLeavers(access, vault, path);
  if (leavers !== null) warn(leavers);
  if (access.verdict === "first" && access.keyring !== null)
    warn(
      `the pin of this project, ${b64u(pinOfManifest(access.keyring.manifest))}, is not confirmed on this machine: compare it with a teammate's, then: envseal pin confirm`,
    );
  remind(access, path, env, warn);
  const values = openValues(vault, access.keys, path);
  requireNames(access, values, path);
  agreeWithDotenv(vault, access.keys, values, path);
  return { assignments: values, required: access.required };
}

/** `ENVSEAL_ALLOW_OLDER=1` is a person's word: in a plaintext file it would be that of whoever committed an older manifest beside it. */
function withoutFilesWord(env: Env, path: string, warn: (message: string) => void): Env {
  if (!allowsOlder(env) || isOperatorsWord("ENVSEAL_ALLOW_OLDER", [process.cwd(), dirname(path)], warn)) return env;
  return { ...env, ENVSEAL_ALLOW_OLDER: "" };
}

let reminded = false;

/** Once for each process, and for a developer alone: whoever runs a server or CI can do nothing about it. */
function remind({ personal }: Access, path: string, env: Env, warn: (message: string) => void): void {
  if (reminded || !personal || env.CI !== undefined || env.NODE_ENV === "production") return;
  const fault = hooksFault(dirname(path));
  if (fault === null) return;
  reminded = true;
  warn(`${fault}, so nothing stops a secret on its way into git: npx envseal hooks install`);
}

/** @throws MISSING_REQUIRED */
export function requireNames({ required }: Access, values: ReadonlyMap<string, unknown>, label: string): void {
  const missing = required.filter((name) => !values.has(name));
  if (missing.length === 0) return;
  throw new EnvsealError("MISSING_REQUIRED", `${label} lacks ${missing.join(", ")}, which the manifest requires`, {
    hint: "someone removed a line: take the vault from git again, or set the value with envseal set",
  });
}

/**
 * A second pair of eyes: dotenv itself must read the same names and values from the opened lines. A boot leaves comments
 * closed, and a line that another one overrides is one of them: where a quote needs it to close, the whole file decides.
 */
function agreeWithDotenv(vault: Vault, keys: KeySource, values: ReadonlyMap<string, OpenedAssignment>, label: string): void {
  let text = "";
  // A raw text ends with CR behind a colon alone; an LF there would be part of the same line end.
  for (const { raw } of values.values()) text += raw + (raw.endsWith("\r") ? "\r" : "\n");
  if (isAsRead(parse(text), values)) return;
  // Empty lines are anybody's to add, and of many dotenv takes the square of the time.
  const whole = readLoosely(Buffer.from(serialise(openLines(vault, keys, label).text)).toString());
  if (isAsRead(whole, values)) return;
  throw mixedLines(label);
}

function isAsRead(parsed: Readonly<Record<string, string>>, values: ReadonlyMap<string, OpenedAssignment>): boolean {
  const names = Object.keys(parsed);
  return names.length === values.size && names.every((name) => values.get(name)?.value === parsed[name]);
}
