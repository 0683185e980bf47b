import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLI, type Project, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

const bash = spawnSync("bash", ["--version"]).status === 0;
const here = terminalIsHere && bash;
const notice = here ? "" : terminalNotice || " (skipped: needs bash)";
const CTRL_Z = "\u001a";

/** A person's shell with job control, as where they sit. */
async function shell(project: Project): Promise<Terminal> {
  const terminal = new Terminal(project, [], { PS1: "% " }, ["bash", "--norc", "--noprofile", "-i"]);
  await terminal.waitFor(/% /);
  return terminal;
}

const command = (redact: string, script: string) => `"${process.execPath}" "${CLI}" run ${redact} -- ${script}\r`;
const MODES = [
  ["as it is", ""],
  ["with --redact", "--redact"],
];

/** Whether the process goes away. */
async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 400; tries++) {
    if (!existsSync(`/proc/${pid}`)) return true;
    await new Promise((done) => setTimeout(done, 25));
  }
  return false;
}

describe.runIf(here)(`run, as a job of a shell${notice}`, { timeout: 120_000 }, () => {
  it.each(MODES)("Ctrl-Z stops the child and us, fg brings both back, Ctrl-C ends both: %s", async (_, redact) => {
    const terminal = await shell(sealedProject());
    // What is typed is told from what the terminal echoes: the child writes it in capitals.
    terminal.type(command(redact, `sh -c 'echo re""ady; while read x; do echo "got $x" | tr a-z A-Z; done'`));
    await terminal.waitFor(/ready/);
    terminal.type("one\r");
    await terminal.waitFor(/GOT ONE/);
    for (const word of ["two", "three"]) {
      terminal.type(CTRL_Z);
      await terminal.waitFor(/Stopped[^%]*% /);
      terminal.type("fg\r");
      await terminal.waitFor(/run .*tr a-z A-Z/);
      terminal.type(`${word}\r`);
      await terminal.waitFor(new RegExp(`GOT ${word.toUpperCase()}`));
    }
    terminal.type("\u0003");
    await terminal.waitFor(/% /);
    terminal.type("echo code $?; jobs; echo none\r");
    await terminal.waitFor(/code 130\n\s*none/);
    terminal.type("exit\r");
    await terminal.end();
  });

  it.each(MODES)("bg lets both go on, and a child that reads there is stopped by the terminal: %s", async (_, redact) => {
    const terminal = await shell(sealedProject());
    terminal.type(command(redact, `sh -c 'echo re""ady; while sleep 0.2; do test -e go && echo go""es on && exit 7; done'`));
    await terminal.waitFor(/ready/);
    terminal.type(CTRL_Z);
    await terminal.waitFor(/Stopped[^%]*% /);
    terminal.type("bg; touch go; wait %1; echo code $?\r");
    await terminal.waitFor(/goes on/);
    await terminal.waitFor(/code 7/);
    await terminal.waitFor(/% /);
    // Its first line may still be on its way through the filter when the whole job is stopped.
    const reader = "sh -c 'read x; echo \"got $x\" | tr a-z A-Z; exit 8'";
    terminal.type(command(redact, reader).replace("\r", " &\r"));
    for (let tries = 0; tries < 200; tries++) {
      terminal.type("\r");
      await terminal.waitFor(/% /);
      terminal.type("jobs\r");
      const [, state] = await terminal.waitFor(/(Running|Stopped) .*A-Z[^%]*% /);
      if (state === "Stopped") break;
    }
    terminal.type("fg; echo code $?\r");
    await terminal.waitFor(/code \$\?[^%]*A-Z/);
    terminal.type("one\r");
    await terminal.waitFor(/GOT ONE[^%]*code 8/);
    terminal.type("exit\r");
    await terminal.end();
  });

  it.each(MODES)("a stopped job can be killed, and dies when the terminal goes away: %s", async (_, redact) => {
    const project = sealedProject();
    const terminal = await shell(project);
    const child = `sh -c 'echo $$ >pid; echo re""ady; exec sleep 300'`;
    for (const end of ["kill", "hang up"]) {
      terminal.type(command(redact, child));
      await terminal.waitFor(/ready/);
      terminal.type(CTRL_Z);
      await terminal.waitFor(/Stopped[^%]*% /);
      if (end === "kill") terminal.type("kill %1; fg\r");
      else terminal.kill("SIGKILL");
      expect(await gone(Number(project.read("pid"))), end).toBe(true);
    }
  });

  it.each(MODES)("the child hears of it when the terminal goes away: %s", async (_, redact) => {
    const project = sealedProject();
    const args = ["run", ...(redact === "" ? [] : [redact]), "--", "sh", "-c"];
    const terminal = new Terminal(project, [...args, "echo $$ $PPID >pid; echo ready; exec sleep 300"]);
    await terminal.waitFor(/ready/);
    const [child, envseal] = project.read("pid").split(" ").map(Number) as [number, number];
    terminal.kill("SIGKILL");
    expect([await gone(child), await gone(envseal)]).toEqual([true, true]);
  });
});
