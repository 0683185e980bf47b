import { b64u } from "../../core/bytes.ts";
import { parseAssignment } from "../../core/vault/assignment.ts";
import type { KeySource } from "../../core/vault/open-vault.ts";
import { decodeLine, KIND, openToken, type Place, type Token } from "../../core/vault/token.ts";
import type { OpenedRow, RowOpener } from "../../core/vault/vault-diff.ts";
import type { PlacedRow, Sheet } from "../../core/vault/vault-rows.ts";
import type { VaultKey } from "../../core/vaultkey.ts";
import { type EnvsealError, isEnvsealError } from "../../errors.ts";

/** The keys of one vault, whichever environment and id its versions have; null where none is at hand. */
export type KeysOf = (environment: string, vaultId: string) => KeySource | null;

/** What stands in the way of opening a token, in a word or two. */
const PROBLEMS: Readonly<Record<string, string>> = {
  KEY_DESTROYED: "key destroyed",
  KEY_UNKNOWN: "unknown key",
};

/** Opens rows of a vault's history, each once. What does not open is marked, and stops nothing. */
export class HistoryOpener implements RowOpener {
  /** A token opens behind one assignment alone: by which it was asked for stands beside what came of it. */
  private readonly opened = new Map<Token, { previous: string; result: OpenedRow | { problem: string } }>();
  private readonly keys = new Map<string, VaultKey | { problem: string }>();
  private readonly keysOf: KeysOf;

  constructor(keysOf: KeysOf) {
    this.keysOf = keysOf;
  }

  assignment(sheet: Sheet, { name, token, shown, previous }: PlacedRow): OpenedRow | { problem: string } {
    const known = this.opened.get(token);
    if (known?.previous === previous) return known.result;
    const place: Place = { kind: shown === undefined ? KIND.secret : KIND.public, name, previous };
    const result = this.open(sheet, place, token);
    this.opened.set(token, { previous, result });
    return result;
  }

  comment(sheet: Sheet, token: Token): string | null {
    const opened = this.content(sheet, { kind: KIND.comment, name: "", previous: "" }, token);
    return "problem" in opened ? null : opened.raw;
  }

  private open(sheet: Sheet, place: Place, token: Token): OpenedRow | { problem: string } {
    const content = this.content(sheet, place, token);
    if ("problem" in content) return content;
    const parsed = parseAssignment(content.raw);
    if (parsed?.name !== place.name) return { problem: "not authentic" };
    return { value: parsed.value, raw: content.raw, since: b64u(content.since) };
  }

  private content(sheet: Sheet, place: Place, token: Token) {
    const key = this.key(sheet, token);
    if ("problem" in key) return key;
    const padded = openToken(key, place, token, true);
    return (padded === null ? null : decodeLine(padded, place.kind)) ?? { problem: "not authentic" };
  }

  private key({ environment, id }: Sheet, token: Token): VaultKey | { problem: string } {
    const name = `${environment} ${id} ${token.keyId} ${token.version}`;
    const known = this.keys.get(name);
    if (known !== undefined) return known;
    const found = this.find(environment, id, token);
    this.keys.set(name, found);
    return found;
  }

  private find(environment: string, id: string, token: Token): VaultKey | { problem: string } {
    try {
      return this.keysOf(environment, id)?.keyFor(token, "history") ?? { problem: "no key" };
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
      return { problem: PROBLEMS[(error as EnvsealError).code] ?? "not authentic" };
    }
  }
}
