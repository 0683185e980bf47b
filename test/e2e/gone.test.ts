import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type Project, sandbox } from "../support/sandbox.ts";
import { type Merging, mergingProject } from "../support/team.ts";

/** History of what is not at hand any more: environments that were renamed, vaults that are gone, values that came back. */

interface Report {
  environment: string;
  secrets: number;
  values: { name: string; exposedIn: string; exposedVersion: number | null; firstSeen: { commit: string } | null }[];
  notCompared: string[];
}
const exposure = (project: Project, ...args: string[]) => JSON.parse(project.ok(["exposure", "--json", ...args]).stdout) as Report[];
const found = (reports: Report[]) =>
  reports.flatMap(({ environment, values }) => values.map(({ name, exposedIn }) => `${environment} ${name} by ${exposedIn}`));
const commitOf = ({ project }: Merging, revision: string) => project.git("rev-parse", revision).trim();

/** `.env.staging` becomes `.env.stage`, as by hand: a new environment with the same values. */
function renamed(merging: Merging): void {
  const { project } = merging;
  project.write(".env.stage", project.ok(["decrypt", ".env.staging", "--stdout"]).stdout);
  spawnSync("rm", ["-f", project.path(".env.staging")]);
  project.ok(["env", "remove", "staging", "--yes", "-q"]);
  project.ok(["init", "--yes", "--no-hooks", "-q"]);
  merging.commit("renamed");
}

const FILES = {
  ".env": "OWN=only-in-default-1\nSHARED=the-same-value-99\n",
  ".env.staging": "TOKEN=staging-value-77\nOLD_TOKEN=gone-value-55\n",
};

describe("exposure", () => {
  it("of someone who left finds the values of an environment that was renamed", () => {
    const merging = mergingProject(FILES);
    const { project } = merging;
    const bob = { env: project.sandbox.otherHome("bob") };
    project.ok(["join", "--name", "bob", "-q"], bob);
    project.ok(["grant", "bob", "-e", "staging", "--yes", "-q"]);
    merging.commit("bob");
    renamed(merging);
    const reports = exposure(project, "--recipient", "bob");
    expect(found(reports)).toEqual(["stage TOKEN by staging", "stage OLD_TOKEN by staging"]);
    expect(reports[0]?.values[0]?.exposedVersion).toBe(1);
    const text = project.ok(["exposure", "--recipient", "bob"]).stdout;
    expect(text).toMatch(/2 of 2 secrets are known[\s\S]*TOKEN +\.env\.stage\.vault +staging v1 /);
    expect(found(exposure(project, "--recipient", "bob", "-e", "default"))).toEqual([]);
    const revoked = project.ok(["revoke", "bob", "--yes"]).stderr;
    expect(revoked).toContain("2 of 2 secrets are known to whoever holds bob's key");
  });

  it("of a key finds an equal value in another environment, also where it is not committed; another value is none", () => {
    const merging = mergingProject(FILES);
    const { project } = merging;
    merging.run("rotate", "-q", "-e", "default", "--reason", "compromised").commit("rotated");
    expect(found(exposure(project))).toEqual(["default OWN by default", "default SHARED by default"]);
    project.ok(["set", "TOKEN", "-q", "-e", "staging"], { input: "the-same-value-99" });
    expect(found(exposure(project)).slice(2)).toEqual(["staging TOKEN by default"]);
    expect(found(exposure(project, "--since-key", "v1", "-e", "default")).slice(2)).toEqual(["staging TOKEN by default"]);
    merging.commit("shared");
    const rotated = project.ok(["rotate", "-e", "default", "--reason", "suspected"]).stderr;
    expect(rotated).toMatch(/staging: 1 of 2 secrets is known to whoever holds v2 \([\w-]+\) of default/);
  });

  it("says which environment it could not compare with", () => {
    const merging = mergingProject(FILES);
    const { project } = merging;
    const bob = { env: project.sandbox.otherHome("bob") };
    project.ok(["join", "--name", "bob", "-q"], bob);
    project.ok(["grant", "bob", "-e", "staging", "--yes", "-q"]);
    const carol = { env: project.sandbox.otherHome("carol") };
    project.ok(["join", "--name", "carol", "-q"], carol);
    project.ok(["grant", "carol", "-e", "default", "--yes", "-q"]);
    merging.commit("people");
    const [report] = JSON.parse(project.ok(["exposure", "--recipient", "bob", "-e", "default", "--json"], carol).stdout) as Report[];
    expect(report).toMatchObject({ environment: "default", secrets: 2, values: [], notCompared: ["staging"] });
    expect(project.ok(["exposure", "--recipient", "bob", "-e", "default"], carol).stdout).toContain("not compared");
    expect(project.ok(["exposure", "--recipient", "bob", "-e", "default"]).stdout).not.toContain("not compared");
  });

  it("dates FIRST SEEN from the first commit that had the value, be it on a line that left no trace", () => {
    const merging = mergingProject({ ".env": "A=first-value-11\n" });
    const { project } = merging;
    project.git("checkout", "-qb", "side");
    merging.set("A", "seen-on-the-side-22").commit("side");
    const first = commitOf(merging, "HEAD");
    project.git("checkout", "-q", "HEAD~1", "--", ".");
    merging.commit("taken back");
    project.git("checkout", "-q", "main");
    project.write("other", "1");
    merging.commit("meanwhile");
    project.git("merge", "-q", "-m", "merged", "side");
    project.git("branch", "-qD", "side");
    project.ok(["decrypt", ".env", "--yes", "-q"]);
    merging.set("A", "seen-on-the-side-22").commit("brought back");
    merging.run("rotate", "-q", "--reason", "compromised").commit("rotated");
    expect(exposure(project)[0]?.values[0]).toMatchObject({ name: "A", firstSeen: { commit: first } });
  });
});

