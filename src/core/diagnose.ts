import { EnvsealError } from "../errors.ts";
import { parseAssignment } from "./assignment.ts";
import { decodeFlags, decodeLine, KIND, type Kind, openToken, type Place, peekToken, type Token } from "./token.ts";
import type { Vault } from "./vault.ts";
import type { VaultKey } from "./vaultkey.ts";

const HINT =
  "take the file from git again (git log tells who changed it); where the plaintext is complete, move the vault away and run: envseal encrypt";

const MOST_NEIGHBOURS = 2000;

interface Failure {
  vault: Vault;
  key: VaultKey;
  place: Place;
  token: Token;
  where: string;
  siblings: { path: string; key: VaultKey }[];
}

/**
 * Why a token that a right key should open does not. The content is only looked at to name the cause: the token of
 * another variable (MOVED_VALUE), one whose neighbours changed (TAMPERED), or damage (CORRUPT).
 */
export function diagnose({ vault, key, place, token, where: at, siblings }: Failure): EnvsealError {
  const subject = place.name === "" ? describe(place.kind) : place.name;
  const sealedAs = claimOf(key, token);
  if (sealedAs === null) {
    const sibling = siblings.find((other) => claimOf(other.key, token) !== null);
    if (sibling === undefined) return new EnvsealError("CORRUPT", `${at}: the token of ${subject} is damaged`, { hint: HINT });
    return new EnvsealError("MOVED_VALUE", `${at}: the token of ${subject} was sealed for ${sibling.path}`, { hint: HINT });
  }
  if (sealedAs !== subject)
    return new EnvsealError("MOVED_VALUE", `${at}: the token of ${subject} was sealed as ${sealedAs}`, { hint: HINT });
  const sealed = sealedPlace(vault, key, place, token);
  if (sealed === null) {
    return new EnvsealError(
      "TAMPERED",
      `${at}: ${subject} does not authenticate here: its ciphertext was changed, or the line before it was removed`,
      { hint: HINT },
    );
  }
  if (sealed.previous === place.previous && sealed.kind === place.kind) {
    return new EnvsealError("TAMPERED", `${at}: the token of ${subject} was not made by a seal of this vault (its nonce is foreign)`, {
      hint: HINT,
    });
  }
  if (sealed.kind !== place.kind) {
    const made =
      place.kind === KIND.public ? "was sealed as a secret and is shown as public" : "was sealed as public and is shown as a secret";
    return new EnvsealError("MOVED_VALUE", `${at}: ${subject} ${made}`, { hint: HINT });
  }
  const neighbour = sealed.previous === "" ? "as the first assignment" : `behind ${sealed.previous}`;
  return new EnvsealError("TAMPERED", `${at}: ${subject} was sealed ${neighbour}: assignments before it were added, removed or moved`, {
    hint: HINT,
  });
}

function describe(kind: Kind): string {
  return kind === KIND.end ? "the end line" : "a comment";
}

/** What the unauthenticated content claims to be, or null where it has not even the form of a token's content. */
function claimOf(key: VaultKey, token: Token): string | null {
  const padded = peekToken(key, token);
  if (padded === null) return null;
  // First: one byte and zeros have the form of an assignment of nothing, too.
  if (decodeFlags(padded) !== null) return describe(KIND.end);
  const assignment = decodeLine(padded, KIND.secret);
  if (assignment !== null) return parseAssignment(assignment.raw)?.name ?? null;
  return decodeLine(padded, KIND.comment) === null ? null : describe(KIND.comment);
}

/** The place of this file in which the token authenticates, if there is one. */
function sealedPlace(vault: Vault, key: VaultKey, place: Place, token: Token): Place | null {
  const names = ["", ...vault.lines.flatMap((line) => (line.kind === "assignment" ? [line.name] : []))];
  // A bound on the search: a file may have as many names as it likes.
  names.length = Math.min(names.length, MOST_NEIGHBOURS);
  const kinds: Kind[] = place.name === "" ? [place.kind] : [KIND.secret, KIND.public];
  for (const kind of kinds) {
    for (const previous of names) {
      const candidate = { kind, name: place.name, previous };
      if (openToken(key, candidate, token, false) !== null) return candidate;
    }
  }
  return null;
}
