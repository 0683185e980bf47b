import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { type Attempt, blobOf, CODE, commit, KEY, quietly, type Row, unguarded } from "./attempt.ts";

/** A commit that got to the remote unguarded, and an empty repository beside it. */
function onOriginOnly(a: Attempt): Attempt {
  quietly(a.write("a.js"));
  return a.git("push", "-q", "--no-verify", "origin", "HEAD:main").git("init", "-q", "--bare", "../public.git");
}

/** What a push sends, past every hook of a commit. */
export const PUSHES: readonly Row[] = [
  {
    name: "added, then removed, in one push",
    act: (a) => {
      quietly(a.write("a.js"));
      rmSync(a.project.path("a.js"));
      quietly(a);
    },
    layer: "pre-push",
  },
  {
    name: "two refs in one push, in the second",
    act: (a) => {
      a.git("branch", "clean");
      a.git("checkout", "-qb", "dirty");
      quietly(a.write("a.js"));
    },
    layer: "pre-push",
    push: ["clean", "dirty"],
  },
  {
    name: "refs/replace to a clean twin",
    act: (a) => {
      quietly(a.write("a.js"));
      const dirty = a.out("rev-parse", "HEAD:a.js");
      const clean = blobOf(a, "clean\n");
      a.git("replace", dirty, clean);
    },
    layer: "pre-push",
  },
  {
    name: "already on another remote",
    act: (a) => {
      quietly(a.write("a.js"));
      a.git("init", "-q", "--bare", "../other.git")
        .git("remote", "add", "other", "../other.git")
        .git("push", "-q", "--no-verify", "other", "HEAD:main");
    },
    layer: "pre-push",
  },
  {
    name: "already where the remote is fetched from, and not where it is pushed to",
    act: (a) => onOriginOnly(a).git("config", "remote.origin.pushurl", "../public.git"),
    layer: "pre-push",
  },
  {
    name: "already where the remote is fetched from, and pushed elsewhere by an alias",
    act: (a) => onOriginOnly(a).git("config", "url.../public.pushInsteadOf", a.out("remote", "get-url", "origin").replace(/\.git$/, "")),
    layer: "pre-push",
  },
  {
    name: "already where the remote is fetched from, and pushed to a second URL of it too",
    act: (a) => {
      onOriginOnly(a).git("remote", "set-url", "--add", "origin", "../public.git");
      quietly(a.write("b.js", "2\n"));
    },
    layer: "pre-push",
  },
  {
    name: "already on a remote whose name begins with this one's",
    act: (a) => {
      quietly(a.write("a.js"));
      a.git("init", "-q", "--bare", "../fork.git").git("config", "remote.origin/fork.url", "../fork.git");
      a.git("config", "remote.origin/fork.fetch", "+refs/heads/*:refs/remotes/origin/fork/*");
      a.git("push", "-q", "--no-verify", "origin/fork", "HEAD:main");
    },
    layer: "pre-push",
  },
  {
    name: "pushed by words of its message, one of which is a zero",
    act: (a) => {
      unguarded(a.write("a.js").git("add", "a.js"), "commit", "-qm", "release 0 again");
    },
    layer: "pre-push",
    push: ["HEAD^{/release 0 again}:refs/heads/release"],
  },
  {
    name: "a commit replaced by a clean twin",
    act: (a) => {
      quietly(a.write("a.js"));
      const twin = a.out("commit-tree", "HEAD~1^{tree}", "-p", "HEAD~1", "-m", "x");
      a.git("replace", "HEAD", twin);
    },
    layer: "pre-push",
  },
  {
    name: "an empty .env, whose content every history has",
    act: (a) => {
      commit(a.write("empty.txt", ""));
      a.git("push", "-q", "origin", "HEAD:main").write("web/.env", "").git("add", "-f", "web/.env");
      unguarded(a, "commit", "-qm", "x");
    },
    layer: "pre-push",
  },
  {
    name: "a .env beside a file of the same content",
    act: (a) => {
      a.write("a.txt", "A=1\n").write("web/.env", "A=1\n").git("add", "-f", "a.txt", "web/.env");
      unguarded(a, "commit", "-qm", "x");
    },
    layer: "pre-push",
  },
  {
    name: "a .env in a folder with a newline in its name",
    act: (a) => {
      a.write("a\nb/.env", "A=1\n").git("add", "-f", "a\nb/.env");
      unguarded(a, "commit", "-qm", "x");
    },
    layer: "pre-push",
  },
  {
    name: "a .env that only a merge commit has",
    act: (a) => {
      a.git("checkout", "-qb", "side");
      quietly(a.write("b.js", "2\n"));
      unguarded(a, "checkout", "-q", "main");
      quietly(a.write("c.js", "3\n"));
      unguarded(a, "merge", "-q", "--no-commit", "side");
      a.write("web/.env", "1\n").write("d.txt", "1\n").git("add", "-f", "web/.env", "d.txt");
      unguarded(a, "commit", "-qm", "merge");
    },
    layer: "pre-push",
  },
  {
    name: "a Git LFS pointer, pushed",
    act: (a) => {
      const oid = "a".repeat(64);
      a.write(`.git/lfs/objects/aa/aa/${oid}`);
      quietly(a.write("a.bin", `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 40\n`));
    },
    layer: "pre-push",
  },
  { name: "hooks switched off, then pushed", act: (a) => quietly(a.write("a.js")), layer: "pre-push" },
  {
    name: "push --no-verify",
    act: (a) => {
      quietly(a.write("a.js"));
      a.git("push", "-q", "--no-verify", "origin", "HEAD:main");
    },
    layer: "check --range",
  },
  { name: "gzip", act: (a) => commit(a.write("a.gz", spawnSync("gzip", ["-c"], { input: CODE }).stdout)), layer: "nothing" },
  {
    name: "base64, four times",
    act: (a) => {
      const encode = (text: string) => Buffer.from(text).toString("base64");
      return commit(a.write("a.txt", encode(encode(encode(encode(KEY))))));
    },
    layer: "nothing",
  },
  { name: "a split literal", act: (a) => commit(a.write("a.js", `"${KEY.slice(0, 12)}" + "${KEY.slice(12)}"\n`)), layer: "nothing" },
];
