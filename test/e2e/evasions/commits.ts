import { rmSync, symlinkSync } from "node:fs";
import { blobOf, CODE, commit, KEY, quietly, type Row, WORDS } from "./attempt.ts";

/** What a commit brings, whatever way it is staged. */
export const COMMITS: readonly Row[] = [
  { name: "git add -f .env", act: (a) => a.git("add", "-f", ".env").git("commit", "-qm", "x"), layer: "pre-commit" },
  { name: "a value in code", act: (a) => commit(a.write("a.js")), layer: "pre-commit" },
  { name: "in a subfolder with a space and ü", act: (a) => commit(a.write("über uns/a b.js")), layer: "pre-commit" },
  { name: "a file with a newline in its name", act: (a) => commit(a.write("a\nb.js")), layer: "pre-commit" },
  { name: "a file with a leading dash", act: (a) => commit(a.write("-rf.js")), layer: "pre-commit" },
  { name: "the value as a file name", act: (a) => commit(a.write(`${KEY}.txt`, "x")), layer: "pre-commit" },
  { name: "base64", act: (a) => commit(a.write("a.yml", `auth: ${Buffer.from(`user:${KEY}`).toString("base64")}\n`)), layer: "pre-commit" },
  {
    name: "double base64",
    act: (a) => commit(a.write("a.txt", Buffer.from(Buffer.from(KEY).toString("base64")).toString("base64"))),
    layer: "pre-commit",
  },
  {
    name: "numeric entities",
    act: (a) =>
      commit(
        a.write(
          "a.html",
          KEY.replace(/./g, (letter) => `&#${letter.charCodeAt(0)};`),
        ),
      ),
    layer: "pre-commit",
  },
  { name: "a list of bytes", act: (a) => commit(a.write("a.json", JSON.stringify([...Buffer.from(KEY)], null, 2))), layer: "pre-commit" },
  { name: "hex", act: (a) => commit(a.write("a.txt", Buffer.from(KEY).toString("hex"))), layer: "pre-commit" },
  { name: "UTF-16", act: (a) => commit(a.write("a.txt", Buffer.from(CODE, "utf16le"))), layer: "pre-commit" },
  {
    name: "a binary file",
    act: (a) => commit(a.write("a.bin", Buffer.concat([Buffer.alloc(100), Buffer.from(KEY), Buffer.alloc(9)]))),
    layer: "pre-commit",
  },
  {
    name: "a file of 20 MB, across a part's end",
    act: (a) => commit(a.write("a.bin", Buffer.concat([Buffer.alloc((16 << 20) - 10, 65), Buffer.from(KEY), Buffer.alloc(12 << 20, 66)]))),
    layer: "pre-commit",
  },
  {
    name: "-diff attribute",
    act: (a) => commit(a.write(".gitattributes", "*.js -diff\n.env.vault text eol=lf\n").write("a.js")),
    layer: "pre-commit",
  },
  {
    name: "a textconv that masks",
    act: (a) => commit(a.git("config", "diff.mask.textconv", "true").write(".gitattributes", "*.js diff=mask\n").write("a.js")),
    layer: "pre-commit",
  },
  {
    name: "commit -a",
    act: (a) => commit(a.write("a.js", "1\n")).valueOf() && a.write("a.js").git("commit", "-qam", "x"),
    layer: "pre-commit",
  },
  {
    name: "commit PATH",
    act: (a) => commit(a.write("a.js", "1\n")).valueOf() && a.write("a.js").git("commit", "-qm", "x", "a.js"),
    layer: "pre-commit",
  },
  {
    name: "the index has it, the work tree is clean",
    act: (a) => a.write("a.js").git("add", "a.js").write("a.js", "clean\n").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  {
    name: "intent to add, then commit -a",
    act: (a) => a.write("a.js").git("add", "-N", "a.js").git("commit", "-qam", "x"),
    layer: "pre-commit",
  },
  {
    name: "a symbolic link's target",
    act: (a) => {
      symlinkSync(KEY, a.project.path("link"));
      commit(a);
    },
    layer: "pre-commit",
  },
  {
    name: "a symbolic link named .env to the value",
    act: (a) => {
      rmSync(a.project.path(".env"));
      symlinkSync(KEY, a.project.path(".env"));
      a.git("add", "-f", ".env").git("commit", "-qm", "x");
    },
    layer: "pre-commit",
  },
  {
    name: "a rename of a file that holds it",
    act: (a) => {
      quietly(a.write("a.js", `${CODE}${"x\n".repeat(50)}`));
      a.git("mv", "a.js", "b.js").git("commit", "-qm", "x");
    },
    layer: "pre-commit",
  },
  {
    name: "update-index --cacheinfo",
    act: (a) => {
      const oid = blobOf(a, CODE);
      a.git("update-index", "--add", "--cacheinfo", `100644,${oid},a.js`).git("commit", "-qm", "x");
    },
    layer: "pre-commit",
  },
  {
    name: "a clean filter that injects it",
    act: (a) =>
      commit(
        a
          .git("config", "filter.inject.clean", `sh -c 'cat; echo ${KEY}'`)
          .write(".gitattributes", "*.js filter=inject\n")
          .write("a.js", "1\n"),
      ),
    layer: "pre-commit",
  },
  {
    name: "a Git LFS pointer",
    act: (a) => {
      const oid = "a".repeat(64);
      a.write(`.git/lfs/objects/aa/aa/${oid}`);
      commit(a.write("a.bin", `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 40\n`));
    },
    layer: "pre-commit",
  },
  {
    name: "a deploy key string",
    act: (a) => commit(a.write("deploy.sh", a.project.ok(["deploy-key", "create", "ci"]).stdout)),
    layer: "pre-commit",
  },
  {
    name: "an age identity",
    act: (a) => commit(a.write("key.txt", "AGE-SECRET-KEY-1" + "GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n")),
    layer: "pre-commit",
  },
  { name: "recovery words", act: (a) => commit(a.write("notes.md", `# paper\n\n${WORDS}\n`)), layer: "pre-commit" },
  {
    name: "plaintext in a vault",
    act: (a) => commit(a.write(".env.vault", a.project.read(".env.vault").replace(/API_KEY=.*/, "API_KEY=plain"))),
    layer: "pre-commit",
  },
  {
    name: "a vault with conflict markers",
    act: (a) => commit(a.write(".env.vault", `<<<<<<< ours\n${a.project.read(".env.vault")}`)),
    layer: "pre-commit",
  },
  {
    name: "a vault with two lines swapped",
    act: (a) => commit(a.write(".env.vault", a.project.read(".env.vault").replace(/(API_KEY=\S+)\n\n(OTHER=\S+)/, "$2\n\n$1"))),
    layer: "pre-commit",
  },
  {
    name: "a forged manifest",
    act: (a) =>
      commit(a.write("envseal.json", a.project.read("envseal.json").replace('"public": []', '"public": [\n        "*"\n      ]'))),
    layer: "pre-commit",
  },
  {
    name: ".env.local",
    act: (a) => a.write(".env.local", "A=1\n").git("add", "-f", ".env.local").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  { name: ".envrc", act: (a) => commit(a.write(".envrc", "export A=1\n")), layer: "pre-commit" },
  { name: ".dev.vars", act: (a) => commit(a.write("worker/.dev.vars", "A=1\n")), layer: "pre-commit" },
  {
    name: "prod.env",
    act: (a) => a.write("prod.env", "A=1\n").git("add", "-f", "prod.env").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  {
    name: ".ENV in capitals",
    act: (a) => a.write(".ENV.PRODUCTION", "A=1\n").git("add", "-f", ".ENV.PRODUCTION").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  {
    name: ".env.keys of dotenvx",
    act: (a) => a.write(".env.keys", "DOTENV_PRIVATE_KEY=1\n").git("add", "-f", ".env.keys").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  {
    name: "a value of the vault that is staged, where the work tree has a later one",
    act: (a) => {
      const value = "sk_live_staged_9QzWxEcRvTb";
      for (const input of [value, "sk_live_later_7UjMnHyTgBv"]) {
        a.project.ok(["set", "API_KEY", "-q"], { input });
        if (input === value) a.write("a.js", `"${value}"\n`).git("add", "-A");
      }
      a.git("commit", "-qm", "x");
    },
    layer: "pre-commit",
  },
  {
    name: "an earlier value, after a new one was set",
    act: (a) => {
      a.project.ok(["set", "API_KEY", "-q"], { input: "another_value_7d2Fq9" });
      a.git("add", "-A").git("commit", "-qm", "new value");
      a.project.envseal(["check", "--all", "-q"]);
      commit(a.write("a.js"));
    },
    layer: "pre-commit",
  },
  {
    name: "a file that becomes a symbolic link",
    act: (a) => {
      commit(a.write("a.js", "1\n"));
      rmSync(a.project.path("a.js"));
      symlinkSync(KEY, a.project.path("a.js"));
      a.git("commit", "-qam", "x");
    },
    layer: "pre-commit",
  },
  {
    name: "an empty .env",
    act: (a) => a.write(".env", "").git("add", "-f", ".env").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  {
    name: "a Git LFS object of 20 MB, across a part's end",
    act: (a) => {
      const oid = "b".repeat(64);
      a.write(
        `.git/lfs/objects/bb/bb/${oid}`,
        Buffer.concat([Buffer.alloc((8 << 20) - 10, 65), Buffer.from(KEY), Buffer.alloc(12 << 20, 66)]),
      );
      commit(a.write("a.bin", `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 20971542\n`));
    },
    layer: "pre-commit",
  },
];
