import { readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AtHead } from "../../../src/features/check/at-head.ts";
import { stagedBlobs } from "../../../src/git/blobs.ts";
import { MANIFEST_FILES, VAULT_FILES } from "../../../src/git/objects.ts";
import { gitLines } from "../../../src/git/output.ts";
import { filesAt } from "../../../src/git/trees.ts";
import { git } from "../../e2e/hooks/repository.ts";
import { type Project, sealedProject } from "../../support/sandbox.ts";

const VAULTS = [".env.vault", ".env.dev.vault"];

function project(): Project {
  const made = sealedProject({ "app/.env": "A=one_2f7Xq1\n", "app/.env.dev": "A=two_2f7Xq1\n", "README.md": "app\n" });
  made.commitAll("first");
  return made;
}

/** What the index tells, and what git says when it is asked. */
function both({ folder }: Project, root = `${folder}/app`) {
  const rows = gitLines(folder, ["ls-files", "--stage", "-z", "--", MANIFEST_FILES, VAULT_FILES], { nul: true });
  const index = rows.map((row) => {
    const [mode = "", oid = "", stage = ""] = row.slice(0, row.indexOf("\t")).split(" ");
    return { mode, oid, stage, path: row.slice(row.indexOf("\t") + 1) };
  });
  const told = new AtHead(folder, index, stagedBlobs(folder)).versions(root, VAULTS);
  const paths = VAULTS.map((path) => `./${path}`);
  return { told, asked: filesAt(root, ["HEAD"], paths).map(({ path, oid }) => ({ path: path.slice(2), oid })) };
}

const stage = (made: Project) => made.git("add", "-A");
const takeOut = (made: Project) => made.git("rm", "-q", "--cached", "app/.env.vault");

/** What somebody did → true where the index tells it all. */
const STATES: Record<string, [steps: ((made: Project) => unknown)[], tells: boolean]> = {
  nothing: [[], true],
  "a change that is not staged": [[(made) => made.write("app/.env.vault", "x\n")], true],
  "a staged change": [[(made) => made.write("app/.env.vault", "x\n"), stage], true],
  "a vault that is taken out": [[takeOut], true],
  "a link in its place": [[(made) => rmSync(made.path("app/.env.vault")), link, stage], true],
  "one that is announced only": [
    [takeOut, (made) => made.git("commit", "-qnm", "without"), (made) => made.git("add", "-N", "app/.env.vault")],
    false,
  ],
  "a merge that is left to people": [[conflict], false],
  "a folder that was moved": [[(made) => renameSync(made.path("app"), made.path("web"))], false],
};

function link(made: Project): void {
  symlinkSync("x", made.path("app/.env.vault"));
}

function conflict(made: Project): void {
  const change = (text: string) => {
    made.write("app/.env.vault", text);
    made.git("commit", "-qanm", text);
  };
  made.git("checkout", "-qb", "other");
  change("other\n");
  made.git("checkout", "-q", "-");
  change("ours\n");
  git(made, ["merge", "other"]);
}

describe("what HEAD has in place of vaults", () => {
  it.each(Object.entries(STATES))("is what git says, after %s", (name, [steps, tells]) => {
    const made = project();
    for (const step of steps) step(made);
    const { told, asked } = both(made, name === "a folder that was moved" ? made.path("web") : undefined);
    // What it does not tell, git is asked for.
    if (tells || told !== undefined) expect(told).toEqual(asked);
  });

  it("is asked of git where a link leads to the project, or it lies elsewhere", () => {
    const made = project();
    symlinkSync("app", made.path("way"));
    expect(both(made, made.path("way")).told).toBeUndefined();
    const elsewhere = project();
    const { folder } = made;
    expect(new AtHead(folder, [], stagedBlobs(folder)).versions(elsewhere.folder, [".env.vault"])).toBeUndefined();
  });
});

it("an ordinary commit is looked at with two gits", () => {
  const made = project();
  made.ok(["hooks", "install", "-q"]);
  made.write("a.js", "1\n");
  made.git("add", "a.js");
  const trace = made.path(".git/trace");
  expect(git(made, ["commit", "-qm", "an ordinary message"], { GIT_TRACE: trace })).toEqual({ code: 0, output: "" });
  const started = readFileSync(trace, "utf8").match(/(?<=trace: built-in: git )(?!commit|maintenance|gc)\S+/g);
  expect(started).toEqual(["diff-index", "ls-files"]);
});
