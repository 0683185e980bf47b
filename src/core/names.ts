/** Environment and file names (FORMAT.md section 2; DESIGN.md, Finding things). */

export const MANIFEST_NAME = "envseal.json";

const ENVIRONMENT = /^[a-z0-9][a-z0-9-]{0,31}$/;
const NEVER_ENVIRONMENTS = new Set([
  "all",
  "default",
  "local",
  "vault",
  "file",
  "keys",
  "me",
  "example",
  "sample",
  "template",
  "dist",
  "defaults",
]);
const RECIPIENT = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** True for what may stand in a header or manifest: `default`, or a NAME that a file name may carry. */
export function isEnvironment(name: string): boolean {
  return name === "default" || isEnvironmentSuffix(name);
}

export function isEnvironmentSuffix(name: string): boolean {
  return ENVIRONMENT.test(name) && !NEVER_ENVIRONMENTS.has(name);
}

export function isRecipientName(name: string): boolean {
  return RECIPIENT.test(name);
}

/** dotenv's own names, `[\w.-]+` (ASCII), but the one that cannot be read back. */
export function isVariableName(name: string): boolean {
  return /^[\w.-]+$/.test(name) && name !== "__proto__";
}

/** What shows what is to be filled in, wherever in its name it says so: `.env.dev.example`, `.env.example.docker`, `.env-sample`. */
const TEMPLATE = /(^|[._-])(example|sample|template|dist|defaults)([._-]|$)/i;
/** What other tools call the files that they encrypted: SOPS, age, GnuPG, Laravel. */
export const ENCRYPTED = /\.(enc|encrypted|sops|age|gpg|asc)$/;

/** True where a name of an env file, of whatever kind, says that it is a template. */
export function saysTemplate(name: string): boolean {
  return TEMPLATE.test(name);
}

export type EnvFileKind =
  | { kind: "plaintext"; environment: string }
  | { kind: "vault"; environment: string }
  | { kind: "personal" }
  | { kind: "template" }
  /** By its name; only its content tells whether it is. */
  | { kind: "encrypted" }
  | { kind: "misspelt"; suggestion: string };

/** What a file called `name` is to envseal, or null where its name is not that of an env file. */
export function classifyFile(name: string): EnvFileKind | null {
  if (name === ".env") return { kind: "plaintext", environment: "default" };
  if (name === ".env.vault") return { kind: "vault", environment: "default" };
  if (/^\.env[-_][^.]*(\.local)?$/.test(name))
    return saysTemplate(name) && !name.endsWith(".local") ? { kind: "template" } : misspelt(name.slice(5), "");
  if (!name.startsWith(".env.")) return null;
  const rest = name.slice(5);
  if (rest === "local" || rest.endsWith(".local")) return { kind: "personal" };
  if (rest === "keys" || rest === "me") return { kind: "template" };
  if (rest.endsWith(".vault")) {
    const environment = rest.slice(0, -6);
    return isEnvironmentSuffix(environment) ? { kind: "vault", environment } : misspelt(environment, ".vault");
  }
  if (saysTemplate(rest)) return { kind: "template" };
  if (ENCRYPTED.test(name)) return { kind: "encrypted" };
  return isEnvironmentSuffix(rest) ? { kind: "plaintext", environment: rest } : misspelt(rest, "");
}

function misspelt(rest: string, suffix: string): EnvFileKind {
  const slug = rest
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 32);
  return { kind: "misspelt", suggestion: isEnvironmentSuffix(slug) ? `.env.${slug}${suffix}` : `.env${suffix}` };
}

export function plaintextName(environment: string): string {
  return environment === "default" ? ".env" : `.env.${environment}`;
}

export function vaultName(environment: string): string {
  return `${plaintextName(environment)}.vault`;
}

/** True if a manifest's `public` pattern (`*` stands for any run of characters) covers the variable. */
export function matchesPattern(pattern: string, name: string): boolean {
  // Part by part, each at its first place: a regular expression could be made to try every combination.
  const [first, ...parts] = pattern.split("*") as [string, ...string[]];
  const last = parts.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

/** The environment that a vault's file name stands for, or null where it is no vault's name. */
export function environmentOfFile(name: string): string | null {
  const kind = classifyFile(name);
  return kind?.kind === "vault" ? kind.environment : null;
}

export const EXAMPLE_NAME = ".env.example";

/** True for the path of a manifest, wherever in a repository. */
export function isManifest(path: string): boolean {
  return path === MANIFEST_NAME || path.endsWith(`/${MANIFEST_NAME}`);
}
