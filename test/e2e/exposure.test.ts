import { describe, expect, it } from "vitest";
import type { Project } from "../support/sandbox.ts";
import { type Merging, mergingProject, SECRETS } from "../support/team.ts";

interface Report {
  environment: string;
  who: string;
  secrets: number;
  current: boolean;
  values: {
    name: string;
    file: string;
    sinceVersion: number;
    firstSeen: { commit: string } | null;
    lastChanged: { commit: string } | null;
  }[];
  unjudged: { name: string; problem: string }[];
}
const exposure = (project: Project, ...args: string[]) => JSON.parse(project.ok(["exposure", "--json", ...args]).stdout) as Report[];
const names = (project: Project, ...args: string[]) => exposure(project, ...args).flatMap(({ values }) => values.map(({ name }) => name));
const all = Object.keys(SECRETS);
const head = ({ project }: Merging, revision = "HEAD") => project.git("rev-parse", revision).trim();

describe("exposure", () => {
  it("lists what is unchanged since a compromised key; a new value takes it off the list", () => {
    const merging = mergingProject();
    const first = head(merging);
    merging.set("API_KEY", "before-rotation-99").commit("edit");
    const rotate = merging.project.ok(["rotate", "--reason", "compromised"]);
    expect(rotate.stderr).toContain("change these at their providers");
    expect(rotate.stderr).toMatch(/API_KEY +\.env\.vault +v1 /);
    merging.commit("rotate");
    const [report] = exposure(merging.project);
    expect(report).toMatchObject({ environment: "default", secrets: 4, current: false, unjudged: [] });
    expect(report?.values.map(({ name }) => name)).toEqual(all);
    const api = report?.values.find(({ name }) => name === "API_KEY");
    expect(api?.firstSeen?.commit).toBe(head(merging, "HEAD~1"));
    expect(report?.values.find(({ name }) => name === "MAIL_TOKEN")).toMatchObject({
      firstSeen: { commit: first },
      lastChanged: { commit: first },
    });
    merging.set("API_KEY", "after-rotation-99");
    expect(names(merging.project)).toEqual(all.filter((name) => name !== "API_KEY"));
    expect(merging.project.envseal(["exposure", "--exit-code"]).code).toBe(1);
    for (const name of all) merging.set(name, `a-new-value-of-${name}`);
    expect(names(merging.project)).toEqual([]);
    expect(merging.project.ok(["exposure", "--exit-code"]).stdout).toContain("0 of 4 secrets are known");
  });

  it("still lists what is unchanged since a compromised key that was destroyed", () => {
    const merging = mergingProject();
    merging.run("rotate", "-q", "--reason", "compromised").commit("rotate");
    merging.run("keys", "destroy", "v1", "--yes", "-q", "--waive-backup", "destroy v1 without a backup").commit("destroyed");
    expect(names(merging.project)).toEqual(all);
    expect(merging.project.ok(["exposure"]).stdout).toContain("v1");
  });

  it("knows a value that was another one in between, or had another name", () => {
    const merging = mergingProject();
    merging.run("rotate", "-q", "--reason", "compromised").commit("rotate");
    for (const name of all) merging.set(name, `a-new-value-of-${name}`);
    merging.commit("all new");
    expect(names(merging.project)).toEqual([]);
    merging.set("API_KEY", SECRETS.API_KEY).set("RENAMED", SECRETS.MAIL_TOKEN).commit("back");
    expect(names(merging.project).sort()).toEqual(["API_KEY", "RENAMED"]);
  });

  it("of someone who left: what they could open, and not what came later; also where they had access but to an earlier key", () => {
    const merging = mergingProject();
    merging.person("bob");
    merging.commit("bob");
    merging.set("API_KEY", "while-bob-was-here-99").commit("edit");
    const revoked = merging.project.ok(["revoke", "bob", "--yes"]);
    expect(revoked.stderr).toContain("4 of 4 secrets are known to whoever holds bob's key");
    merging.commit("revoke").set("NEWER", "came-after-bob-99").commit("newer").run("rotate", "-q").commit("rotate");
    expect(names(merging.project, "--recipient", "bob")).toEqual(all);
    merging.person("carol");
    expect(names(merging.project, "--recipient", "carol")).toEqual([...all, "NEWER"]);
    expect(exposure(merging.project, "--recipient", "carol")[0]).toMatchObject({ current: true });
    expect(merging.project.fails(["exposure", "--recipient", "nobody"])).toMatchObject({ code: 2, error: "USAGE" });
  });

  it("of someone who left: also what stood under a key of a line that was given up, or under one that was destroyed", () => {
    const merging = mergingProject();
    const env = merging.person("bob", "--rotate");
    merging
      .commit("bob")
      .set("DESTROYED", "under-the-first-key-99")
      .commit("edit")
      .parted(
        (ours) => ours.run("revoke", "bob", "--yes", "-q"),
        (theirs) => {
          theirs.project.ok(["rotate", "-q"], { env });
          theirs.set("GIVEN_UP", "on-a-branch-that-bob-read-99", { env });
        },
      );
    merging.set("DESTROYED", "another-value-in-between").commit("replaced");
    merging.run("keys", "destroy", "v1", "--yes", "-q", "--waive-backup", "destroy v1 without a backup").commit("destroyed");
    merging.set("GIVEN_UP", "on-a-branch-that-bob-read-99").set("DESTROYED", "under-the-first-key-99").commit("the same values");
    expect(names(merging.project, "--recipient", "bob")).toEqual([...all, "DESTROYED", "GIVEN_UP"]);
  });

  it("of someone who left: also where the project stood in another folder then, and they have less access now", () => {
    const merging = mergingProject({ ".env": "A=secret-value-1\n", ".env.staging": "A=staging-value-1\n" });
    const { project } = merging;
    const env = project.sandbox.otherHome("bob");
    const bob = (...args: string[]) => {
      project.ok(["join", "--name", "bob", "-q", "--cwd", args[0] as string], { env });
      project.ok(["grant", "bob", "--yes", "-q", "--cwd", ...args]);
    };
    bob(".", "--all");
    merging.commit("bob").run("revoke", "bob", "--yes", "-q").commit("revoke");
    project.write("app/x", "");
    for (const file of ["envseal.json", ".env.vault", ".env.staging.vault"]) project.git("mv", file, `app/${file}`);
    bob("app", "-e", "staging");
    merging.commit("moved; bob is back for staging");
    expect(names(project, "--recipient", "bob", "-e", "default", "--cwd", "app")).toEqual(["A"]);
  });

  it("since a key version, by environment; public values are no secrets; what does not open is said", () => {
    const merging = mergingProject({
      ".env": "A=secret-value-1\nPORT=3000\n",
      ".env.production": "A=production-value-1\nB=production-value-2\n",
    });
    const { project } = merging;
    merging.run("rotate", "-e", "production", "-q").commit("rotate");
    project.ok(["set", "B", "-q", "-e", "production"], { input: "production-value-3" });
    expect(names(project, "--since-key", "v1", "-e", "production")).toEqual(["A"]);
    expect(names(project, "--since-key", "v2", "-e", "production")).toEqual(["A", "B"]);
    expect(names(project, "--since-key", "v1", "-e", "default")).toEqual(["A"]);
    expect(project.fails(["exposure", "--since-key", "v1"])).toMatchObject({ code: 2, error: "USAGE" });
    expect(project.fails(["exposure", "--since-key", "v9", "-e", "default"])).toMatchObject({ code: 2, error: "USAGE" });
    expect(project.fails(["exposure", "--since-key", "v1", "--recipient", "ada", "-e", "default"])).toMatchObject({ code: 2 });
    expect(project.ok(["exposure"]).stderr).toContain("no key is compromised");
    const stranger = { env: project.sandbox.otherHome("stranger") };
    const blind = JSON.parse(project.ok(["exposure", "--since-key", "v1", "-e", "default", "--json"], stranger).stdout) as Report[];
    expect(blind[0]).toMatchObject({ values: [], unjudged: [{ name: "A", problem: "no key" }] });
  });

  it("prints a checklist, and never a value", () => {
    const merging = mergingProject();
    merging.run("rotate", "-q", "--reason", "compromised").commit("rotate");
    const markdown = merging.project.ok(["exposure", "--format", "markdown"]).stdout;
    expect(markdown).toMatch(/^- \[ \] `API_KEY`: known by v1, first seen \d{4}-\d\d-\d\d [0-9a-f]{7}, last changed /m);
    for (const format of ["text", "json", "markdown"]) {
      const { stdout } = merging.project.ok(["exposure", "--format", format]);
      for (const value of Object.values(SECRETS)) expect(stdout).not.toContain(value);
    }
  });

  it("without git it goes by what the vault itself says", () => {
    const merging = mergingProject();
    merging.run("rotate", "-q", "--reason", "compromised").commit("rotate");
    merging.set("API_KEY", "after-rotation-99");
    merging.project.git("gc", "-q");
    const { project } = merging;
    project.node(["-e", "require('fs').rmSync('.git', { recursive: true })"]);
    expect(names(project)).toEqual(all.filter((name) => name !== "API_KEY"));
    expect(project.ok(["exposure"]).stdout).toContain("history is not here to its beginning");
  });
});

describe("the timeline of keys", () => {
  it("fits 80 columns and says everything without colour", () => {
    const merging = mergingProject();
    for (const name of all) merging.set(name, `a-new-value-of-${name}`).set(`ANOTHER_LONG_NAME_FOR_${name}`, "x");
    merging.commit("many").run("rotate", "-q", "--reason", "compromised").commit("rotate").set("API_KEY", "newest-value-99").commit("edit");
    const text = merging.project.ok(["keys", "--timeline"]).stdout;
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toMatch(
      /\* v2 \S+ {2}\d{4}-\d\d-\d\d {2}active \(compromised\) {2}floor\n {2}\| {3}\S+ {2}Ada {9}[0-9a-f]{7} {2}~API_KEY\n/,
    );
    expect(text).toMatch(/o v1 \S+ {2}\S+ {2}compromised \(created\)\n/);
    expect(text).toContain("became compromised");
    expect(text).toMatch(/~API_KEY .* and \d more\n/);
    expect(text).not.toContain("\u001b");
  });
});
