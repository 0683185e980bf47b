import { branch, comparison, escapes, evasion, forged, hostile, inputs, review, type Section, tamper } from "./row.ts";

export const FILES: Section = {
  title: "Vaults, manifests and keys",
  about: "What is written into the repository, or handed to a machine.",
  rows: [
    {
      id: "F1",
      attack: "lines are swapped, doubled, renamed, cut or taken from elsewhere",
      does: "refused: MOVED_VALUE, TAMPERED or MALFORMED_VAULT",
      tests: tamper(
        "swaps",
        "two lines change places",
        "a line is doubled under another name",
        "a variable is renamed in case only",
        "the end line of another vault is pasted",
      ),
    },
    {
      id: "F2",
      attack: "a byte order mark, UTF-16, NUL, CR, invalid UTF-8, white space at an end",
      does: "refused: MALFORMED_VAULT",
      tests: tamper("form", "a BOM", "UTF-16", "a NUL", "CR as the line end", "invalid UTF-8", "a trailing space behind a token"),
    },
    {
      id: "F3",
      attack: "a member of the manifest is forged: recipient, access, active, floor, key, link, state, date, public, required, allow, tag",
      does: "refused: FORGED_MANIFEST, FORGED_ACCESS, WRONG_KEY or MALFORMED_MANIFEST, or spoils that entry alone",
      tests: [
        ...forged(
          "an added recipient",
          "a swapped recipient key",
          "a re-activated old key",
          "widened public patterns",
          "an edited state",
          "an edited date",
          "a dropped version",
          "a removed floor",
          "a lowered floor",
          "dropped required names",
          "the wrong project",
          "a dropped environment",
          "an edited link",
          "a vault slipped in",
        ),
        ...tamper(
          "manifests",
          "`allow` extended",
          "the period changed",
          "a key's reason",
          "a key's version",
          "a key's history",
          "the environment's tag of another environment",
          "own access tag broken",
        ),
      ],
    },
    {
      id: "F4",
      attack: "one character of the manifest is changed, wherever",
      does: "refused, or the very same values",
      tests: tamper("form", "one character of the manifest changed at 100 offsets: refused, or the very same values"),
    },
    {
      id: "F5",
      attack: "huge, deep and duplicate JSON",
      does: "refused: MALFORMED_MANIFEST or IO, before it is computed with",
      tests: [
        ...tamper(
          "manifests",
          "a million levels",
          "more than 16 MiB",
          "a member twice",
          "a member twice, once escaped",
          "a second `required`, emptied",
        ),
        ...inputs(
          "a manifest of 100 000 recipients, or with a member twice behind as many, is judged at once",
          "a name of a megabyte, and 50 000 names in front of a forged one, are judged at once",
        ),
      ],
    },
    {
      id: "F6",
      attack: "`__proto__`, `constructor`, `toString` as variables, environments, recipients, key ids and JSON members",
      does: "names like any other, or refused; no prototype is reached",
      tests: [
        ...tamper("manifests", "__proto__ as a member", "__proto__ as a recipient", "__proto__ as a key", "constructor as a member"),
        ...tamper("plaintext", "__proto__ as a name"),
        ...tamper("form", "a key id that is a name of Object.prototype"),
        ...tamper("prototype-names", "as variables: sealed, listed and exported as any other", "as a deploy key"),
      ],
    },
    {
      id: "F7",
      attack: "costs of a key derivation that stop a machine (custody, age files in the manifest, backups)",
      does: "refused before they are computed",
      tests: [
        ...review("KDF costs are bounded together"),
        ...inputs(
          "an age file in the manifest under a passphrase of 2^62 rounds is not computed",
          "a backup under a passphrase of 2^30 rounds is not computed",
        ),
      ],
    },
    {
      id: "F8",
      attack: "symbolic links, devices and folders in place of vault, manifest, plaintext and state",
      does: "never written through; read only where they lead to the same file of the same project",
      tests: [
        ...tamper(
          "places",
          "a symbolic link to another vault",
          "a symbolic link to itself",
          "a symbolic link to a device",
          "a folder in the vault's place",
        ),
        ...inputs(
          "in place of %s is never written through",
          "in place of the manifest is read where it leads to the same project, and nowhere else",
          "in place of envseal's folder in the git folder changes nothing where it leads",
        ),
      ],
    },
    {
      id: "F9",
      attack: "a vault in another place, under another name, from another project",
      does: "refused: FOREIGN_VAULT or UNLISTED_VAULT",
      tests: tamper(
        "places",
        "a vault copied to another folder",
        "a vault copied over another of its environment",
        "a vault copied over another environment's",
        "a vault of another project",
        "a copy of the manifest beside a copy of the root's vault",
      ),
    },
    {
      id: "F10",
      attack: "keys: of another environment, project or vault, relabelled, mistyped, hostile",
      does: "refused: WRONG_KEY, NO_ACCESS or MALFORMED_KEY",
      tests: tamper(
        "keys",
        "of another environment",
        "of another project",
        "relabelled for another environment",
        "a hostile kind",
        "a read-only key for another vault",
      ),
    },
    {
      id: "F11",
      attack: "an identity file or folder that others can read",
      does: "refused: KEY_FILE_MODE",
      tests: tamper("keys", "an identity file that others can read", "an identity folder that others can enter"),
    },
    {
      id: "F12",
      attack: "an environment made anew with a key of the attacker's, where a pin exists",
      does: "refused: PIN_MISMATCH",
      tests: tamper(
        "remade",
        "the same for a deploy key",
        "the same for an age identity with its pin",
        "the machine's pins damaged: they prove nothing",
      ),
    },
    {
      id: "F13",
      attack: "mixed key versions, and tokens that claim another version",
      does: "opened while all are accepted; refused: TAMPERED, CORRUPT or BELOW_FLOOR",
      tests: inputs("open while all are accepted, each under the version that it says; none that says another"),
    },
    {
      id: "F14",
      attack: "rollback below the floor or the pin: line, vault, manifest, checkout",
      does: "refused: BELOW_FLOOR, KEY_UNKNOWN, NO_ACCESS or PIN_MISMATCH",
      tests: [
        ...tamper(
          "rotations",
          "a vault from before a rotation that raised the floor",
          "the manifest alone set back behind a rotation",
          "the whole checkout set back, for a deploy key made since",
        ),
        ...forged("an old vault under today's manifest, after a fence"),
      ],
    },
    {
      id: "F15",
      attack: "a proof is guessed byte by byte, by the time that a comparison takes",
      does: "tags, commitments, pins, MACs and nonces go through one comparison in constant time",
      tests: comparison(
        "the commitment and the environment's tag",
        "a vault's tag",
        "the age header, and an access entry's tag",
        "a link's commitment",
        "a pin",
        "a token's nonce",
        "the keys of a backup",
        "nothing of a key, tag, commitment or MAC is compared as text in core, age and custody",
      ),
    },
  ],
};

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
      does: "refused: PIN_MISMATCH; in a merge a person decides",
      tests: [
        ...forged("a fork by a leaver from the key he held"),
        ...branch(
          "does not have our values sealed under a key of his own, whatever keys his manifest names",
          "does not have his values sealed under our key where his manifest is turned down",
          "does not replace a colleague's recipient unseen in a third key",
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
  ],
};

