import type { AccessEntry } from "../authority/access-entry.ts";
import type { Recipient } from "../authority/manifest.ts";
import { keyIdOfTag } from "../commitment.ts";
import { joinRecords, mergeValue, type Settle, type Three } from "./three-way.ts";

type Access = Record<string, AccessEntry>;

/**
 * Access entries by name: what either side removed is gone. Of an entry that both sides have, the one that was signed later counts, and
 * of those the one that holds the active key. One that holds another key waits for somebody to wrap the active one.
 * @param versions what counts on each side, as `withoutRemoved` gives it
 * @param active the merged environment's active key
 */
export function mergeAccess(environment: string, versions: Three<Access>, active: string, settle: Settle): Access {
  const merged = joinRecords(versions, (name, { base, ours, theirs }) => {
    const [o, t] = [ours, theirs] as [AccessEntry, AccessEntry];
    const said = { base: base && contentOf(base), ours: contentOf(o), theirs: contentOf(t) };
    if (said.ours !== said.theirs) return mergeValue(said, `the access of ${name} to ${environment}`, settle) === said.ours ? o : t;
    if (o.since !== t.since) return o.since > t.since ? o : t;
    return holds(t, active) && !holds(o, active) ? t : o;
  });
  return Object.fromEntries(Object.entries(merged).map(([name, entry]) => [name, holds(entry, active) ? entry : waiting(entry)]));
}

/** What an admin decided, whoever of them signed it, and when. */
function contentOf({ wrapped: _wrapped, tag: _tag, signatures: _signatures, since: _since, ...content }: AccessEntry): string {
  return JSON.stringify(content);
}

function holds({ tag }: AccessEntry, keyId: string): boolean {
  return tag !== undefined && keyIdOfTag(tag) === keyId;
}

function waiting({ wrapped: _wrapped, tag: _tag, ...entry }: AccessEntry): AccessEntry {
  return entry;
}

/** A recipient's entry: who it is and how it is held are told apart, so that both sides may change one each. */
export function mergeRecipient(name: string, versions: Three<Recipient>, settle: Settle): Recipient | undefined {
  const { base, ours, theirs } = versions;
  if (ours === undefined || theirs === undefined || ours.recipient !== theirs.recipient || ours.signer !== theirs.signer)
    return mergeValue(versions, `the recipient ${name}`, settle);
  const custody = mergeValue({ base: base?.custody, ours: ours.custody, theirs: theirs.custody }, `how ${name} holds the identity`, settle);
  const { custody: _, ...rest } = ours;
  return custody === undefined ? rest : { ...rest, custody };
}
