import { existsSync, renameSync } from "node:fs";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

/** A's quote is open to what follows, as dotenv reads it; B's holds it off. */
const OPEN = "A='x\\'\nB='y'\nC=1\n";

describe("a line that leaves a quote open", () => {
  /** Sets in the vault alone. */
  function setThere(project: Project, name: string, value: string): void {
    renameSync(project.path(".env"), project.path("kept"));
    project.ok(["set", name], { input: value });
    renameSync(project.path("kept"), project.path(".env"));
  }

  it("takes in no other when one behind it is removed", () => {
    const project = sealedProject({ ".env": OPEN });
    project.ok(["set", "C"], { input: "\nz" });
    const before = project.read(".env.vault");
    expect(project.fails(["unset", "B"])).toMatchObject({ error: "BAD_VALUE", stderr: expect.stringContaining("B cannot be removed") });
    expect(project.read(".env.vault")).toBe(before);
    expect(project.ok(["get", "C"]).stdout).toBe("\nz\n");
  });

  it("takes in no other when two sides are merged", () => {
    const project = sealedProject({ ".env": OPEN });
    setThere(project, "C", "\nz");
    project.write(".env", OPEN.replace("B='y'\n", ""));
    const before = project.read(".env.vault");
    expect(project.fails(["sync"])).toMatchObject({ error: "BAD_VALUE", stderr: expect.stringContaining("cannot be merged") });
    expect([project.read(".env.vault"), project.read(".env")]).toEqual([before, OPEN.replace("B='y'\n", "")]);
  });

  it("takes in no name that is added to an example", () => {
    const project = sealedProject({ ".env": "VITE_TITLE=all # for all the clients'\n", ".env.example": "SAMPLE='x\\'\n" });
    expect(project.fails(["example"])).toMatchObject({ error: "BAD_VALUE", stderr: expect.stringContaining("SAMPLE") });
    expect(project.read(".env.example")).toBe("SAMPLE='x\\'\n");
    project.write(".env.example", "SAMPLE=closed\n");
    project.ok(["example"]);
    expect(parse(project.read(".env.example"))).toEqual({ SAMPLE: "closed", VITE_TITLE: "all" });
  });

  it.runIf(terminalIsHere)(`takes in no other when the vault changed under an editor${terminalNotice}`, async () => {
    const project = sealedProject({ ".env": OPEN });
    project.write("editor.sh", 'touch started\nwhile [ ! -e go ]; do sleep 0.05; done\ngrep -v \'^B=\' "$1" >kept\ncat kept >"$1"\n');
    const terminal = new Terminal(project, ["edit"], { EDITOR: "sh editor.sh" });
    while (!existsSync(project.path("started"))) await new Promise((done) => setTimeout(done, 25));
    project.ok(["set", "C"], { input: "\nz" });
    const before = project.read(".env.vault");
    project.write("go", "");
    await terminal.waitFor(/cannot be merged/);
    await terminal.waitFor(/open the editor again\?/);
    terminal.type("n");
    expect(await terminal.end()).not.toBe(0);
    expect(project.read(".env.vault")).toBe(before);
  });
});