describe("log", () => {
  it("tells of vaults that are gone and listed no more, of an environment that is gone, too", () => {
    const merging = mergingProject(FILES);
    const { project } = merging;
    renamed(merging);
    project.ok(["set", "OLD_TOKEN", "-q", "-e", "stage"], { input: "newer-value-1" });
    project.ok(["unset", "OLD_TOKEN", "-q", "-e", "stage"]);
    merging.commit("unset");
    const rows = JSON.parse(project.ok(["log", "OLD_TOKEN", "--json", "--reveal"]).stdout) as {
      path: string;
      changes: { kind: string; before: { value: string } | null; after: { value: string } | null }[];
    }[];
    expect(rows.map(({ path, changes }) => [path, changes[0]?.kind])).toContainEqual([".env.staging.vault", "removed"]);
    expect(rows.map(({ path, changes }) => [path, changes[0]?.kind])).toContainEqual([".env.staging.vault", "added"]);
    expect(JSON.stringify(rows)).toContain("gone-value-55");
    expect(project.ok(["log", "TOKEN"]).stdout).toContain(".env.staging.vault (the vault was deleted)");
    expect(project.fails(["log", "NEVER_THERE"]).error).toBe("NOT_SET");
    expect(project.fails(["log", "OWN", "-e", "stage"]).error).toBe("NOT_SET");
  });

  it("shows a vault that was moved once, and no vault of another project", () => {
    const files = { "a/.env": "A=value-of-a-11\n", "other/.env": "B=value-of-b-22\n", ".gitignore": ".env\n.envseal\n" };
    const project = sandbox().project(files, { git: false });
    for (const folder of ["a", "other"]) project.ok(["init", "--yes", "--no-hooks", "-q", "--cwd", folder]);
    project.git("init", "-q");
    project.commitAll("two projects");
    project.git("rm", "-q", "other/.env.vault");
    project.commitAll("a vault of the other one is gone");
    project.git("mv", "a", "b");
    project.commitAll("moved");
    const rows = JSON.parse(project.ok(["log", "--json", "--cwd", "b"]).stdout) as { path: string; created: boolean }[];
    expect(rows.map(({ path, created }) => [path, created])).toEqual([
      ["b/.env.vault", false],
      ["a/.env.vault", true],
    ]);
    expect(project.ok(["log", "--cwd", "other"]).stdout).toMatch(/the vault was deleted[\s\S]*the vault was made/);
  });

  it.each([
    ["says so", ["-c", "i18n.commitEncoding=ISO-8859-1"]],
    ["does not say so", []],
  ])("reads a commit that is written in Latin-1 and %s, whatever git is told to print in", (_how, options) => {
    const merging = mergingProject({ ".env": "A=value-of-a-11\n" });
    const { project } = merging;
    project.ok(["set", "A", "-q"], { input: "value-of-a-22" });
    project.git("add", "-A");
    const message = Buffer.from("caf\u00e9 d\u00e9j\u00e0 vu", "latin1");
    const raw = project.path("../message");
    project.write("../message", message);
    expect(spawnSync("git", [...options, "commit", "-qF", raw], { cwd: project.folder, env: project.sandbox.env }).status).toBe(0);
    project.git("config", "i18n.logOutputEncoding", "ISO-8859-1");
    expect(project.ok(["log"]).stdout).toContain("caf\u00e9 d\u00e9j\u00e0 vu");
    expect(JSON.parse(project.ok(["blame", ".env", "--json"]).stdout)[0].subject).toBe("caf\u00e9 d\u00e9j\u00e0 vu");
  });
});

describe("blame", () => {
  it("names who gave the value, not who changed its quotes, its comment or its neighbours", () => {
    const merging = mergingProject({ ".env": "A=value-of-a-11\nB=value-of-b-22\n" });
    const { project } = merging;
    const first = project.git("log", "-1", "--format=%s").trim();
    project.write(".env", "A=\"value-of-a-11\"  # a note\nNEW=value-of-new\nB='value-of-b-22'\n");
    project.ok(["encrypt", "-q"]);
    merging.commit("quotes and comments");
    const rows = () =>
      (JSON.parse(project.ok(["blame", ".env", "--json"]).stdout) as { name: string; subject: string }[]).map(
        ({ name, subject }) => `${name}: ${subject}`,
      );
    expect(rows()).toEqual([`A: ${first}`, "NEW: quotes and comments", `B: ${first}`]);
    project.write(".env", "A=value-of-a-12\nNEW=value-of-new\nB='value-of-b-22'\n");
    project.ok(["encrypt", "-q"]);
    merging.commit("a value");
    expect(rows()).toEqual(["A: a value", "NEW: quotes and comments", `B: ${first}`]);
  });
});
