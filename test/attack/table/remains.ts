import { evasion, type Section, tamper } from "./row.ts";

export const REMAINS: Section = {
  title: "What remains",
  about: "Accepted, and said so in docs/explanation/threat-model.md. Each is held by a test, so that a change in either direction is seen.",
  rows: [
    {
      id: "R1",
      attack: "a single value is set back between the same neighbours",
      does: "accepted until a fence; `check --range` finds it",
      tests: tamper("accepted", "residue T5: one value set back, between the same neighbours"),
    },
    {
      id: "R2",
      attack: "a whole older vault is restored under the same key",
      does: "accepted until a fence",
      tests: tamper("accepted", "residue: a whole vault set back"),
    },
    {
      id: "R3",
      attack: "an older manifest is restored under the same key, with its `required`",
      does: "accepted until a fence",
      tests: tamper("accepted", "residue: the manifest set back to before `require`"),
    },
    {
      id: "R4",
      attack: "comments and empty lines are moved, dropped or doubled",
      does: "accepted",
      tests: tamper(
        "accepted",
        "residue: a comment dropped",
        "residue: a comment moved",
        "residue: a comment doubled",
        "residue: empty lines of the plaintext added and dropped",
      ),
    },
    {
      id: "R5",
      attack: "the whole authority made anew, on a machine that has seen nothing of the project",
      does: "accepted, with the pin to compare",
      tests: tamper("accepted", "residue: the whole authority made anew, on a machine that has seen nothing"),
    },
    {
      id: "R6",
      attack: "a secret compressed, split or encoded four times",
      does: "not seen",
      tests: evasion("gzip", "base64, four times", "a split literal"),
    },
    {
      id: "R7",
      attack: "an amended commit whose message is given with -m; notes, tags and fast-forwards",
      does: "not seen at the commit; stopped at the push",
      tests: evasion("commit --amend -m of a commit that holds it", "git notes", "a fast-forward merge"),
    },
    {
      id: "R8",
      attack: "a bundle's listing is taken back into the repository",
      does: "refused: MALFORMED_MANIFEST",
      tests: tamper("places", "a bundle's listing taken back into the repository"),
    },
  ],
};
