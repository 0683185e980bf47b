import { b64u, unb64u } from "../bytes.ts";
import type { VaultKey } from "../vaultkey.ts";
import { type Document, type DocumentLine, liveAssignments } from "./document.ts";
import type { OpenedVault } from "./open-vault.ts";
import { encodeFlags, encodeLine, KIND, type LineContent, NO_SINCE, type Place, sealToken, type Token } from "./token.ts";
import { showValue, type Vault, type VaultLine } from "./vault.ts";

export interface SealContext {
  environment: string;
  /** b64u. */
  vaultId: string;
  /** The active key's. */
  key: VaultKey;
  isPublic: (name: string) => boolean;
  /** The vaults this one replaces, the nearest last: unchanged lines keep their tokens, unchanged values their `since`. */
  previous?: readonly OpenedVault[];
  /** Which keys' tokens may stay as they are; all by default. */
  keep?: (keyId: string) => boolean;
  /** True to seal every line anew under `key`, as a rotation does; `since` is kept all the same. */
  reseal?: boolean;
}

/** The vault that mirrors `document` (FORMAT.md section 2). Sealing an unchanged document again changes no byte. */
export function sealDocument(document: Document, context: SealContext): Vault {
  const { key, previous = [], isPublic } = context;
  const reusable = context.reseal === true ? new Map<string, Token>() : reusableTokens(previous, key.keyId, context.keep);
  const seal = (place: Place, plaintext: Uint8Array, identity: string): Token => reusable.get(identity) ?? sealToken(key, place, plaintext);
  const sealLine = (place: Place, content: LineContent): Token => seal(place, encodeLine(content), lineIdentity(place, content));

  const activeId = unb64u(key.keyId) as Uint8Array;
  let before = "";
  const lines = document.lines.map((entry): VaultLine => {
    // What is not read from a file has no number.
    const line = 0;
    if (isBlank(entry)) return { kind: "blank", line };
    if (entry.kind === "other" || entry.dead) {
      const place = { kind: KIND.comment, name: "", previous: "" };
      return { kind: "comment", token: sealLine(place, { since: NO_SINCE, end: entry.end, raw: entry.raw }), line };
    }
    const { name, value, raw, end } = entry;
    const shown = isPublic(name) && showValue(value) !== undefined ? value : undefined;
    const seen = previous.map(({ assignments }) => assignments.get(name));
    const since = seen.findLast((was) => was?.value === value)?.since ?? activeId;
    const place: Place = { kind: shown === undefined ? KIND.secret : KIND.public, name, previous: before };
    before = name;
    return { kind: "assignment", name, shown, token: sealLine(place, { since, end, raw }), line };
  });

  const place: Place = { kind: KIND.end, name: "", previous: liveAssignments(document).at(-1)?.name ?? "" };
  const end = seal(place, encodeFlags(document), endIdentity(place, document));
  return { environment: context.environment, id: context.vaultId, lines, end, endLine: 0 };
}

function isBlank({ raw, end }: DocumentLine): boolean {
  return raw === "" && end === 0;
}

/** By what a line holds and where: the nearest vault's token, but one under the active key before any other: two of those are the same. */
function reusableTokens(
  previous: readonly OpenedVault[],
  activeId: string,
  keep: (keyId: string) => boolean = () => true,
): Map<string, Token> {
  const tokens = new Map<string, Token>();
  const offer = (identity: string, token: Token) => {
    if (!keep(token.keyId)) return;
    if (tokens.get(identity)?.keyId !== activeId) tokens.set(identity, token);
  };
  for (const { opened, end, document } of previous) {
    for (const { place, content, token } of opened) offer(lineIdentity(place, content), token);
    offer(endIdentity(end.place, document), end.token);
  }
  return tokens;
}

function lineIdentity({ kind, name, previous }: Place, { since, end, raw }: LineContent): string {
  return JSON.stringify([kind, name, previous, b64u(since), end, raw]);
}

function endIdentity({ previous }: Place, { bom, eol, finalNewline }: Pick<Document, "bom" | "eol" | "finalNewline">): string {
  return JSON.stringify([KIND.end, previous, bom, eol, finalNewline]);
}
