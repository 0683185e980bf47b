import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Entry as KeychainEntry } from "@napi-rs/keyring";
import { formatIdentity, parseIdentity } from "../age/keys.ts";
import { EnvsealError } from "../errors.ts";
import { isCopied } from "../project/own-program.ts";

/** Custody `keychain`: macOS Keychain, Windows Credential Manager, or the Secret Service of a Linux desktop. */

const SERVICE = "envseal";

/** @throws CUSTODY where the package or the keychain is not there. On Linux it would else fall back to memory in silence. */
function entryOf(project: string, account = project): KeychainEntry {
  let keyring: typeof import("@napi-rs/keyring");
  // Node would look for the package in the work tree, where git writes what a branch tracks.
  if (isCopied(fileURLToPath(import.meta.url)))
    throw new EnvsealError("CUSTODY", "what git starts does not open the OS keychain", {
      hint: "envseal unlock first, or run the command yourself: envseal resolve",
    });
  try {
    keyring = createRequire(import.meta.url)("@napi-rs/keyring");
  } catch (error) {
    throw new EnvsealError("CUSTODY", "the OS keychain needs the package @napi-rs/keyring, which is not installed", {
      hint: "npm install @napi-rs/keyring, or choose another custody: envseal custody move file",
      cause: error,
    });
  }
  return attempt(() => new keyring.Entry(SERVICE, account, { linux: { store: "secret-service" } }));
}

export function readKeychain(project: string): Uint8Array | null {
  const text = attempt(() => entryOf(project).getPassword());
  if (text === null) return null;
  const identity = parseIdentity(text);
  if (identity !== null) return identity;
  throw new EnvsealError("CUSTODY", "what the keychain holds for this project is no identity", {
    hint: `remove the entry ${SERVICE} / ${project} in the keychain's own program`,
  });
}

/** Proves that the keychain keeps what it is given before an identity depends on it. */
export function writeKeychain(project: string, identity: Uint8Array): void {
  probe(project);
  attempt(() => entryOf(project).setPassword(formatIdentity(identity)));
  const back = readKeychain(project);
  if (back === null || formatIdentity(back) !== formatIdentity(identity)) throw unreliable();
}

export function removeKeychain(project: string): void {
  attempt(() => entryOf(project).deleteCredential());
}

function probe(project: string): void {
  const entry = entryOf(project, `${project} probe`);
  attempt(() => entry.setPassword("probe"));
  const back = attempt(() => entryOf(project, `${project} probe`).getPassword());
  attempt(() => entry.deleteCredential());
  if (back !== "probe") throw unreliable();
}

function unreliable(): EnvsealError {
  return new EnvsealError("CUSTODY", "the keychain did not give back what it was given", { hint: "choose another custody" });
}

/** The library's own messages name the store and the D-Bus error, never what is kept. */
function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof EnvsealError) throw error;
    const [first] = String((error as Error).message).split("\n") as [string];
    throw new EnvsealError("CUSTODY", `the OS keychain cannot be used: ${first.slice(0, 200)}`, {
      hint: "unlock it, or start its service (a Linux desktop needs the Secret Service on D-Bus); envseal unlock --recovery helps meanwhile",
      cause: error,
    });
  }
}
