import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";

function start() {
  const project = sealedProject({ ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" });
  project.teammate("bob", "--all");
  project.commitAll("with bob");
  return project;
}

describe("check before the commit", () => {
  it.each([
    ["revoke", "bob", "--yes"],
    ["grant", "bob", "--rotate", "--all", "--yes"],
    ["rotate", "--all"],
    ["env", "add", "staging", "--yes"],
  ])("accuses nobody of what one's own %s %s changed", (...args) => {
    const project = start();
    project.ok([...args, "-q"]);
    const { stdout, stderr } = project.ok(["check", "--all"]);
    expect(stdout + stderr).not.toContain("older than");
    project.commitAll("changed");
    expect(project.ok(["check", "--all"]).stdout).toBe("");
  });

  it("finds what is older where the work tree is older, too, or its newer one is of something else", () => {
    const project = start();
    const files = ["envseal.json", ".env.vault", ".env.production.vault"];
    project.ok(["revoke", "bob", "--yes", "-q"]);
    project.commitAll("without bob");
    project.git("checkout", "-q", "HEAD^", "--", ...files);
    project.git("commit", "-qnm", "put back");
    expect(project.fails(["check", "--all"]).stdout).toContain("somebody lost access since");
    // An edit of one's own on top of the older one is no newer one.
    project.ok(["require", "A", "-e", "default", "--allow-older", "-q"], { env: { ENVSEAL_ALLOW_OLDER: "1" } });
    expect(project.fails(["check", "--all"]).stdout).toContain("somebody lost access since");
  });
});

describe("a checkout from before a change of the authority alone", () => {
  it("is told as that: its keys are the newest", () => {
    const project = start();
    project.ok(["grant", "bob", "--rotate", "--all", "--yes", "-q"]);
    project.commitAll("a role");
    project.git("checkout", "-q", "HEAD^");
    const { stdout, stderr } = project.ok(["get", "A", "-e", "default"]);
    expect(stdout).toBe("secret-one\n");
    expect(stderr).toContain("who decides has changed since");
    project.install();
    const boot = project.node(["-r", "envseal/config", "-e", "0"], { env: { ENVSEAL_ENV: "default" } });
    expect(boot).toMatchObject({ code: 0, stderr: expect.stringContaining("who decides has changed since") });
    const { notes } = JSON.parse(project.ok(["status", "--json"]).stdout);
    expect(notes.filter((note: string) => note.includes("authority is older"))).toHaveLength(1);
    for (const said of [stderr, boot.stderr, notes.join("\n"), project.ok(["check", "--all"]).stdout]) {
      expect(said).not.toContain("earlier key");
      expect(said).not.toContain("the keys of");
    }
    project.git("checkout", "-q", "-");
    expect(project.ok(["get", "A", "-e", "default"]).stderr).toBe("");
  });

  it("has older keys where those changed: a rotation", () => {
    const project = start();
    project.ok(["rotate", "--all", "-q"]);
    project.commitAll("rotated");
    project.git("checkout", "-q", "HEAD^");
    expect(project.ok(["get", "A", "-e", "default"]).stderr).toContain("may open under an earlier key");
    expect(project.ok(["check", "--all"]).stdout).toContain("the keys of default are older");
  });
});
