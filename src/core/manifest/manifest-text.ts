import { EnvsealError } from "../../errors.ts";
import { authorityOf } from "../authority/authority-of.ts";
import type { Manifest } from "../authority/manifest.ts";
import { isBech32Of32 } from "../bech32.ts";
import { fromUtf8 } from "../bytes.ts";
import type { Json } from "../json.ts";
import { parseStrictJson, prettyJson } from "../json.ts";
import { isLongerThan, MAX_ACCESS_IN_ALL, MAX_MANIFEST_BYTES } from "../limits.ts";
import { environmentOfFile, MANIFEST_NAME } from "../names.ts";
import { manifestShape } from "./manifest-shape.ts";

/** Two rotations, or two changes of the authority, cannot be joined by hand: each is signed as a whole. */
const MERGED =
  "envseal resolve joins the two sides, and shows what it signs; without a key take one side whole, with its vaults (git checkout --theirs envseal.json '*.vault'), then do again what the other side did";

/** What the last texts were read into: HEAD, index and work tree mostly hold the same, and of 16 MiB each takes half a second. */
const read = new Map<string, Manifest>();

const MOST_READ = 2;

/** @throws MALFORMED_MANIFEST, UNSUPPORTED_FORMAT; no text of the file is quoted */
export function parseManifest(source: string, label: string = MANIFEST_NAME): Manifest {
  const manifest = read.get(source) ?? readManifest(source, label);
  read.delete(source);
  read.set(source, manifest);
  const [oldest] = read.keys();
  if (read.size > MOST_READ) read.delete(oldest as string);
  // Its parts are the same, and each place has a manifest of its own.
  return { ...manifest };
}

function readManifest(source: string, label: string): Manifest {
  const malformed = (problem: string) =>
    new EnvsealError("MALFORMED_MANIFEST", `${label} cannot be read: ${problem}`, {
      hint: "take the file from git again; after a merge, take one side whole",
    });
  if (isLongerThan(source, MAX_MANIFEST_BYTES)) throw malformed("it is larger than 16 MiB");
  const marker = source.search(/^(<{7}|={7}|>{7}|\|{7})/m);
  if (marker !== -1) {
    let line = 1;
    for (let at = source.indexOf("\n"); at !== -1 && at < marker; at = source.indexOf("\n", at + 1)) line++;
    throw new EnvsealError("CONFLICT_MARKERS", `${label} line ${line}: the file holds unresolved merge conflict markers`, {
      hint: MERGED,
    });
  }
  const parsed = parseStrictJson(source);
  if ("problem" in parsed) throw malformed(parsed.problem);
  refuseOtherFormats(parsed.value, label);
  const manifest = parsed.value as unknown as Manifest;
  const problem = manifestShape(parsed.value, "the manifest") ?? authorityProblem(manifest) ?? crossCheck(manifest);
  if (problem !== null) throw malformed(problem);
  return manifest;
}

/** What is wrong with the authority as a list; who signed it is not asked. */
function authorityProblem(manifest: Manifest): string | null {
  try {
    authorityOf(manifest);
    return null;
  } catch (error) {
    if (error instanceof EnvsealError) return error.message;
    throw error;
  }
}

/** The manifest in a file's bytes, or null where they are none: for looking at what history and the index hold. */
export function manifestIn(bytes: Uint8Array): Manifest | null {
  const text = fromUtf8(bytes);
  try {
    return text === null ? null : parseManifest(text);
  } catch (error) {
    if (error instanceof EnvsealError) return null;
    throw error;
  }
}

function refuseOtherFormats(value: Json, label: string): void {
  const format = value !== null && typeof value === "object" && !Array.isArray(value) ? value.envseal : undefined;
  if (typeof format === "number" && format !== 1) {
    throw new EnvsealError("UNSUPPORTED_FORMAT", `${label} is in format ${format}; this release reads format 1`, {
      hint: `install envseal ${format}.x or newer`,
    });
  }
}

/** What the shape alone cannot say: every reference inside the manifest leads somewhere. */
function crossCheck(manifest: Manifest): string | null {
  const entries = Object.values(manifest.environments).reduce((sum, { access }) => sum + Object.keys(access).length, 0);
  if (entries > MAX_ACCESS_IN_ALL) return `its environments have more than ${MAX_ACCESS_IN_ALL} access entries, all together`;
  for (const [name, { recipient }] of Object.entries(manifest.recipients)) {
    if (isMistyped(recipient)) return `recipients.${name}.recipient has a typing error`;
  }
  for (const { revision, admins } of manifest.authority) {
    const mistyped = Object.keys(admins).find((name) => isMistyped(admins[name]?.recipient ?? ""));
    if (mistyped !== undefined) return `the recipient of ${mistyped} in revision ${revision} of the authority has a typing error`;
  }
  for (const [name, { statement: environment, access }] of Object.entries(manifest.environments)) {
    const at = `environments.${name}`;
    if (!Object.hasOwn(environment.keys, environment.active)) return `${at}.active names no key`;
    if (!Object.hasOwn(environment.keys, environment.floor)) return `${at}.floor names no key`;
    const active = Object.entries(environment.keys).flatMap(([keyId, { state }]) => (state === "active" ? [keyId] : []));
    if (active.length !== 1 || active[0] !== environment.active) return `${at} has not exactly one active key`;
    for (const [keyId, key] of Object.entries(environment.keys)) {
      if (!key.commitment.startsWith(`hkdf:${keyId}`)) return `${at}.keys.${keyId} is not the id of its commitment`;
      const dangling = Object.keys(key.links).find((previous) => !Object.hasOwn(environment.keys, previous));
      if (dangling !== undefined) return `${at}.keys.${keyId} links to a key that is not there`;
      if (key.revision > environment.revision) return `${at}.keys.${keyId} is of a later revision than its statement`;
    }
    for (const [recipient, entry] of Object.entries(access)) {
      if (isMistyped(entry.recipient)) return `${at}.access.${recipient}.recipient has a typing error`;
      if ((entry.wrapped === undefined) !== (entry.tag === undefined))
        return `${at}.access.${recipient} has a key without its tag, or a tag alone`;
    }
  }
  const named = manifest.authority.at(-1)?.environments ?? {};
  const folded = new Set<string>();
  const ids = new Set<string>();
  for (const [path, vault] of Object.entries(manifest.vaults)) {
    if (!Object.hasOwn(manifest.environments, vault.environment) && !Object.hasOwn(named, vault.environment))
      return `vaults.${path} names an environment that is not there`;
    // Else whoever may write one environment's values could put them where another's are looked for.
    if (environmentOfFile(path.slice(path.lastIndexOf("/") + 1)) !== vault.environment)
      return `vaults.${path} is listed for another environment than its name says`;
    if (ids.has(vault.id)) return `vaults.${path} has the id of another vault`;
    ids.add(vault.id);
    const key = path.toLowerCase();
    if (folded.has(key)) return `vaults.${path} differs from another path only by case`;
    folded.add(key);
  }
  return null;
}

export function serialiseManifest(manifest: Manifest): string {
  return prettyJson(manifest as unknown as Json);
}

function isMistyped(recipient: string): boolean {
  return !isBech32Of32("age", recipient);
}
