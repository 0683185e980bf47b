import type { VaultKey } from "../vaultkey.ts";
import { subjectOf, type Unopened } from "./open-vault.ts";
import { KIND, type Kind, openToken, type Place, type Token } from "./token.ts";
import type { Vault } from "./vault.ts";

/**
 * Proof of origin: a token that does not open where it stands is tried in other places, each with tag and nonce. It is never
 * decrypted unless it authenticates there, so whatever is told of it is told by those who held its key.
 */
export interface Candidate {
  key: VaultKey;
  place: Place;
  /** The vault it would be of, in words; null for the one that is read. */
  elsewhere: string | null;
}

/** A bound on the search: a vault may have as many names, and a manifest as many vaults, as somebody likes. */
export class Budget {
  tries = 4096;
  bytes = 64 << 20;

  /** False where it would be more than is left; nothing more is spent from then on. */
  spend(bytes: number, tries = 1): boolean {
    this.tries -= tries;
    this.bytes -= bytes;
    return this.tries >= 0 && this.bytes >= 0;
  }
}

/** The first of the candidates that the token was sealed for; whichever key it claims. */
export function findOrigin(token: Token, candidates: Iterable<Candidate>, budget: Budget): Candidate | null {
  for (const candidate of candidates) {
    if (!budget.spend(token.text.length)) return null;
    const { keyId, version } = candidate.key;
    if (openToken(candidate.key, candidate.place, { ...token, keyId, version }, true) !== null) return candidate;
  }
  return null;
}

/** The place itself, and with the other of the two kinds that an assignment has. */
export function* inBothKinds(place: Place): Generator<Place> {
  yield place;
  if (place.kind === KIND.secret) yield { ...place, kind: KIND.public };
  if (place.kind === KIND.public) yield { ...place, kind: KIND.secret };
}

/** The place behind every name that the vault has, and as its first. */
export function* behindEach(place: Place, names: readonly string[]): Generator<Place> {
  if (place.kind === KIND.comment) return;
  for (const previous of ["", ...names]) yield* inBothKinds({ ...place, previous });
}

/** The places that a vault has: its lines as they stand, the end line after each name, and a comment's. */
export function* placesOf({ lines }: Vault): Generator<Place> {
  yield { kind: KIND.comment, name: "", previous: "" };
  let previous = "";
  for (const line of lines) {
    if (line.kind !== "assignment") continue;
    yield* inBothKinds({ kind: KIND.secret, name: line.name, previous });
    previous = line.name;
  }
  for (const name of ["", ...namesOf({ lines }).reverse()]) yield { kind: KIND.end, name: "", previous: name };
}

/** Every name after every other. */
export function* allPlacesOf(names: readonly string[]): Generator<Place> {
  for (const name of names) yield* behindEach({ kind: KIND.secret, name, previous: "" }, names);
}

export function namesOf({ lines }: Pick<Vault, "lines">): string[] {
  return lines.flatMap((line) => (line.kind === "assignment" ? [line.name] : []));
}

/** What the place that a token was sealed for says about the one it stands in, as a sentence. */
export function describeOrigin({ place: stands, token, where }: Unopened, { key, place, elsewhere }: Candidate): string {
  const subject = subjectOf(stands);
  if (elsewhere !== null) {
    const as = place.name === stands.name && isLine(place.kind) === isLine(stands.kind) ? "" : `as ${subjectOf(place)} `;
    return `${where}: the token of ${subject} was sealed ${as}for ${elsewhere}`;
  }
  if (key.keyId !== token.keyId || key.version !== token.version)
    return `${where}: the token of ${subject} was sealed under v${key.version} (${key.keyId}), and it claims v${token.version} (${token.keyId})`;
  if (place.name !== stands.name || isLine(place.kind) !== isLine(stands.kind) || (place.name === "" && place.kind !== stands.kind))
    return `${where}: the token of ${subject} was sealed as ${subjectOf(place)}`;
  if (place.kind !== stands.kind) {
    const kind = (one: Kind) => (one === KIND.public ? "as public" : "as a secret");
    return `${where}: ${subject} was sealed ${kind(place.kind)} and is shown ${kind(stands.kind)}`;
  }
  const before = place.previous === "" ? "as the first assignment" : `after ${place.previous}`;
  return `${where}: ${subject} was sealed ${before}: assignments before it were added, removed or moved`;
}

function isLine(kind: Kind): boolean {
  return kind === KIND.secret || kind === KIND.public;
}
