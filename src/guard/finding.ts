/** What a guard reports: where, under which rule, and what to do. Never a value. */
export interface Finding {
  rule: RuleId;
  path: string;
  /** The variable it is about. */
  name?: string;
  /** The environment whose value, vault or settings it is about, where it is of one: only that one's settings let it through. */
  environment?: string;
  /** From 1; undefined where the finding is about the whole file, or it is no text. */
  line?: number | undefined;
  /** A warning stops nothing. Default: error. */
  level?: "error" | "warning";
  /** The commit it was found in, where a range or history was looked through. */
  commit?: string;
  message: string;
  fix: string;
}

export interface Rule {
  /** One line: what it finds. */
  summary: string;
  /** Why it matters, and what mends it. */
  help: string;
}

/** Every rule, with what it is for. */
export const RULES = {
  "plaintext-file": {
    summary: "a file that holds environment variables in clear is about to be recorded in git",
    help: "Git keeps it for ever, and every clone has it. Take it out of the index (git rm --cached), ignore it, and let its vault take its place. If it was pushed, change its secrets at their providers.",
  },
  "env-link": {
    summary: "a symbolic link with the name of an env file has variables for a target, and no path",
    help: "Git records a link's target as text, and every clone has it. Take it out of the index (git rm --cached), and put its secrets into a vault. A link to a path is no plaintext: what it leads to is looked at where it is.",
  },
  "peer-file": {
    summary: "an env file that another tool encrypted (dotenvx, SOPS, git-crypt, age, GnuPG, openssl, Laravel, Ansible) is recorded in git",
    help: "A warning: it is not in clear, and nobody looked into it. Where a vault takes its place, import it: envseal import dotenvx, sops or git-crypt.",
  },
  "broken-vault": {
    summary: "a vault does not have exactly the form of one: plaintext in it, a name twice, conflict markers, a part missing",
    help: "No loader would open it. Take the file from git again, or finish the merge.",
  },
  "broken-manifest": {
    summary: "envseal.json cannot be read as a manifest",
    help: "No loader would start. Take the file from git again; after a merge, take one side whole.",
  },
  "manifest-change": {
    summary:
      "envseal.json goes back: it drops or edits a key or a right, lowers the floor or a revision, or goes through a state that SP 800-57 does not know",
    help: "No command of envseal does that: it was edited by hand, merged badly, or by someone who wants an old key back. Take the file from git again.",
  },
  "missing-vault": {
    summary: "envseal.json lists a vault that the same commit does not have",
    help: "Whoever takes that commit cannot start what needs it. Commit the vault too; if it is gone for good, delete its entry from envseal.json.",
  },
  "unfinished-rotation": {
    summary:
      "a rotation is not at its end: a replaced key, or one that a leaver knows, is still accepted, or a vault holds nothing under the active key",
    help: "A warning: it opens, but the rotation was interrupted, committed without a vault, or made by a rotator whom an admin has to follow; or an admin took access away without the key to replace; or the vault comes from a branch of before. Commit the vaults that the rotation wrote, or run envseal rotate -e ENVIRONMENT, which finishes it.",
  },
  "forged-manifest": {
    summary: "a part of envseal.json (a statement, settings, a listing) was changed by someone without the right or the key",
    help: "Every reader refuses it. Take the last good file from git, and make the change with a command.",
  },
  "forged-authority": {
    summary: "a statement of the authority in envseal.json was signed by nobody who may, or leads to nothing that is trusted",
    help: "It says who decides and which environments there are. Every reader refuses it. Take the last good envseal.json from git, and make the change with a command, by an admin.",
  },
  "new-root": {
    summary: "envseal.json has an authority of which nothing is known where it is checked: a first one, or one in the place of another",
    help: "Whoever makes a project, or takes one over, makes its own admins. Compare its pin with an admin's by another way than git; then give it to the check: envseal check --pin PIN. A warning where it takes the place of another one and its pin was confirmed.",
  },
  "forged-access": {
    summary: "an access entry was slipped in, or its recipient swapped, by someone without the right to give access",
    help: "It opens nothing, and gets nothing at the next rotation. Remove it, or have an admin grant it after comparing fingerprints by another way than git.",
  },
  "forged-vault": {
    summary: "a vault does not open with its key: a line was changed, moved or taken from elsewhere",
    help: "Take the file from git again; git log tells who changed it.",
  },
  "key-in-file": {
    summary: "a key string, an age identity or 24 recovery words stand in a file",
    help: "Whoever reads the repository has that key. Take it out; revoke it, which rotates; and make a new one.",
  },
  leak: {
    summary: "the value of a secret stands in a file, message or name",
    help: "Found by the value itself, also where it is encoded (base64, hex, percent, backslashes, entities, dumps and many more), and earlier values too. Read it from the environment instead. Where it was pushed, change it at its provider.",
  },
  "old-token": {
    summary: "a value that had been replaced or removed earlier in history is back, by its very token",
    help: "Someone put an old line of a vault back: by a revert or a merge, or to roll a secret back. Setting the value again makes the same token. If it is meant, say so: envseal allow old-token --name NAME -e ENVIRONMENT --reason WHY; where CI has no key, what is allowed counts when it is on the target branch. A rotation (envseal rotate -e ENVIRONMENT) ends the question too. Of public values it is a warning.",
  },
  "removed-name": {
    summary: "a name was removed from a vault",
    help: "An app that needs it would not find it. Require names that must be there: envseal require NAME -e ENVIRONMENT.",
  },
  "example-drift": {
    summary: ".env.example and the vaults beside it do not have the same names",
    help: "A warning: whoever starts from the example lacks a variable, or sets one that nothing has. envseal example adds what is missing; with --prune it takes out what no vault beside it has.",
  },
  "example-comment": {
    summary: "a comment in .env.example may hold a secret",
    help: "A warning: it is no plain sentence, so that envseal example would not publish it, and has the form of a login, a token, a key or an assignment of a secret. Whoever reads the repository reads it. Take out what is a secret, and change it at its provider; what is none may stay.",
  },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;

/** True if it stops a commit, a push or a build. */
export function blocks({ level }: Finding): boolean {
  return level !== "warning";
}
