import { rmSync } from "node:fs";
import { type Attempt, blobOf, CODE, commit, dirtySide, KEY, quietly, type Row, unguarded, WORDS } from "./attempt.ts";

/** A branch that changes a file of envseal's by hand, made unguarded; back on main, which has it as it was. */
function editedSide(a: Attempt, path: string, edit: (text: string) => string): void {
  a.git("checkout", "-qb", "side");
  quietly(a.write(path, edit(a.project.read(path))));
  unguarded(a, "checkout", "-q", "main");
}
const swapped = (vault: string) => vault.replace(/(API_KEY=\S+)\n\n(OTHER=\S+)/, "$2\n\n$1");
const SIDE = ["side"];

/** What comes past pre-commit: by other commands, in messages and names, in what a push sends. */
export const HISTORY: readonly Row[] = [
  { name: "commit --no-verify", act: (a) => commit(a.write("a.js"), "--no-verify"), layer: "prepare-commit-msg" },
  {
    name: "commit --amend --no-edit of a commit that holds it",
    act: (a) => {
      quietly(a.write("a.js"));
      a.git("commit", "-q", "--amend", "--no-edit");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "commit --amend -m of a commit that holds it",
    act: (a) => {
      quietly(a.write("a.js"));
      a.git("commit", "-q", "--amend", "-m", "again");
    },
    layer: "pre-push",
  },
  {
    name: "cherry-pick",
    act: (a) => {
      dirtySide(a);
      a.git("cherry-pick", "side");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "revert of its removal",
    act: (a) => {
      quietly(a.write("a.js"));
      rmSync(a.project.path("a.js"));
      quietly(a);
      a.git("revert", "--no-edit", "HEAD");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "rebase",
    act: (a) => {
      dirtySide(a);
      quietly(a.write("b.js", "1\n"));
      unguarded(a, "checkout", "-q", "side");
      a.git("rebase", "main");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "a merge, no conflict",
    act: (a) => {
      dirtySide(a);
      quietly(a.write("b.js", "1\n"));
      a.git("merge", "-q", "-m", "merge", "side");
    },
    layer: "pre-merge-commit",
  },
  {
    name: "merge --no-verify",
    act: (a) => {
      dirtySide(a);
      quietly(a.write("b.js", "1\n"));
      a.git("merge", "-q", "--no-verify", "-m", "merge", "side");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "only in the resolution of a conflict",
    act: (a) => {
      quietly(a.write("a.js", "1\n"));
      a.git("checkout", "-qb", "side");
      quietly(a.write("a.js", "2\n"));
      unguarded(a, "checkout", "-q", "main");
      quietly(a.write("a.js", "3\n"));
      a.git("merge", "-q", "side");
      commit(a.write("a.js"));
    },
    layer: "pre-commit",
  },
  {
    name: "merge --squash, then commit",
    act: (a) => {
      dirtySide(a);
      a.git("merge", "-q", "--squash", "side").git("commit", "-qm", "x");
    },
    layer: "pre-commit",
  },
  { name: "in the commit message", act: (a) => a.git("commit", "-q", "--allow-empty", "-m", `uses ${KEY}`), layer: "commit-msg" },
  {
    name: "recovery words in the message of a plain commit",
    act: (a) => a.write("a.js", "1\n").git("add", "a.js").git("commit", "-qm", WORDS),
    layer: "commit-msg",
  },
  {
    name: "in the message, with --no-verify",
    act: (a) => a.git("commit", "-q", "--no-verify", "--allow-empty", "-m", `uses ${KEY}`),
    layer: "pre-push",
  },
  {
    name: "as the author's name",
    act: (a) => a.git("commit", "-q", "--allow-empty", "-m", "x", `--author=${KEY} <a@b.c>`),
    layer: "pre-push",
  },
  {
    name: "a fast-forward merge",
    act: (a) => {
      dirtySide(a);
      a.git("merge", "-q", "--ff-only", "side");
    },
    layer: "pre-push",
  },
  {
    name: "a vault with two lines swapped, on a branch that is not checked out",
    act: (a) => editedSide(a, ".env.vault", swapped),
    layer: "pre-push",
    push: SIDE,
  },
  {
    name: "a forged manifest, on a branch that is not checked out",
    act: (a) => editedSide(a, "envseal.json", (text) => text.replace('"required": []', '"required": [\n        "API_KEY"\n      ]')),
    layer: "pre-push",
    push: SIDE,
  },
  {
    name: "a vault from elsewhere, put into another place on a branch that is not checked out",
    act: (a) => {
      a.git("checkout", "-qb", "side");
      quietly(a.write("apps/.env.vault", a.project.read(".env.vault")));
      unguarded(a, "checkout", "-q", "main");
    },
    layer: "pre-push",
    push: SIDE,
  },
  {
    name: "a vault with two lines swapped, in a tag alone",
    act: (a) => {
      editedSide(a, ".env.vault", swapped);
      a.git("tag", "-a", "v2", "-m", "second", "side").git("branch", "-qD", "side");
    },
    layer: "pre-push",
    push: ["v2"],
  },
  {
    name: "git am",
    act: (a) => {
      quietly(a.write("a.js"));
      const patch = a.out("format-patch", "--stdout", "HEAD~1");
      unguarded(a, "reset", "-q", "--hard", "HEAD~1");
      a.raw(["git", "am", "-q"], {}, `${patch}\n\n`);
    },
    layer: "pre-push",
  },
  {
    name: "commit-tree and update-ref",
    act: (a) => {
      a.write("a.js").git("add", "a.js");
      const tree = a.out("write-tree");
      const made = a.out("commit-tree", tree, "-p", "HEAD", "-m", "x");
      a.git("update-ref", "refs/heads/main", made);
    },
    layer: "pre-push",
  },
  {
    name: "fast-import",
    act: (a) => {
      a.raw(
        ["git", "fast-import", "--quiet"],
        {},
        `commit refs/heads/imported\ncommitter A <a@b.c> 1700000000 +0000\ndata 1\nx\nM 100644 inline a.js\ndata ${CODE.length}\n${CODE}\n`,
      );
    },
    layer: "pre-push",
    push: ["imported"],
  },
  { name: "git notes", act: (a) => a.git("notes", "add", "-m", `see ${KEY}`), layer: "pre-push", push: ["refs/notes/commits"] },
  {
    name: "a stash, pushed",
    act: (a) => a.write("README.md", CODE).git("add", "README.md").git("stash", "-q"),
    layer: "pre-push",
    push: ["refs/stash:refs/heads/stash"],
  },
  { name: "an annotated tag's message", act: (a) => a.git("tag", "-a", "v1", "-m", `key ${KEY}`), layer: "pre-push", push: ["v1"] },
  {
    name: "a tag on a blob",
    act: (a) => {
      const oid = blobOf(a, CODE);
      a.git("tag", "blob", oid);
    },
    layer: "pre-push",
    push: ["blob"],
  },
  { name: "a tag's name", act: (a) => a.git("tag", KEY), layer: "pre-push", push: [KEY] },
  { name: "a branch's name", act: (a) => a.git("branch", `fix/${KEY}`), layer: "pre-push", push: [`fix/${KEY}`] },
];
