import { parseIdentity } from "../age/keys.ts";
import { type IdentityKey, type Key, parsePin } from "../age/unlock.ts";
import { ALL, looksLikeKeyString, parseKeyString } from "../core/keys/keystring.ts";
import { EnvsealError } from "../errors.ts";
import { projectFileBehind } from "../project/project-file.ts";
import { readText } from "../system/read.ts";
import { readIdentityFile } from "./identity-file.ts";
import { readSession } from "./session.ts";

export type Env = NodeJS.ProcessEnv;

export function keyVariable(environment: string): string {
  return `ENVSEAL_KEY_${environment.toUpperCase().replaceAll("-", "_")}`;
}

/** True for every variable that carries a key: they are removed after use. */
export function isKeyVariable(name: string): boolean {
  return name === "ENVSEAL_KEY" || name === "ENVSEAL_PIN" || name.startsWith("ENVSEAL_KEY_");
}

/** The environment of the person alone, where an injected key is another project's. */
export function withoutKeys(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isKeyVariable(name)));
}

/**
 * The injected key: option > ENVSEAL_KEY_<ENV> > ENVSEAL_KEY > ENVSEAL_KEY_FILE; null where nothing is injected.
 * @throws MALFORMED_KEY, NO_PIN, NO_KEY (a key file that is not there)
 */
export function injectedKey(env: Env, environment: string | null, option?: string): Key | null {
  if (option !== undefined) return parseKey(option, "the key option", env);
  for (const name of [environment === null ? onlySpecificVariable(env) : keyVariable(environment), "ENVSEAL_KEY"]) {
    const text = name === null ? undefined : env[name];
    if (name !== null && text !== undefined && text !== "") return namedBy(name, parseKey(text, name, env));
  }
  const path = env.ENVSEAL_KEY_FILE;
  if (path === undefined || path === "") return null;
  const text = readText(path, 16 * 1024, "MALFORMED_KEY");
  if (text === null)
    throw new EnvsealError("NO_KEY", `ENVSEAL_KEY_FILE names ${path}, and there is no such file`, {
      hint: "mount the file, or correct the path",
    });
  return parseKey(withoutComments(text), path, env);
}

/** The variable's own name says the environment too: a bare age identity says none, and a key string no other one. */
function namedBy(variable: string, key: Key): Key {
  if (variable === "ENVSEAL_KEY") return key;
  const environment = variable.slice("ENVSEAL_KEY_".length).toLowerCase().replaceAll("_", "-");
  if (key.environment === null) return { ...key, environment };
  if (key.environment === environment) return key;
  throw new EnvsealError("WRONG_KEY", `the key in ${variable} is for ${key.environment}`, {
    hint: `set the key of ${environment} there, or name the variable ${keyVariable(key.environment)}`,
  });
}

/** `age-keygen` writes comment lines above the identity. */
function withoutComments(text: string): string {
  const rows = text.split("\n").filter((row) => !row.startsWith("#"));
  return rows.join("\n");
}

/** Without a chosen environment, a single ENVSEAL_KEY_<ENV> still says which one is meant. */
function onlySpecificVariable(env: Env): string | null {
  const names = Object.keys(env).filter((name) => name.startsWith("ENVSEAL_KEY_") && name !== "ENVSEAL_KEY_FILE" && env[name] !== "");
  return names.length === 1 ? (names[0] as string) : null;
}

function parseKey(text: string, source: string, env: Env): Key {
  const trimmed = text.trim();
  const identity = looksLikeKeyString(trimmed) ? null : parseIdentity(trimmed);
  const given = givenPin(env);
  const common = { type: "identity", personal: false, source } as const;
  if (identity === null) {
    const key = parseKeyString(trimmed, source);
    if (key.type === "read-only") return { ...key, source };
    const environment = key.environment === ALL ? null : key.environment;
    return { ...common, identity: key.identity, pins: [key.pin, ...(given === null ? [] : [given])], environment };
  }
  if (given === null) {
    throw new EnvsealError("NO_PIN", `the age identity in ${source} needs ENVSEAL_PIN beside it, the project's pin`, {
      hint: "envseal status shows the pin; a deploy key (envseal deploy-key create) carries its own",
    });
  }
  return { ...common, identity, pins: [given], environment: null };
}

/**
 * The pin that an operator set, which holds beside whatever key there is. One that a file of the project has too is refused: to pass
 * over it would take an operator's own away.
 * @param folders where such files may be too
 * @throws NO_PIN
 */
export function givenPin(env: Env, folders: readonly string[] = []): Uint8Array | null {
  const text = env.ENVSEAL_PIN ?? "";
  if (text === "") return null;
  const path = projectFileBehind("ENVSEAL_PIN", text, folders);
  if (path !== undefined) {
    throw new EnvsealError(
      "NO_PIN",
      `${path} has the pin in ENVSEAL_PIN too, or is too large to tell: whoever commits could set it there`,
      {
        hint: "take it out of that file, and set it where programs are started (a service's settings, a variable of CI), or use a deploy key, which carries its pin",
      },
    );
  }
  const pin = parsePin(text.trim());
  if (pin !== null) return pin;
  throw new EnvsealError("NO_PIN", "ENVSEAL_PIN is no pin (22 characters of base64url)", { hint: "envseal status shows the pin" });
}

/** True where a person asks for checkouts that are older than what this machine has seen. */
export function allowsOlder(env: Env): boolean {
  return env.ENVSEAL_ALLOW_OLDER === "1";
}

/**
 * The key of the person at this machine: what a custody was asked for just now > the identity file > what `unlock` keeps.
 * @throws NO_KEY, KEY_FILE_MODE, MALFORMED_KEY
 */
export function personalKey(env: Env, project: string, held?: Uint8Array): IdentityKey {
  const given = givenPin(env);
  const personal = { type: "identity", pins: given === null ? [] : [given], personal: true, environment: null } as const;
  if (held !== undefined) return { ...personal, identity: held, source: "your custody" };
  const file = readIdentityFile(env, project);
  if (file !== null) return { ...personal, identity: file, source: "the identity file" };
  const session = readSession(env, project);
  if (session === null) throw noKey(env);
  return { ...personal, identity: session.identity, source: "the unlocked session" };
}

function noKey(env: Env): EnvsealError {
  const taken = env.ENVSEAL_LOADED
    ? "what was loaded before this has removed the key: let it stay (keepKey, envseal run --keep-key); or "
    : "";
  return new EnvsealError("NO_KEY", "there is no key for this project: ENVSEAL_KEY is not set, and this machine has no identity for it", {
    hint: `${taken}on a server or in CI set ENVSEAL_KEY (envseal deploy-key create NAME); on your machine ask a teammate for access (envseal join), or envseal unlock and envseal run if your key is elsewhere`,
  });
}
