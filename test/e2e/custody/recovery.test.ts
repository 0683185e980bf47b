import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Terminal, terminalIsHere, terminalNotice } from "../../support/terminal.ts";
import { start } from "./project.ts";

describe("recovery words", () => {
  it.runIf(terminalIsHere)(`give someone who lost everything access again${terminalNotice}`, async () => {
    const { project } = start();
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    const words = readFileSync(join(project.sandbox.root, "words"), "utf8").split("\n", 1)[0] as string;
    const pin = project.ok(["pin"]).stdout.trim();
    const lost = { ...project.sandbox.otherHome("lost"), XDG_RUNTIME_DIR: join(project.sandbox.root, "lost") };
    const wrong = new Terminal(project, ["recovery", "use", "--name", "ada-2"], lost);
    await wrong.waitFor(/the 24 recovery words/);
    wrong.type("abandon ".repeat(23));
    wrong.type("art\r");
    expect(await wrong.end()).toBe(3);
    expect(wrong.screen).toContain("not this project's");
    const session = new Terminal(project, ["unlock", "--recovery", "--ttl", "1h"], lost);
    await session.waitFor(/the 24 recovery words/);
    session.type(`${words}\r`);
    expect(await session.end()).toBe(0);
    expect(project.ok(["get", "A", "-e", "production"], { env: lost }).stdout).toBe("secret-two\n");
    project.ok(["lock"], { env: lost });
    const taken = new Terminal(project, ["recovery", "use", "--name", "ada", `--pin=${pin}`], lost);
    await taken.waitFor(/the 24 recovery words/);
    taken.type(`${words}\r`);
    expect(await taken.end()).toBe(2);
    const using = new Terminal(project, ["recovery", "use"], lost);
    await using.waitFor(/the 24 recovery words/);
    using.type(`${words}\r`);
    // It was confirmed with the words before.
    expect(await using.end()).toBe(0);
    expect(project.ok(["get", "A", "-e", "default"], { env: lost }).stdout).toBe("secret-one\n");
    expect(project.ok(["recipients"]).stdout).toMatch(/ada-2\s+member\s+person\s+default, production\s/);
    expect(readdirSync(project.folder).filter((name) => name.startsWith("tmp"))).toEqual([]);
  });
});
