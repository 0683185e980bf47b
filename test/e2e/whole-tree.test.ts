import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** A manifest and the vaults of the same commit belong together, whichever of them a commit touches. */

const FILES = { ".env": "API_KEY=sk_live_4eC39HqLyjWDarjtT1zdp7dc\n", "web/.env": "WEB_KEY=web_9fK2mQx7Lr4TzW\n" };

function project(files: Record<string, string> = FILES): Project {
  const made = sealedProject(files);
  made.commitAll("first");
  made.git("branch", "base");
  return made;
}

const found = (...parts: string[]) => ({ code: 1, stdout: expect.stringMatching(parts.join(".*")) });
const passes = { code: 0, stdout: "" };

/** Whoever asks, with a key or without: what is staged, and then what was committed, as CI and as a push see it. */
function everywhere(made: Project, expected: object, { staged = expected } = {}): void {
  const people = [{}, { env: made.sandbox.otherHome("nobody") }];
  for (const person of people) expect(made.envseal(["check", "--staged"], person)).toMatchObject(staged);
  made.git("commit", "-qm", "as it is");
  for (const person of people) {
    expect(made.envseal(["check", "--range", "base..HEAD"], person)).toMatchObject(expected);
    const { code, stderr } = push(made, person);
    expect({ code, stdout: stderr.replaceAll("\n", " ") }).toMatchObject(
      JSON.parse(JSON.stringify(expected)).code === 0 ? { code: 0 } : expected,
    );
  }
}

/** As git calls it for a branch that stood at `base`, or for a new one. */
function push(made: Project, options: { env?: Record<string, string> } = {}, from = made.git("rev-parse", "base").trim()) {
  const input = `refs/heads/main ${made.git("rev-parse", "HEAD").trim()} refs/heads/main ${from}\n`;
  return made.envseal(["hook", "pre-push", "origin", "../server.git"], { ...options, input });
}

describe("a rotation that was committed in part", () => {
  it("is found in vaults below the floor that the commit does not touch", () => {
    const made = project();
    made.ok(["rotate", "--reason", "offboarding", "-q"]);
    made.git("add", "envseal.json", ".env.vault");
    everywhere(made, found("web/\\.env\\.vault", "BELOW_FLOOR", "forged-vault"));
  });

  it("is found in vaults under a key that the manifest does not know, whatever the work tree's one knows", () => {
    const made = project();
    made.ok(["rotate", "-q"]);
    made.git("add", "*.vault");
    everywhere(made, found("KEY_UNKNOWN", "forged-vault"));
  });

  it("is told of where the old key still opens them", () => {
    const made = project();
    made.ok(["rotate", "-q"]);
    made.git("add", "envseal.json", ".env.vault");
    everywhere(made, {
      code: 0,
      stdout: expect.stringMatching(/^warning web\/\.env\.vault holds nothing under the active key.*unfinished-rotation/),
    });
  });

  it("is nothing where all of it was committed, and nothing of a later commit of something else", () => {
    const made = project();
    made.ok(["rotate", "--reason", "offboarding", "-q"]);
    made.git("add", "-A");
    everywhere(made, passes);
    made.write("a.js", "1\n");
    made.git("add", "a.js");
    everywhere(made, passes);
  });
});

describe("a vault that a manifest lists", () => {
  it("is missed where nobody committed it", () => {
    const made = project({ ".env": FILES[".env"] });
    made.write("web/.env", FILES["web/.env"]);
    made.ok(["init", "--yes", "--no-hooks", "-q"]);
    made.git("add", "envseal.json");
    everywhere(made, found("envseal.json lists web/\\.env\\.vault", "missing-vault"));
  });

  it("is missed where it was removed, and not where its entry went too", () => {
    const made = project();
    made.git("rm", "-q", "web/.env.vault");
    const missing = found("envseal.json lists web/\\.env\\.vault", "missing-vault");
    for (const scope of ["--staged", "--all"]) expect(made.envseal(["check", scope])).toMatchObject(missing);
    const manifest = JSON.parse(made.read("envseal.json"));
    delete manifest.vaults["web/.env.vault"];
    made.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
    made.git("add", "-A");
    everywhere(made, passes);
  });

  it("may move with its whole project", () => {
    const made = sealedProject({ ".env": "API_KEY=sk_live_4eC39HqLyjWDarjtT1zdp7dc\n" });
    for (const file of ["envseal.json", ".env.vault"]) made.write(`apps/web/${file}`, made.bytes(file));
    for (const file of ["envseal.json", ".env.vault", ".env"]) made.node(["-e", `fs.unlinkSync(${JSON.stringify(file)})`]);
    made.commitAll("first");
    made.git("branch", "base");
    made.git("mv", "apps/web", "apps/site");
    everywhere(made, passes);
  });
});

