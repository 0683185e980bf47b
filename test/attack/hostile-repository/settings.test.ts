import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";
import { Hostile } from "./hostile.ts";

describe("a hostile repository", () => {
  it("hides nothing from a guard or a history by settings of how git shows things", { timeout: 120_000 }, () => {
    const { project } = new Hostile();
    project.write("apps/notes.txt", "sk_live_0123456789\n");
    project.commitAll("a value of the first commit");
    const commands = [
      ["log"],
      ["blame", ".env.vault"],
      ["diff", "HEAD~2"],
      ["exposure"],
      ["check", "--all"],
      ["check", "--range", "HEAD~1..HEAD"],
    ];
    const answers = () => commands.map((args) => project.envseal([...args, "--json"], { cwd: project.path("apps") }).stdout);
    const before = answers();
    expect(before[4]).toContain("leak");
    const settings =
      "log.showRoot=false log.follow=true diff.relative=true diff.renames=copies diff.noprefix=true color.ui=always log.diffMerges=off";
    const more =
      "log.date=raw log.decorate=full format.pretty=oneline diff.ignoreSubmodules=all core.quotePath=false diff.orderFile=/dev/null log.mailmap=false";
    for (const setting of `${settings} ${more} core.abbrev=4 diff.context=0 core.ignoreCase=true`.split(" ")) {
      const at = setting.indexOf("=");
      project.git("config", "--local", setting.slice(0, at), setting.slice(at + 1));
    }
    expect(answers()).toEqual(before);
  });

  it("counts the first commit in, although git's log is told to leave it out", () => {
    const project = sealedProject();
    project.write("notes.env", "A=1\n");
    project.git("add", "-A");
    project.git("add", "-f", "notes.env");
    project.git("commit", "-q", "--no-verify", "-m", "first");
    project.git("rm", "-q", "notes.env");
    project.git("commit", "-q", "--no-verify", "-m", "second");
    const answers = () =>
      [
        ["log", "--json"],
        ["blame", ".env", "--json"],
        ["scan", "--history"],
      ].map((args) => project.envseal(args).stdout);
    const before = answers();
    expect(before[0]).toContain("API_KEY");
    expect(before[2]).toContain("notes.env was recorded in clear");
    project.git("config", "log.showRoot", "false");
    expect(answers()).toEqual(before);
  });

  it("counts in what a graft takes out of its history", () => {
    const project = sealedProject();
    project.commitAll("first");
    project.git("branch", "base");
    project.write("notes.env", "A=1\n");
    project.git("add", "-f", "notes.env");
    project.git("commit", "-qm", "in clear");
    project.git("rm", "-q", "notes.env");
    project.git("commit", "-qm", "never happened");
    const check = () => project.envseal(["check", "--range", "base..HEAD"]);
    const before = check();
    expect(before).toMatchObject({ code: 1, stdout: expect.stringContaining("notes.env") });
    const [base = "", , tip = ""] = project.git("rev-list", "--reverse", "HEAD").split("\n");
    project.write(".git/info/grafts", `${tip} ${base}\n`);
    expect(check()).toEqual(before);
  });
});
