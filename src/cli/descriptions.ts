/** What each command does, in a paragraph: for `envseal help COMMAND` and docs/reference/cli.md alone, so nothing else loads it. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  init: "Finds every .env file from the repository's top downwards, shows its plan, asks once, and then makes your identity, a key for each environment, the vaults, envseal.json and 24 recovery words. It makes git ignore the plaintext files, takes tracked ones out of the index, and arms git's hooks. Run again, it does what is not done yet: a new .env.staging becomes an environment of its own. Files that another tool encrypted are left to envseal import.",
  doctor:
    "Looks at your identity, every vault, the ignore files, what git tracks, the hooks, the keys, the pins, the recovery words and the backup, and prints a fix under each line that says fail. It changes no file of the project. Ends with 1 where something is wrong.",
  completion:
    "Prints a script that completes commands and options, made from the same table as this help. Evaluate it in the start-up file of your shell; completing starts no process.",
  set: "Seals one value into the vault of the environment, and writes it into the plaintext file beside the vault where that agrees with it. The value comes from a hidden prompt, or from stdin up to its end (one line break at the end is dropped). NAME=VALUE as an argument is for public names alone: others on a command line would be in the shell's history and the process list, and are refused.",
  get: "Prints the value of one name to stdout, with one line break behind it. Everything else goes to stderr.",
  unset: "Takes names out of the vault, and out of the plaintext file beside it where that agrees with it. Old commits still have them.",
  list: "Prints the names, the key version of each, and which are public or required; never a value. With -q the names alone, one a line. With --unused it compares the names with what the tracked source files mention.",
  edit: "Opens all values as a dotenv file in $VISUAL, $EDITOR or vi. The file is in a private folder that is removed on every way out, and what you save is sealed. Only changed values get new tokens. Text that dotenv would misread is refused, and the editor can be opened again.",
  encrypt:
    "Seals plaintext files (default: each one beside a vault) into their vaults; unchanged values keep their tokens, so a diff shows what changed. It refuses where the vault has changes that the plaintext lacks, since sealing would undo them, and names them.",
  decrypt:
    "Writes the plaintext file beside each vault, byte for byte what was sealed: comments, quotes, line ends. A file that is there keeps its mode; a new one is only yours to read (0600). It refuses where the plaintext has changes that the vault lacks, and names them. --stdout prints one file and writes nothing.",
  sync: "Where only the plaintext changed, it is sealed; where only the vault changed, the plaintext is written; where both did, they are merged by name. Names that both sides changed differently are listed, and nothing is written. In a fresh clone, where nothing says when the two agreed, it refuses and has you choose encrypt or decrypt.",
  run: "Starts a program, without a shell, with the values of one environment in its environment variables. Variables that are already set win unless --override is given. Exit code, signals, terminal and stdin are passed through. The key variables are taken out of what the program gets. A missing required name, a wrong key or a changed vault stops it before it starts. With --redact each secret value, and each line of one, is masked where it stands as it is, in base64 or hex without a break, percent-encoded, escaped as JSON, JavaScript or the five signs of HTML, in Latin-1 or UTF-16. It guards against a slip: other spellings, which the guards of a commit may find, stay readable (arrays of numbers, hex with separators, base64 that is wrapped, quotes of a shell or of SQL, named HTML entities, two encodings in one another).",
  export:
    "Prints all values of one environment in the syntax of something else, or writes them to a file that only you can read. A docker file is for docker run --env-file; in an env_file Compose replaces $NAME, which the format compose escapes. Names that bash, zsh, ksh or fish keep for themselves (UID, path, status) are left out of shell, and named; so are, of shell and github, names that decide what code runs, or which repository, key or state is used, in all that is started later (PATH, HOME, BASH_ENV, LD_PRELOAD, NODE_OPTIONS, GIT_DIR, ENVSEAL_KEY), and run, the loader and the other formats say where a vault has such a name. Formats that cannot hold a value or a name (line breaks or 64 KiB in a docker file, a name with a dot in a shell) are refused, and nothing is written; nor is it over a vault, or over a plaintext that holds what its vault does not. Where it fails, shell prints false, so that eval fails too.",
  bundle:
    "Writes one vault and a manifest that lists only that vault into a folder, tagged for their new place. An image of one package of a monorepo needs no more than these two files and a key. Both are as public as their originals.",
  status:
    "Shows each environment with its active key, pin and vaults, the state of each vault, and how it differs from the plaintext beside it. It needs no key for what the manifest says; with one, each vault is opened. It reports and ends with 0; doctor is what ends with 1 where something is wrong.",
  "deploy-key":
    "create makes an identity for a machine, gives it access to one environment (with --all to every one), and prints its key string to stdout, once; nothing else goes there. It takes an admin. Commit envseal.json, and set the key as ENVSEAL_KEY on the machine. With --rotate the machine may replace the key too, and leave people out; it gives access to nobody. list shows the deploy keys there are; envseal revoke NAME takes one away.",
  rotate:
    "Makes a new key version for an environment, seals all of its vaults under it, and links it to the old one, so that whoever has access now still reads every old commit. A reason other than scheduled raises the floor: what is sealed under an older key is then refused in current vaults. Interrupted at any point, it is finished by running it again. --all rotates every environment that your key opens, names the others with who can do it, and ends with 3 then.",
  join: "Makes an age identity on this machine, and puts a request with its public half into envseal.json; commit and push that. An admin compares the fingerprint with you and runs envseal grant NAME. With --pin, a pin that they told you confirms the project on this machine at once. With --identity it uses an identity you have.",
  grant:
    "Signs access for one more recipient, and wraps the active key for them: for someone who asked with envseal join, or for an age recipient (age1…) that you give. It takes an admin, and shows the fingerprint to compare first. Whoever is given access reads all old commits too. Where your key does not open the environment, the entry waits until somebody who opens it runs envseal sync. --admin, --rotate and --member set what they may decide.",
  revoke:
    "Takes a recipient's access and role away, rotates each environment that you open, raises its floor, and lists the values they know: change those at their providers. Old commits stay readable to them; nothing that is sealed afterwards is.",
  recipients:
    "Lists people, deploy keys and recovery words: the role and the fingerprint of each (with --json recipient and signing key too), what they have access to, who signed that, and requests that wait for a grant. Since when, and how an identity is held, are claims: nobody signs them.",
  pin: "The pin stands for the project's authority: who decides, and which environments there are. Without an action it is shown. confirm says, once for each machine, that it is the right one: compare it with a teammate's by another way than git. Until then a checkout can be read, and nothing is sealed, granted or signed with it, but by a key string, which carries the pin.",
  env: "list shows the environments, their vaults and who opens them. add makes one with a first key and an empty vault; the admin who adds it and the recovery words open it. remove takes it out of the authority with its keys, and deletes its vaults; git history keeps what was committed.",
  keys: "Without an action: every key version of each environment, with its state (active, deactivated, suspended, compromised, destroyed) and how many values are still sealed under it. suspend and compromise mark a version; where it is the active one, they rotate first. destroy withdraws a version's key from the manifest for good: old commits need a backup then.",
  require:
    "Writes names into the signed part of the manifest. A loader, and envseal run, refuse to start where the vault lacks one of them, so that an older vault cannot slip in unnoticed.",
  public:
    "Writes names, or patterns with *, into the signed part of the manifest, asks where that shows a value that was secret, and seals the vaults anew where they change. A public value stands in the vault in clear, beside its seal: git diff shows it, envseal set takes it as an argument, and no guard looks for it. Everything else is secret; init proposes what plainly is none. A value of several lines is never shown.",
  recovery:
    "create makes 24 words, which open every environment, and shows them once; a project has one set. confirm has you type the words on paper, and proves that they are the right ones. use takes the words, makes a new identity on this machine, and gives it access.",
  backup:
    "create writes all data keys that you can open into one age file under a passphrase. verify opens it and proves that every key in it is the one the manifest names. restore puts the keys back where the manifest or all identities are lost. Whoever has file and passphrase can do what any member can.",
  custody:
    "show says how your identity is held. move takes it to another place: a file of yours, a passphrase (sealed, in the manifest), the keychain of the system, or the output of a command such as your password manager's. Vaults and access entries stay byte for byte as they are.",
  unlock:
    "Asks for your identity once and keeps it for a time, so that loaders and commands find it. It is in a file of your own in the runtime folder, which is memory on Linux desktops. envseal lock ends it earlier.",
  lock: "Removes what envseal unlock left, for this project or for all. Your identity stays where it is held.",
  log: "Reads the whole history of the vaults in one process, and shows for each change the commit, date, author, name, kind of change and key version. Given a name, only that one, through renames of its vault. Values are masked unless --reveal is given.",
  show: "Prints the plaintext of a vault as a commit has it, byte for byte; REV:FILE takes the vault's path or the plaintext's. On a terminal the values are masked unless --reveal is given. Older keys are reached through the newest manifest in this clone.",
  diff: "Compares two states of all vaults by name: a commit with the work tree (default HEAD), or with the index (--staged), or two commits (A..B, A...B). It shows added, removed, changed and renamed names; a mere rotation is shown as that. Values appear with --reveal alone.",
  blame:
    "For each name of a committed vault: the commit, date and author that gave it the value it has today. A rotation re-seals everything and changes nothing, so it is skipped.",
  exposure:
    "Lists the values that somebody knows or may know, because they have not changed since a key was compromised (default), since a recipient had access (--recipient), or since a key version (--since-key). These are to be changed at their providers; a rotation alone does not change them.",
  resolve:
    "Walks through every vault and envseal.json that a merge left in conflict, shows what each side changed, masked, name by name, writes what you choose, and marks the file as settled for git. Changes of only one side, or equal on both, are taken without asking. A vault that the merge brought from below the floor is sealed under the active key once you have said that its values are right.",
  "merge-driver":
    "Called by git, as .gitattributes and envseal hooks install set it up. Merges a vault or the manifest by name, in place; ends with 1 where a conflict is left, between markers and still sealed.",
  textconv:
    "Called by git for diffs, as .gitattributes and envseal hooks install set it up. Prints names and key versions; values with --reveal, or where ENVSEAL_REVEAL is set.",
  hooks:
    "install arms the git hooks of this clone, each by the way that fits what is there (husky, lefthook, pre-commit, simple-git-hooks, git's own), sets the merge and diff drivers, and proves that git reaches the hooks. uninstall puts back what was there. status ends with 1 where a hook does not fire. --strict adds a filter and a veto of ref updates.",
  hook: "Called by git's hooks. The event is pre-commit, pre-merge-commit, prepare-commit-msg, commit-msg, pre-push and the like, with git's own arguments and stdin. Ends with 1 where something must not be recorded; an error blocks too.",
  scan: "Searches every file of the work tree, or with --history every object of the repository, for plaintext env files, key strings and the values of your secrets, today's and earlier ones, as they are or in base64, hex, URL, JSON, HTML or UTF-16. Without a key the values are not searched, and it says so. Ends with 1 where it finds something.",
  allow:
    "Lets the findings of one rule through for one file or one variable, with a reason and, better, a date. The entry is signed, so nobody without a key can add one. The rules are those of envseal check --explain.",
  check:
    "Looks at what git records, not at the work tree: the index (--staged, --all) or all objects of a range (--range, --ci). It finds plaintext env files, vaults and manifests that are broken or forged, key strings, and, with a key, the values of your secrets in any file. Structure and names need no key. Ends with 1 where it finds something, 5 where the range is not in this clone.",
  import:
    "Decrypts files of dotenvx, dotenv-vault, SOPS or git-crypt with the keys you have, checks them as the tool itself would, and seals their values into the vault of the environment in the file's name. The old files stay. Nothing is written unless every file could be opened. docs/guide/migrate.md has each tool step by step.",
  example:
    "Writes .env.example beside the vault: its names, public values, and the comments that are plainly prose: sentences and headings of common English words and of words that stand in the names. Any digit, quote, colon or rarer word keeps a comment out, since it may hold a secret. What is published is listed. What people wrote into the file stays, and only what is missing is added. envseal check reports where it lags behind, and comments in it that may hold a secret.",
  types:
    "Writes a TypeScript declaration of process.env with the names of one vault: required ones as string, others as possibly undefined. No value is in it.",
};

/**
 * What `--json` prints, for the commands that print data: the members stay, and others may be added. `?` is on what is not always
 * there. (test/e2e/json.test.ts compares it with what they print.)
 */
