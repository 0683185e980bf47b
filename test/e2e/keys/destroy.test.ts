import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../../support/terminal.ts";
import { entry, history, keyOf, WAIVER } from "./versions.ts";

describe("destroying a key", () => {
  it("says what goes dark, keeps a tombstone, links over the gap; the rest of history opens", () => {
    const project = history();
    const said = project.ok(["keys", "destroy", "v2", ...WAIVER("v2"), "--reason", "left over"]).stderr;
    expect(said).toMatch(
      /work tree\s+no value[\s\S]*index\s+no value[\s\S]*stash\s+no value[\s\S]*history\s+1 of 3 commits would go dark: [0-9a-f]{8}[\s\S]*refs\s+release/,
    );
    expect(said).toContain("git history still holds the wrapped key");
    const [id, tombstone] = keyOf(project, 2);
    expect(tombstone).toMatchObject({
      state: "destroyed",
      links: {},
      history: [{ state: "active" }, { state: "deactivated" }, { state: "destroyed", reason: "left over" }],
    });
    expect(Object.keys(keyOf(project, 3)[1].links)).toEqual([keyOf(project, 1)[0]]);
    expect(project.ok(["keys"]).stdout).toMatch(/v2\s+\S+\s+destroyed/);
    project.commitAll("destroyed");
    const vaultAt = (revision: string) => project.write(".env.vault", project.git("show", `${revision}:.env.vault`));
    vaultAt("main~3");
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    vaultAt("main~2");
    expect(project.fails(["get", "A"])).toMatchObject({ code: 3, error: "KEY_DESTROYED", stderr: expect.stringContaining(id) });
    vaultAt("main~1");
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    expect(project.ok(["check", "--all"]).stderr).toContain("nothing found");
  });

  it("is refused for an active or suspended key, one in use, one that is not there, and without backup or waiver", () => {
    const project = history();
    expect(project.fails(["keys", "destroy", "v3", ...WAIVER("v3")])).toMatchObject({
      error: "USAGE",
      stderr: expect.stringContaining("active and cannot become destroyed"),
    });
    expect(project.fails(["keys", "destroy", "v9", ...WAIVER("v9")]).error).toBe("USAGE");
    expect(project.fails(["keys", "destroy", "v2", "--yes"])).toMatchObject({
      error: "NEEDS_TERMINAL",
      stderr: expect.stringContaining("--waive-backup"),
    });
    expect(project.fails(["keys", "destroy", "v2", ...WAIVER("v1")]).error).toBe("NEEDS_CONFIRMATION");
    expect(project.fails(["keys", "melt", "v2"]).error).toBe("USAGE");
    project.write(".env.vault", project.git("show", "release:.env.vault"));
    expect(project.fails(["keys", "destroy", "v2", ...WAIVER("v2")]).stderr).toContain("v2 (");
    project.git("add", ".env.vault");
    project.write(".env.vault", project.git("show", "main:.env.vault"));
    expect(project.fails(["keys", "destroy", "v2", ...WAIVER("v2")]).stderr).toMatch(/index\s+\.env\.vault[\s\S]*is in use: \.env\.vault/);
    project.git("stash", "-q");
    project.ok(["rotate", "--reason", "suspected"]);
    expect(project.fails(["keys", "destroy", "v3", ...WAIVER("v3")]).stderr).toContain("suspended and cannot become destroyed");
    const dark = project.fails(["keys", "destroy", "v2", "--yes"]).stderr;
    expect(dark).toMatch(/stash\s+stash@\{0\} would go dark/);
    expect(keyOf(project, 2)[1].state).toBe("deactivated");
  });

  it.runIf(terminalIsHere)(`asks for the words and once more in a terminal${terminalNotice}`, async () => {
    const project = history();
    const wrong = new Terminal(project, ["keys", "destroy", "v2"]);
    await wrong.waitFor(/type: destroy v2 without a backup/);
    wrong.type("yes\r");
    expect(await wrong.end()).toBe(2);
    expect(keyOf(project, 2)[1].state).toBe("deactivated");
    const right = new Terminal(project, ["keys", "destroy", "v2"]);
    await right.waitFor(/would go dark/);
    await right.waitFor(/type: destroy v2 without a backup/);
    right.type("destroy v2 without a backup\r");
    await right.waitFor(/destroy v2 \(\S+\) of default\?/);
    right.type("y");
    await right.waitFor(/its tombstone stays/);
    expect(await right.end()).toBe(0);
    expect(keyOf(project, 2)[1].state).toBe("destroyed");
  });

  it("raises a floor that is destroyed, so that current vaults go on opening", () => {
    const project = history();
    expect(entry(project).floor).toBe(keyOf(project, 1)[0]);
    project.ok(["keys", "destroy", "v1", ...WAIVER("v1")]);
    expect(entry(project).floor).toBe(keyOf(project, 3)[0]);
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    project.ok(["rotate"]);
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
  });

  it("takes no machine's pin away, also where it saw the destroyed key last", () => {
    const project = sealedProject({ ".env": "A=secret-one\n" });
    project.ok(["rotate"]);
    const bob = { env: project.teammate("bob") };
    project.ok(["get", "A"], bob);
    project.ok(["rotate"]);
    project.ok(["rotate"]);
    project.ok(["keys", "destroy", "v2", ...WAIVER("v2")]);
    for (const person of [bob, {}]) expect(project.ok(["get", "A"], person)).toMatchObject({ stdout: "secret-one\n", stderr: "" });
  });
});
