import { branch, evasion, forged, review, type Section, tamper } from "./row.ts";

export const PEOPLE: Section = {
  title: "Leavers, branches and guards",
  about: "Somebody who held a key once, or whose branch is merged; and secrets on their way into git.",
  rows: [
    {
      id: "L1",
      attack: "a leaver seals under the key he kept",
      does: "refused: BELOW_FLOOR",
      tests: forged("a vault sealed by a leaver under a retired key"),
    },
    {
      id: "L2",
      attack: "a leaver makes another future from the key he held",
      does: "refused: FORGED_MANIFEST; in a merge a person decides",
      tests: [
        ...forged("a fork by a leaver from the key he held"),
        ...branch(
          "does not have our values sealed under a key of his own, whatever keys his manifest names",
          "does not have his values sealed under our key where his manifest is turned down",
          "gives nobody the third key under a colleague's name, nor under a name that no admin granted",
        ),
      ],
    },
    {
      id: "L3",
      attack: "a leaver removes his own entry, so that nothing is revoked",
      does: "rotates all the same",
      tests: tamper("remade", "revoke rotates although the leaver removed their own entry"),
    },
    {
      id: "L4",
      attack: "a request to join is swapped for the attacker's key",
      does: "not granted without its fingerprint",
      tests: review("a swapped recipient is not granted by --yes alone"),
    },
    {
      id: "L5",
      attack: "plaintext or a value is committed past the hook: `--no-verify`, index against work tree, plumbing, merges, stash",
      does: "stopped by a hook, by the push, or by `check --range`",
      tests: evasion(
        "commit --no-verify",
        "the index has it, the work tree is clean",
        "update-index --cacheinfo",
        "a merge, no conflict",
        "a stash, pushed",
        "refs/replace to a clean twin",
        "push --no-verify",
      ),
    },
    {
      id: "L6",
      attack: "a value is hidden from the guard: base64, hex, UTF-16, binary, attributes, names, messages",
      does: "stopped",
      tests: evasion(
        "base64",
        "double base64",
        "numeric entities",
        "a list of bytes",
        "hex",
        "UTF-16",
        "a binary file",
        "-diff attribute",
        "the value as a file name",
        "in the commit message",
        "a branch's name",
      ),
    },
    {
      id: "L7",
      attack: "the guard's program is removed, broken or killed",
      does: "the commit stops",
      tests: ["e2e/fail-closed.test.ts#whose program is gone, cut off, killed or throws, stops and says how to go on"],
    },
    {
      id: "L8",
      attack: "a value is pasted into `.env.example`, which says what is public; a key is copied with other line ends, or indented",
      does: "stopped, there and wherever else it is",
      tests: [
        "e2e/example-types-usage.test.ts#stops it there and wherever else it is, and leaves the defaults of examples alone",
        "guard/leaks.test.ts#finds a key of several lines %s",
      ],
    },
    {
      id: "L9",
      attack: "recovery words are committed: in a file, a message, however they are listed",
      does: "stopped",
      tests: [
        "guard/recovery-words.test.ts#are found: %s",
        ...evasion("recovery words", "recovery words in the message of a plain commit"),
      ],
    },
  ],
};