export const JSON_OUTPUT: Readonly<Record<string, string>> = {
  doctor: "{ok, checks: [{name, ok, detail, fix?}]}",
  get: "{name, value}",
  list: "{vault, environment, names: [{name, public, version, keyId, since, required}]}; with --unused {vault, unused: [name], unset: [{name, path}]}; with -r a list of these",
  export: "{NAME: value}",
  status:
    "{project, pin, confirmed, carried, manifest, you, role, environments: [{name, version, keyId, ageDays, due, recipients, waiting}], vaults: [{path, environment, values, state, problem}], notes}",
  "deploy-key": "create: {key}; list: [{name, environments, rotates, added, fingerprint}]",
  rotate: "[{environment, version, keyId, resumed, vaults, lost}]",
  join: "{name, recipient, signer, fingerprint}",
  recipients:
    "[{name, role, kind, environments: [{environment, since, signedBy, state}], added, custody, fingerprint, recipient, signer}]; state is ok, waiting, outdated or spoiled",
  pin: "{pin, confirmed, carried, revision}; carried is what brings the pin along (a key, ENVSEAL_PIN), or null",
  env: "[{name, version, vaults, access, waiting, rotators}]",
  keys: "[{purpose, environment, version, keyId, state, created, ageDays, due, reason, recipients, values, floor, held}]; suspend, and compromise of the active key: {environment, version, keyId, resumed, vaults, lost}; destroy: {environment, keyId, version, workTree, index, stashes, commits: [{oid, date}], allCommits, refs}",
  backup: "verify: {created, keys: [{environment, version, keyId, proof}], lacking}",
  custody: "show: {name, kind, where, recipient, fingerprint}",
  log: "[{commit, parents, author, email, date, subject, vault, path, movedFrom, created, deleted, problem, comments: {added, removed}, changes}]; each of changes: {name, kind, from?, before?, after?, problem?}, before and after: {version, keyId, public, value?}",
  diff: "{from, to, vaults: [{path, movedFrom, created, deleted, problem, comments: {added, removed}, changes}], manifests: [{path, lines}]}; changes as those of log",
  blame: "[{name, commit, author, email, date, subject, version, keyId, public, value?}]",
  exposure:
    "[{environment, who, current, secrets, values: [{name, file, sinceKey, sinceVersion, exposedKey, exposedIn, exposedVersion, firstSeen, lastChanged}], unjudged: [{name, problem, file}], notCompared, cut}]; firstSeen and lastChanged: {commit, date, author} or null",
  hooks: "status: {route, folder, armed, fires}",
  scan: "{findings: [{rule, path, environment?, name?, line?, level?, commit?, message, fix}]}",
  check:
    "{findings: [{rule, path, environment?, name?, line?, level?, commit?, message, fix}]}; with --explain {rule, summary, help}, or without a rule [{rule, summary}]",
  import: "{imported: [{file, vault, environment, outcome, names, warnings}]}",
};
