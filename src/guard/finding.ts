/** What a guard reports: where, under which rule, and what to do. Never a value. */
export interface Finding {
  rule: RuleId;
  path: string;
  message: string;
  fix: string;
}

/** Every rule, with what it is for. */
export const RULES = {
  "plaintext-file": "a file that holds environment variables in clear is about to be recorded in git",
  "broken-vault": "a vault does not have exactly the form of one: plaintext in it, a name twice, conflict markers, a part missing",
  "broken-manifest": "envseal.json cannot be read as a manifest",
  "manifest-change": "envseal.json drops or edits a key, goes through a state that SP 800-57 does not know, or lowers the floor",
  "forged-manifest": "a part of envseal.json was changed by someone without the key that signs it",
  "forged-access": "an access entry was slipped in, or its recipient swapped, by someone without the key",
} as const;

export type RuleId = keyof typeof RULES;
