import { b64u, unb64u } from "./bytes.ts";
import { type Document, type DocumentLine, liveAssignments } from "./document.ts";
import type { OpenedVault } from "./open.ts";
import { encodeFlags, encodeLine, KIND, type LineContent, NO_SINCE, type Place, sealToken, type Token } from "./token.ts";
import { showValue, type Vault, type VaultLine } from "./vault.ts";
import type { VaultKey } from "./vaultkey.ts";

export interface SealContext {
  environment: string;
  /** b64u. */
  vaultId: string;
  /** The active key's. */
  key: VaultKey;
  isPublic: (name: string) => boolean;
  /** The vault this one replaces: unchanged lines keep their tokens, unchanged values their `since`. */
  previous?: OpenedVault;
  /** True to seal every line anew under `key`, as a rotation does; `since` is kept all the same. */
  reseal?: boolean;
}

/** The vault that mirrors `document` (FORMAT.md section 2). Sealing an unchanged document again changes no byte. */
export function sealDocument(document: Document, context: SealContext): Vault {
  const { key, previous, isPublic } = context;
  const reusable = context.reseal === true ? new Map<string, Token>() : reusableTokens(previous);
  const seal = (place: Place, plaintext: Uint8Array, identity: string): Token => reusable.get(identity) ?? sealToken(key, place, plaintext);
  const sealLine = (place: Place, content: LineContent): Token => seal(place, encodeLine(content), lineIdentity(place, content));

  const activeId = unb64u(key.keyId) as Uint8Array;
  let before = "";
  const lines = document.lines.map((entry, index): VaultLine => {
    const line = index + 1;
    if (isBlank(entry)) return { kind: "blank", line };
    if (entry.kind === "other" || entry.dead) {
      const place = { kind: KIND.comment, name: "", previous: "" };
      return { kind: "comment", token: sealLine(place, { since: NO_SINCE, end: entry.end, raw: entry.raw }), line };
    }
    const { name, value, raw, end } = entry;
    const shown = isPublic(name) && showValue(value) !== undefined ? value : undefined;
    const known = previous?.assignments.get(name);
    const since = known !== undefined && known.value === value ? known.since : activeId;
    const place: Place = { kind: shown === undefined ? KIND.secret : KIND.public, name, previous: before };
    before = name;
    return { kind: "assignment", name, shown, token: sealLine(place, { since, end, raw }), line };
  });

  const place: Place = { kind: KIND.end, name: "", previous: liveAssignments(document).at(-1)?.name ?? "" };
  const end = seal(place, encodeFlags(document), endIdentity(place, document));
  return { environment: context.environment, id: context.vaultId, lines, end, endLine: lines.length + 1 };
}

function isBlank(entry: DocumentLine): boolean {
  return entry.kind === "other" && entry.raw === "" && entry.end === 0;
}

function reusableTokens(previous: OpenedVault | undefined): Map<string, Token> {
  const tokens = new Map<string, Token>();
  if (previous === undefined) return tokens;
  for (const { place, content, token } of previous.opened) tokens.set(lineIdentity(place, content), token);
  tokens.set(endIdentity(previous.end.place, previous.document), previous.end.token);
  return tokens;
}

function lineIdentity({ kind, name, previous }: Place, { since, end, raw }: LineContent): string {
  return JSON.stringify([kind, name, previous, b64u(since), end, raw]);
}

function endIdentity({ previous }: Place, { bom, eol, finalNewline }: Pick<Document, "bom" | "eol" | "finalNewline">): string {
  return JSON.stringify([KIND.end, previous, bom, eol, finalNewline]);
}
