import { describe, expect, it } from "vitest";
import { runAction, workflowCommands } from "../../support/runner.ts";
import { Project } from "../../support/sandbox.ts";
import { head, KEY, project, pull, push, ZEROS } from "./repository.ts";

describe("the action's check", () => {
  it("passes without a key, with one notice, and still refuses plaintext", () => {
    const { repo } = project({ API_KEY: KEY });
    const base = head(repo);
    repo.write("a.js", "1\n");
    repo.commitAll("harmless");
    const ran = runAction(repo, { file: "x.env" }, { event: pull(base) });
    expect(ran).toMatchObject({ code: 0, env: {} });
    expect(workflowCommands(ran.stdout + ran.stderr)).toEqual([{ command: "notice", data: expect.stringContaining("no key is injected") }]);
    repo.git("add", "-f", ".env");
    repo.git("commit", "-qm", "oops");
    expect(runAction(repo, {}, { event: pull(base) })).toMatchObject({ code: 1, stdout: expect.stringMatching(/^::error file=\.env,/m) });
  });

  it("skips nothing for a word that it does not know", () => {
    const { repo } = project({ API_KEY: KEY });
    for (const inputs of [{ check: "yes" }, { export: "on" }])
      expect(runAction(repo, inputs)).toMatchObject({ code: 2, stderr: expect.stringContaining("take true or false") });
  });

  it("fails on a leak with an annotation and SARIF, and shows no value", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const base = head(repo);
    repo.write("src/a.js", `\n"${KEY}"\n`);
    repo.commitAll("oops");
    for (const event of [pull(base), push(base), { merge_group: { base_sha: base } }]) {
      const ran = runAction(repo, { key, export: "false", sarif: "out.sarif" }, { event });
      expect(ran).toMatchObject({ code: 1, stdout: expect.stringMatching(/^::error file=src\/a\.js,line=2,title=envseal%3A leak::/) });
      expect(ran.stdout + ran.stderr).not.toContain(KEY);
      const { runs } = JSON.parse(repo.read("out.sarif"));
      expect(runs[0].results).toMatchObject([{ ruleId: "leak", level: "error" }]);
    }
    const clean = runAction(repo, { key, export: "false", range: "HEAD..HEAD", sarif: "out.sarif" });
    expect(clean).toMatchObject({ code: 0, stdout: "" });
    expect(JSON.parse(repo.read("out.sarif")).runs[0].results).toEqual([]);
    expect(runAction(repo, { key, check: "false" }, { event: push(base) }).code).toBe(0);
  });

  it("takes a new or a rewritten branch from where it left the default one, and a first push whole", () => {
    const { repo, key } = project({ API_KEY: KEY });
    repo.write("a.js", `"${KEY}"\n`);
    repo.commitAll("already on main");
    const branch = repo.clone("clone");
    expect(runAction(branch, { key, export: "false" }, { event: push(ZEROS) })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("checks every file"),
    });
    branch.git("checkout", "-qb", "topic");
    branch.write("b.js", "1\n");
    branch.commitAll("new");
    for (const before of [ZEROS, "1".repeat(40)]) {
      const ran = runAction(branch, { key, export: "false" }, { event: push(before, "topic") });
      expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining(`checks ${head(repo)}..HEAD`) });
    }
    branch.git("checkout", "-q", "main");
    // Nothing was pushed: a schedule, or a run by hand.
    expect(runAction(branch, { key, export: "false" }, { event: { ref: "refs/heads/main" } })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("nothing was pushed"),
    });
  });

  it("looks into every commit of a first push, and of a default branch that was made anew", () => {
    const { repo, key } = project({ API_KEY: KEY });
    repo.write("a.js", `"${KEY}"\n`);
    repo.commitAll("oops");
    repo.git("rm", "-q", "a.js");
    repo.git("commit", "-qm", "never happened");
    const check = (event: object) => runAction(repo, { key, export: "false" }, { event });
    expect(check(push(ZEROS))).toMatchObject({ code: 1, stdout: expect.stringContaining("file=a.js") });
    expect(check(push("1".repeat(40)))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("file=a.js"),
      stderr: expect.stringContaining("what this push took the place of is not in this clone"),
    });
    expect(check({ ref: "refs/heads/main", repository: { default_branch: "main" } })).toMatchObject({ code: 0, stdout: "" });
  });

  it("refuses a branch whose default one is not in the clone", () => {
    const { repo } = project({ API_KEY: KEY });
    expect(runAction(repo, {}, { event: push(ZEROS, "topic") })).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/main, is not in this clone[\s\S]*git fetch origin \+refs\/heads\/main/),
    });
  });

  it("compares a forced push with what the branch was: keys that it takes back are missed, with a key or none", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const before = head(repo);
    repo.ok(["rotate", "--reason", "compromised", "-q"]);
    repo.commitAll("rotated");
    const rotated = head(repo);
    repo.git("reset", "-q", "--hard", before);
    for (const given of [{ key, export: "false" }, {}])
      expect(runAction(repo, given, { event: push(rotated) })).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/^::error file=envseal\.json.*v2/m),
      });
    // A branch that was put upon a newer base takes nothing back.
    repo.git("checkout", "-qb", "topic");
    repo.write("b.js", "1\n");
    repo.commitAll("work");
    const topic = head(repo);
    repo.git("reset", "-q", "--hard", rotated);
    repo.git("cherry-pick", topic);
    expect(runAction(repo, {}, { event: push(topic, "topic") })).toMatchObject({ code: 0, stdout: expect.not.stringContaining("::error") });
  });

  it("says to fetch everything where the base is missing from a shallow clone", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const base = head(repo);
    repo.write("a.js", "1\n");
    repo.commitAll("more");
    repo.git("clone", "-q", "--depth", "1", `file://${repo.folder}`, "../shallow");
    const shallow = new Project(repo.sandbox, repo.path("../shallow"));
    for (const event of [pull(base), push(base), push(ZEROS), {}])
      expect(runAction(shallow, { key, export: "false" }, { event })).toMatchObject({
        code: 5,
        stderr: expect.stringContaining("fetch-depth: 0"),
      });
  });

  it("says so where the event's file is cut off or not there", () => {
    const { repo } = project({ API_KEY: KEY });
    repo.write("../event.json", '{"ref":');
    for (const name of ["event.json", "none.json"])
      expect(repo.envseal(["check", "--ci"], { env: { GITHUB_EVENT_PATH: repo.path("..", name) } })).toMatchObject({
        code: 5,
        stderr: expect.stringMatching(new RegExp(`${name}.*\\[IO\\]`)),
      });
  });

  it("says where a CI system does not tell what was pushed, and the default branch is looked at as files alone", () => {
    const { repo } = project({ API_KEY: KEY });
    const clone = repo.clone("job");
    const unlooked = "does not say what was pushed";
    expect(clone.ok(["check", "--ci"]).stderr).toContain(unlooked);
    for (const env of [{ ENVSEAL_BASE: head(repo) }, { CI_COMMIT_BRANCH: "main", CI_DEFAULT_BRANCH: "main", CI_COMMIT_BEFORE_SHA: ZEROS }])
      expect(clone.ok(["check", "--ci"], { env }).stderr).not.toContain(unlooked);
  });
});
