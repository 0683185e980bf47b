import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesHolding, objectsHolding } from "../support/find-secrets.ts";
import { type Merging, mergingProject, SECRETS } from "../support/team.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

describe.skipIf(!terminalIsHere)(`history in a terminal${terminalNotice}`, () => {
  it("goes through git's pager, and shows what was printed where that cannot be started", async () => {
    const { project } = mergingProject();
    const paged = new Terminal(project, ["log"], { GIT_PAGER: "tr a-z A-Z" });
    expect(await paged.end()).toBe(0);
    expect(paged.screen).toContain("+ API_KEY      ADDED, V1");
    const lost = new Terminal(project, ["log"], { GIT_PAGER: "/nowhere/pager" });
    expect(await lost.end()).toBe(0);
    expect(lost.screen).toContain("+ API_KEY      added, v1");
  });

  it("shows a version masked, and its values where asked for", async () => {
    const { project } = mergingProject();
    const masked = new Terminal(project, ["show", "HEAD:.env"], { GIT_PAGER: "cat" });
    expect(await masked.end()).toBe(0);
    expect(masked.screen).toMatch(/API_KEY=<v1 [\w-]{8}>\n/);
    for (const value of Object.values(SECRETS)) expect(masked.screen).not.toContain(value);
    const revealed = new Terminal(project, ["show", "HEAD:.env", "--reveal"], { GIT_PAGER: "cat" });
    expect(await revealed.end()).toBe(0);
    expect(revealed.screen).toContain(`API_KEY=${SECRETS.API_KEY}`);
  });

  it("never lets a name, an author or a subject move the cursor", async () => {
    const merging = mergingProject();
    merging.project.git("config", "user.name", "Eve\u001b[2J\u009b31m");
    merging.set("API_KEY", "another-value-99").commit("clear \u001b[2J the screen");
    const forged = `${"1".repeat(40)}\u001f\u001fAda\u001fada@example.com\u001f2026-01-01T00:00:00Z\u001fforged`;
    merging.set("API_KEY", "yet-another-value-99").commit(`subject\u001e${forged}\u001e`);
    const rows = JSON.parse(merging.project.ok(["log", "--json"]).stdout) as { commit: string }[];
    expect(rows.map(({ commit }) => commit)).toEqual(merging.project.git("log", "--format=%H").trim().split("\n"));
    for (const args of [["log"], ["blame", ".env"], ["keys", "--timeline"]]) {
      const terminal = new Terminal(merging.project, args, { GIT_PAGER: "cat" });
      expect(await terminal.end()).toBe(0);
      expect(terminal.raw).not.toContain("\u001b[2J");
      expect(terminal.raw).not.toContain("\u009b");
    }
  });
});

describe("what stays on disk", () => {
  const holding = ({ project }: Merging, folders: readonly string[], secrets: readonly string[]) => [
    ...folders.flatMap((folder) => filesHolding(folder, secrets)),
    ...objectsHolding(project, secrets),
  ];

  it("no command of history or merge leaves a value in git's folder or in the temporary one", () => {
    const merging = mergingProject();
    const { project } = merging;
    const temporary = join(project.sandbox.root, "tmp");
    mkdirSync(temporary);
    project.sandbox.env.TMPDIR = temporary;
    project.git("config", "rerere.enabled", "true");
    const secrets = [...Object.values(SECRETS), "ours-api-key-99", "theirs-api-key-99", "rotated-in-between-99"];
    merging.set("MAIL_TOKEN", "rotated-in-between-99").run("rotate", "-q", "--reason", "compromised").commit("rotate");
    merging.parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99"),
      (theirs) => theirs.set("API_KEY", "theirs-api-key-99"),
    );
    expect(merging.tries("merge", "-m", "merged", "side").code).toBe(1);
    project.ok(["resolve", "--theirs"]);
    project.git("commit", "-qm", "merged");
    for (const args of [
      ["log", "--reveal"],
      ["log", "API_KEY", "--json", "--reveal"],
      ["diff", "HEAD~2", "--reveal"],
      ["show", "HEAD~1:.env"],
      ["blame", ".env", "--reveal"],
      ["exposure"],
      ["keys", "--timeline"],
      ["textconv", ".env.vault", "--reveal"],
    ])
      project.ok(args);
    project.sandbox.env.ENVSEAL_REVEAL = "1";
    expect(project.git("log", "-p", "--", ".env.vault")).toContain("theirs-api-key-99");
    expect(holding(merging, [project.path(".git"), temporary], secrets)).toEqual([]);
    expect(project.git("for-each-ref", "refs/notes")).toBe("");
    project.write("../tmp/planted", Buffer.from("ours-api-key-99").toString("base64"));
    expect(holding(merging, [project.path(".git"), temporary], secrets)).toEqual([join(temporary, "planted")]);
  });
});