export const HOSTILE: Section = {
  title: "Hostile repositories",
  about:
    "A repository of a stranger's, unpacked with its `.git`: git takes the configuration in there for the owner's own (`safe.directory` stops it only where another user owns the folder). A victim reads it with envseal. Each program in it would leave a trace; a test proves that plain git starts them.",
  rows: [
    {
      id: "H1",
      attack:
        "`core.fsmonitor`, `gpg.program`, `diff.external`, textconv, filters, aliases, pagers, `core.sshCommand`, `include.path`, attributes",
      does: "nothing is started, with a key and without one",
      tests: hostile(
        "its programs are such that plain git starts them",
        "starts nothing when it is read, %s",
        "starts nothing when it is written to",
      ),
    },
    {
      id: "H2",
      attack: "hooks in `.git/hooks` or `core.hooksPath`, some that look like envseal's",
      does: "nothing is started: hooks are tried out only in clones that this person armed",
      tests: hostile("starts nothing when it is read, %s"),
    },
    {
      id: "H3",
      attack: "`core.pager` where output goes to a terminal",
      does: "nothing is started: the person's own pager is used",
      tests: hostile("starts no pager of its own choice"),
    },
    {
      id: "H4",
      attack: "a merge in it is resolved, with filters and merge drivers",
      does: "nothing is started",
      tests: hostile("starts nothing when a merge in it is resolved"),
    },
    {
      id: "H5",
      attack: "objects that a promisor is said to have, to be fetched by the attacker's transport",
      does: "nothing is started, by an old git neither",
      tests: hostile("fetches nothing: no transport is started for an object that a promisor is said to have"),
    },
    {
      id: "H6",
      attack: "a bare repository in a committed folder; submodules",
      does: "nothing is started",
      tests: hostile("takes no bare repository in a folder for the repository", "has submodules: theirs are their own affair"),
    },
    {
      id: "H7",
      attack:
        "`node_modules/.bin`, `node_modules/envseal`, scripts of package.json, `.npmrc`, `.envsealrc`, programs named git, node, sh, less",
      does: "nothing is started (where PATH does not lead into the repository)",
      tests: hostile("runs no program that only lies in it"),
    },
    {
      id: "H8",
      attack: "the manifest names a command as custody",
      does: "refused: MALFORMED_MANIFEST; it has no place for one",
      tests: [
        ...hostile("names no program: a custody in the manifest is a word, and whoever writes more is refused"),
        "e2e/custody.test.ts#takes the identity from a command of the user's own, never from one of the repository's",
      ],
    },
    {
      id: "H9",
      attack: "file names that are options, pathspecs or lines of their own",
      does: "names like any other",
      tests: [
        ...evasion("a file with a leading dash", "a file with a newline in its name"),
        ...escapes("in a path, an author, an e-mail address, a message or an argument is shown, not obeyed"),
      ],
    },
    {
      id: "H10",
      attack: "escape sequences, reversed text and invisible marks in paths, authors, messages, file contents, folder names",
      does: "shown, not obeyed: on a terminal, in JSON, SARIF, annotations, hooks and the loader's errors",
      tests: escapes(
        "in a path, an author, an e-mail address, a message or an argument is shown, not obeyed",
        "in a hook's finding is shown, not obeyed",
        "in the folder of an app is shown by the loader's errors, not obeyed",
        "in a committed file is not obeyed where it is shown on a terminal",
      ),
    },
    {
      id: "H11",
      attack: "homoglyphs and unprintable marks in names of environments, recipients, variables and paths",
      does: "refused",
      tests: escapes("is no environment, recipient, variable or manifest name"),
    },
    {
      id: "H12",
      attack: "`lock` and writes are led by links into another's folder",
      does: "nothing is wiped or written there",
      tests: [
        ...review("lock wipes nothing through a link, and nothing in another's folder"),
        ...inputs("in place of %s is never written through"),
      ],
    },
    {
      id: "H13",
      attack: "settings of how git shows things: `log.showRoot`, `diff.relative`, `log.follow`, `color.ui`, `diff.orderFile`",
      does: "hide nothing from a guard or a history",
      tests: hostile("hides nothing from a guard or a history by settings of how git shows things"),
    },
  ],
};

export const REMAINS: Section = {
  title: "What remains",
  about: "Accepted, and said so in docs/THREAT-MODEL.md. Each is held by a test, so that a change in either direction is seen.",
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
      attack: "an environment made anew, on a machine that has no pin",
      does: "accepted, with the pin to compare",
      tests: tamper("accepted", "residue: an environment made anew, on a machine without a pin"),
    },
    {
      id: "R6",
      attack: "a secret compressed, split or twice encoded",
      does: "not seen",
      tests: evasion("gzip", "double base64", "a split literal"),
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