/** A manifest of two environments, `production` on a branch of its own. */
function twoEnvironments(): Project {
  return project({ ".env": FILES[".env"], ".env.production": "PROD_KEY=prod_5Tg8Nb2Vc6XzQw\n" });
}

const DROPPED = found("environment production was dropped", "manifest-change");

function withoutProduction(made: Project): void {
  const manifest = JSON.parse(made.read("envseal.json"));
  delete manifest.environments.production;
  delete manifest.vaults[".env.production.vault"];
  made.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
  made.git("rm", "-qf", ".env.production.vault");
}

function orphan(made: Project, path: string): void {
  made.git("checkout", "-q", "--orphan", "other");
  made.git("rm", "-rqf", ".");
  made.write(path, "<p>hello</p>\n");
  made.git("add", path);
  made.git("commit", "-qm", "other");
}

describe("what a commit loses of its parents", () => {
  it("is found: an environment, the project's id, the manifest", () => {
    const made = twoEnvironments();
    withoutProduction(made);
    made.git("add", "-A");
    everywhere(made, DROPPED);
    made.git("reset", "-q", "--hard", "base");
    made.write(
      "envseal.json",
      made.read("envseal.json").replace(/("project": ")(.)/, (_all, start, one) => start + (one === "A" ? "B" : "A")),
    );
    made.git("add", "-A");
    everywhere(made, found("another project's", "manifest-change"));
    made.git("reset", "-q", "--hard", "base");
    made.git("rm", "-q", "envseal.json");
    everywhere(made, found("envseal.json was deleted", "manifest-change"));
  });

  it("is found on a new branch, also below commits that touch nothing of it", () => {
    const made = twoEnvironments();
    made.git("update-ref", "refs/remotes/origin/main", "base");
    made.git("remote", "add", "origin", "../server.git");
    const none = "0".repeat(40);
    withoutProduction(made);
    made.commitAll("without");
    made.write("a.js", "1\n");
    made.commitAll("and more");
    expect(push(made, {}, none)).toMatchObject({ code: 1, stderr: expect.stringContaining("environment production was dropped") });
    made.git("reset", "-q", "--hard", "base");
    made.git("rm", "-q", "envseal.json");
    made.commitAll("gone");
    expect(push(made, {}, none)).toMatchObject({ code: 1, stderr: expect.stringContaining("envseal.json was deleted") });
    made.git("reset", "-q", "--hard", "HEAD~1");
    // What goes and comes back was never lost, and a branch of its own has nothing to lose.
    made.git("rm", "-q", "envseal.json");
    made.commitAll("gone again");
    made.git("checkout", "-q", "base", "--", "envseal.json");
    made.commitAll("and back");
    expect(push(made, {}, none)).toMatchObject({ code: 0 });
    orphan(made, "index.html");
    expect(push(made, {}, none)).toMatchObject({ code: 0 });
  });

  it("is found in a merge, whichever parent had it", () => {
    const made = project({ ".env": FILES[".env"] });
    made.git("checkout", "-q", "-b", "side");
    made.write(".env.production", "PROD_KEY=prod_5Tg8Nb2Vc6XzQw\n");
    made.ok(["init", "--yes", "--no-hooks", "-q"]);
    made.commitAll("production");
    made.git("checkout", "-q", "main");
    made.write("a.js", "1\n");
    made.commitAll("a");
    made.ok(["hooks", "install", "-q"]);
    expect(made.execute(["git", "merge", "-q", "-s", "ours", "-m", "merged", "side"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/production was dropped.*a parent of the merge has it/),
    });
    made.git("merge", "--abort");
    made.git("-c", "core.hooksPath=/dev/null", "merge", "-q", "-s", "ours", "-m", "merged", "side");
    made.git("update-ref", "refs/remotes/origin/main", "HEAD^");
    made.git("update-ref", "refs/remotes/origin/side", "side");
    made.git("remote", "add", "origin", "../server.git");
    expect(push(made, {}, made.git("rev-parse", "HEAD^").trim())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("production was dropped"),
    });
    made.git("reset", "-q", "--hard", "HEAD^");
    made.git("merge", "-q", "-m", "merged", "side");
    expect(push(made, {}, made.git("rev-parse", "HEAD^").trim())).toMatchObject({ code: 0 });
  });

  it("is found where a push puts a branch back to before", () => {
    const made = twoEnvironments();
    orphan(made, "a.js");
    expect(push(made)).toMatchObject({ code: 1, stderr: expect.stringContaining("envseal.json was deleted") });
  });
});
