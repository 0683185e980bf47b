import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isIdentity, openArmored } from "../../age/armored.ts";
import { formatIdentity } from "../../age/keys.ts";
import type { Context } from "../../context.ts";
import { append } from "../../core/append.ts";
import { fromUtf8 } from "../../core/bytes.ts";
import { parseDocument, valuesOf } from "../../core/vault/document.ts";
import { personalKey } from "../../custody/key.ts";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { displayPath } from "../../project/find.ts";
import { readBounded } from "../../system/read.ts";
import type { Project } from "../../workspace/project.ts";
import type { DotenvxFile } from "./formats/dotenvx.ts";
import { damaged, type KeyText } from "./formats/imported.ts";
import type { SopsFile } from "./formats/sops-file.ts";

const MAX_KEYS = 1024 * 1024;

/**
 * Where dotenvx looks: the variables first, then `.env.keys` beside the file (or --keys-file). What matches a public key of
 * the file is taken under any name.
 * @throws MALFORMED_DOTENV, IO
 */
export async function dotenvxKeys(file: DotenvxFile, path: string, context: Context): Promise<KeyText[]> {
  const given = context.flags["keys-file"];
  const keysFile = typeof given === "string" ? resolve(context.cwd, given) : join(dirname(path), ".env.keys");
  const bytes = readBounded(keysFile, MAX_KEYS);
  if (bytes === null && typeof given === "string") {
    throw new EnvsealError("NO_KEY", `there is no ${displayPath(keysFile)}`, { hint: "check --keys-file" });
  }
  const inFile = bytes === null ? new Map<string, string>() : valuesOf(parseDocument(bytes, displayPath(keysFile)).document);
  const { parsePrivateKey, publicKeyOf } = await import("./formats/ecies.ts");
  const fits = (text: string) =>
    text.split(",").some((part) => {
      const secret = parsePrivateKey(part.trim());
      return secret !== null && file.publicKeys.includes(publicKeyOf(secret));
    });
  const places: [string, Iterable<[string, string | undefined]>][] = [
    ["", Object.entries(context.env)],
    [`${displayPath(keysFile)}: `, inFile],
  ];
  return places.flatMap(([where, entries]) =>
    [...entries].flatMap(([name, text]) => {
      if (!name.startsWith("DOTENV_PRIVATE_KEY") || text === undefined || text === "") return [];
      return file.keyNames.includes(name) || fits(text) ? [{ source: `${where}${name}`, text }] : [];
    }),
  );
}

/** @throws NO_KEY */
export function dotenvVaultKey(context: Context): KeyText {
  const text = context.env.DOTENV_KEY ?? "";
  if (text !== "") return { source: "DOTENV_KEY", text };
  throw new EnvsealError("NO_KEY", "DOTENV_KEY is not set, and it is what opens a vault of dotenv-vault", {
    hint: "take it from where the app runs, or from: npx dotenv-vault keys production",
  });
}

/**
 * The data key of a SOPS file, unwrapped by whatever age identity fits: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS's own key file,
 * the person's identity of this project.
 * @throws NO_KEY, MALFORMED_KEY, WRONG_KEY, TAMPERED
 */
export async function sopsDataKey(file: SopsFile, label: string, project: Project, context: Context): Promise<Uint8Array> {
  const identities = await sopsIdentities(project, context);
  if (identities.length === 0) {
    throw new EnvsealError("NO_KEY", "there is no age identity: SOPS_AGE_KEY and SOPS_AGE_KEY_FILE are not set, and SOPS has no key file", {
      hint: "set SOPS_AGE_KEY_FILE to the file of the identity; for one that a command or a plugin holds, put it into SOPS_AGE_KEY",
    });
  }
  for (const { armored } of file.age) {
    const dataKey = await openArmored(armored, identities);
    if (dataKey?.length === 32) return dataKey;
    if (dataKey !== null) throw damaged(`${label}: what is wrapped for its recipient is no data key`);
  }
  const recipients = file.age.map(({ recipient }) => recipient.replace(/[^\x21-\x7e]/g, "").slice(0, 62));
  throw new EnvsealError("WRONG_KEY", `no age identity at hand opens ${label}`, {
    hint: `it is for ${recipients.slice(0, 3).join(", ")}${recipients.length > 3 ? " and others" : ""}; age-keygen -y shows an identity's recipient`,
  });
}

async function sopsIdentities(project: Project, context: Context): Promise<string[]> {
  const { SOPS_AGE_KEY: direct = "", SOPS_AGE_KEY_FILE: named = "" } = context.env;
  const own = sopsKeyFile(context.env);
  const texts: KeyText[] = [];
  if (direct !== "") texts.push({ source: "SOPS_AGE_KEY", text: direct });
  if (named !== "") texts.push({ source: named, text: await keyFile(resolve(context.cwd, named), true) });
  if (own !== null) texts.push({ source: own, text: await keyFile(own, false) });
  const found: string[] = [];
  for (const { source, text } of texts) {
    const words = text.split("\n").flatMap((row) => (row.trim().startsWith("#") ? [] : (row.match(/\S+/g) ?? [])));
    const good: string[] = [];
    for (const word of words.slice(0, 1000)) if (await isIdentity(word)) good.push(word);
    if (words.length > 0 && good.length === 0) {
      throw new EnvsealError("MALFORMED_KEY", `${source} holds no age identity`, {
        hint: "it should have a line that starts with AGE-SECRET-KEY-1; SSH keys and plugins are not read: sops rotate -i --add-age RECIPIENT FILE",
      });
    }
    append(found, good);
  }
  return [...found, ...ownIdentity(project, context)];
}

/** Whoever has none here still may have SOPS's. */
function ownIdentity({ manifest }: Project, { env, identity }: Context): string[] {
  try {
    return [formatIdentity(personalKey(env, manifest.project, identity).identity)];
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return [];
  }
}

/** @throws NO_KEY where a file that was named is not there */
async function keyFile(path: string, wanted: boolean): Promise<string> {
  const bytes = readBounded(path, MAX_KEYS);
  if (bytes === null && wanted) throw new EnvsealError("NO_KEY", `there is no ${displayPath(path)}`, { hint: "check SOPS_AGE_KEY_FILE" });
  return bytes === null ? "" : (fromUtf8(bytes) ?? "?");
}

/** `sops/age/keys.txt` in the user's configuration folder, as SOPS finds it. */
function sopsKeyFile(env: NodeJS.ProcessEnv): string | null {
  const home = env.HOME || homedir();
  const folders: Partial<Record<NodeJS.Platform, string | undefined>> = {
    win32: env.APPDATA,
    darwin: env.XDG_CONFIG_HOME || join(home, "Library", "Application Support"),
  };
  const folder = process.platform in folders ? folders[process.platform] : env.XDG_CONFIG_HOME || join(home, ".config");
  return folder === undefined ? null : join(folder, "sops", "age", "keys.txt");
}
