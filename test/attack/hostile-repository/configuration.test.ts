import { describe, expect, it } from "vitest";
import { Terminal, terminalIsHere, terminalNotice } from "../../support/terminal.ts";
import { READING, SOME, WRITING } from "./commands.ts";
import { Hostile } from "./hostile.ts";

describe("a hostile repository", () => {
  it("its programs are such that plain git starts them", () => {
    const hostile = new Hostile().arm();
    hostile.fired();
    const starts = (...args: string[]) => {
      hostile.touch();
      hostile.git(...args);
      return hostile.fired();
    };
    expect(starts("status")).toEqual(expect.arrayContaining(["filter.process", "include"]));
    // A filter that fails may stop git before it writes the index, where files are as young as that.
    const lenient = ["-c", "filter.evil.process=", "-c", "filter.evil.required=false"];
    expect(starts(...lenient, "update-index", "--force-write-index")).toContain("hook.post-index-change");
    expect(starts("hook", "run", "pre-commit")).toEqual(["hook.pre-commit"]);
    expect(starts("fetch", "ssh://nowhere.invalid/x")).toContain("core.sshCommand");
    hostile.git("config", "--unset", "filter.evil.process");
    hostile.git("config", "filter.evil.required", "false");
    expect(starts("add", "a.txt")).toContain("filter.clean");
    hostile.project.write("a.txt", "two\n");
    expect(starts("diff")).toContain("diff.command");
    hostile.git("config", "--unset", "diff.evil.command");
    expect(starts("-c", "diff.external=", "log", "-1", "-p", "HEAD")).toEqual(expect.arrayContaining(["diff.textconv", "gpg.program"]));
  });

  it.each([
    ["by somebody who holds the key", READING, true],
    ["by somebody who holds none", SOME, false],
  ])("starts nothing when it is read, %s", { timeout: 120_000 }, (_who, commands, member) => {
    const hostile = new Hostile().arm();
    const env = member ? {} : hostile.project.sandbox.otherHome("stranger");
    expect(hostile.startedBy(commands, { env })).toEqual([]);
  });

  it("starts nothing when it is written to", { timeout: 120_000 }, () => {
    const hostile = new Hostile().arm();
    hostile.project.write(".env", "API_KEY=sk_live_9876543210\nPORT=3001\n");
    expect(hostile.startedBy(WRITING, { input: "4000" })).toEqual([]);
    expect(hostile.project.ok(["get", "PORT"]).stdout).toBe("4000\n");
    const plain = hostile.project.git("hash-object", "-w", "--no-filters", ".env").trim();
    hostile.project.git("update-index", "--add", "--cacheinfo", `100644,${plain},.env`);
    hostile.fired();
    expect(hostile.startedBy([["init", "--yes", "--no-hooks", "-q"]])).toEqual([]);
    expect(hostile.project.git("ls-files", ".env")).toBe("");
  });

  it("starts nothing when a merge in it is resolved", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    project.git("branch", "side");
    project.ok(["set", "API_KEY", "-q"], { input: "ours-0123456789" });
    project.commitAll("ours");
    project.git("checkout", "-q", "side");
    project.ok(["set", "API_KEY", "-q"], { input: "theirs-0123456789" });
    project.commitAll("theirs");
    hostile.git("merge", "-q", "main");
    hostile.arm().fired();
    expect(hostile.startedBy([["status"], ["diff"], ["check"], ["resolve", "--theirs", "--yes"]])).toEqual([]);
    expect(project.git("ls-files", "--unmerged")).toBe("");
    expect(project.git("show", ":.env.vault")).toBe(project.read(".env.vault"));
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("ours-0123456789\n");
  });

  it.runIf(terminalIsHere)(`starts no pager of its own choice${terminalNotice}`, async () => {
    const hostile = new Hostile().arm();
    hostile.fired();
    const starts = async (command: string[] | undefined, ...args: string[]) => {
      const terminal = new Terminal(hostile.project, args, { PAGER: "cat" }, command);
      await terminal.end();
      return { shown: terminal.screen, started: hostile.fired() };
    };
    expect((await starts(["git"], "-c", "log.showSignature=false", "log")).started).toContain("pager.log");
    for (const args of [["log"], ["diff", "HEAD~1"], ["show", "HEAD:.env.vault"], ["blame", ".env.vault"]]) {
      const { shown, started } = await starts(undefined, ...args);
      expect({ args, started }).toEqual({ args, started: [] });
      expect(shown).toContain("API_KEY");
    }
  });
});
