import { attack, forged, type Section, tamper } from "./row.ts";

export const AUTHORITY: Section = {
  title: "The authority",
  about: "Who decides, and what somebody signs who does not: a member, a deploy key, a rotator, a leaver, or nobody that anyone knows.",
  rows: [
    {
      id: "A1",
      attack: "an environment that no admin added, with keys of its own for everybody",
      does: "never opened or chosen; silences no guard; stops nothing",
      tests: [
        ...attack(
          "self-made",
          "silences no guard",
          "is never opened, by nobody's choice of it, and opens nothing",
          "is not chosen in place of the only one that there is: %s",
          "hides no exposure and stops no revocation",
        ),
        ...tamper("remade", "an environment that nobody added, chosen by name"),
      ],
    },
    {
      id: "A2",
      attack: "a statement of the authority by somebody who is no admin: an admin, rotator or environment more, another `lowest`",
      does: "refused: FORGED_MANIFEST; found by `check`: forged-authority",
      tests: [
        ...attack("rights", "himself as an admin", "a lower `lowest`", "a higher `lowest`", "an environment more", "a rotator more"),
        ...forged("one more admin", "an authority's statement by somebody who is no admin", "an authority's statement in an admin's name"),
      ],
    },
    {
      id: "A3",
      attack: "access granted by somebody who holds the key and is no admin",
      does: "found by `check`: forged-access; gets nothing at the next rotation",
      tests: attack("rights", "somebody's access: $who, as $name, who holds the key"),
    },
    {
      id: "A4",
      attack: "floor or `lowest` is lowered, by an admin too",
      does: "refused: FORGED_MANIFEST",
      tests: [
        ...attack("rights", "a lower `lowest`, signed by an admin's own key: none is ever taken back"),
        ...forged("a lowered floor", "a lowered lowest revision", "a leaver's keys put back under the authority of today"),
      ],
    },
    {
      id: "A5",
      attack: "an older manifest and vault are put back after a revocation, whole or in part",
      does: "refused: OLDER_CHECKOUT, PIN_MISMATCH or FORGED_MANIFEST; nothing decrypted",
      tests: attack(
        "older",
        "is refused by get, run, export, decrypt and the loader, with nothing decrypted",
        "is stopped by the hooks, which write no plaintext of it",
        "is not opened by a machine that was told the newer pin, nor by the key of whoever came later",
        "in part gives nobody what was taken away: %s",
      ),
    },
    {
      id: "A6",
      attack: "a rotator's key is used to grant, to add environments or roles, or for another environment",
      does: "refused: NEEDS_ADMIN, nothing written",
      tests: attack("rights", "does not: %s %s %s %s", "a statement of an environment that is not the rotator's"),
    },
    {
      id: "A7",
      attack: "a revocation stops half-way, or lacks an admin",
      does: "seen by everybody, with a key and without; the next `rotate` finishes it",
      tests: [
        ...attack("older", "is visible in every other clone, with a key and without, until an admin has finished it"),
        ...attack("rights", "replaces a key and leaves people out; that nothing older counts is left for an admin, and everybody sees it"),
        "crash/rotation.test.ts#%s: every vault opens, everybody sees it, and another admin finishes it with no further key",
      ],
    },
  ],
};
