import { escapes, evasion, hostile, inputs, review, type Section } from "./row.ts";

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
        "configuration",
        "its programs are such that plain git starts them",
        "starts nothing when it is read, %s",
        "starts nothing when it is written to",
      ),
    },
    {
      id: "H2",
      attack: "hooks in `.git/hooks` or `core.hooksPath`, some that look like envseal's",
      does: "nothing is started: hooks are tried out only in clones that this person armed",
      tests: hostile("configuration", "starts nothing when it is read, %s"),
    },
    {
      id: "H3",
      attack: "`core.pager` where output goes to a terminal",
      does: "nothing is started: the person's own pager is used",
      tests: hostile("configuration", "starts no pager of its own choice"),
    },
    {
      id: "H4",
      attack: "a merge in it is resolved, with filters and merge drivers",
      does: "nothing is started",
      tests: hostile("configuration", "starts nothing when a merge in it is resolved"),
    },
    {
      id: "H5",
      attack: "objects that a promisor is said to have, to be fetched by the attacker's transport",
      does: "nothing is started, by an old git neither",
      tests: hostile("other-repositories", "fetches nothing: no transport is started for an object that a promisor is said to have"),
    },
    {
      id: "H6",
      attack: "a bare repository in a committed folder; submodules",
      does: "nothing is started",
      tests: hostile(
        "other-repositories",
        "takes no bare repository in a folder for the repository",
        "has submodules: theirs are their own affair",
      ),
    },
    {
      id: "H7",
      attack:
        "`node_modules/.bin`, `node_modules/envseal`, scripts of package.json, `.npmrc`, `.envsealrc`, programs named git, node, sh, less",
      does: "nothing is started (where PATH does not lead into the repository)",
      tests: hostile("files", "runs no program that only lies in it"),
    },
    {
      id: "H8",
      attack: "the manifest names a command as custody",
      does: "refused: MALFORMED_MANIFEST; it has no place for one",
      tests: [
        ...hostile("files", "names no program: a custody in the manifest is a word, and whoever writes more is refused"),
        "e2e/custody/command.test.ts#takes the identity from a command of the user's own, never from one of the repository's",
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
      tests: hostile("settings", "hides nothing from a guard or a history by settings of how git shows things"),
    },
  ],
};
