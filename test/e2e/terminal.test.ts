import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLI, sandbox, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

const ENTER = "\r";

describe.runIf(terminalIsHere)(`in a real terminal${terminalNotice}`, () => {
  it("init shows the plan, asks once, shows the words once and has three of them typed back", async () => {
    const project = sandbox().project({ ".env": "API_KEY=sk_live_0123456789\n" });
    const terminal = new Terminal(project, ["init"]);
    await terminal.waitFor(/you\s+ada: a new identity/);
    await terminal.waitFor(/\.env\s+-> \.env\.vault\s+1 value/);
    await terminal.waitFor(/go ahead\?/);
    terminal.type(ENTER);
    await terminal.waitFor(/24\. \w+/);
    const words = [...terminal.screen.matchAll(/(\d+)\. ([a-z]+)/g)].map(([, number, word]) => [Number(number), word] as const);
    const byNumber = new Map(words);
    expect(byNumber.size).toBe(24);
    await terminal.waitFor(/press Enter/);
    terminal.type(ENTER);
    for (let asked = 0; asked < 3; asked++) {
      const [, number] = await terminal.waitFor(/◆ {2}word (\d+)\n/);
      terminal.type(`${byNumber.get(Number(number))}${ENTER}`);
    }
    await terminal.waitFor(/done: 1 vault sealed/);
    expect(await terminal.end()).toBe(0);
    expect(terminal.raw).toContain("\u001b[?1049h");
    expect(terminal.raw).toContain("\u001b[?1049l");
    const manifest = JSON.parse(project.read("envseal.json"));
    expect(manifest.recipients.recovery.custody).toMatchObject({ kind: "recovery", confirmed: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    expect(terminal.screen).not.toContain("sk_live");
  });

  it("init shows the words again after a wrong one, and changes nothing when cancelled", async () => {
    const project = sandbox().project({ ".env": "A=1\n" });
    const terminal = new Terminal(project, ["init"]);
    await terminal.waitFor(/go ahead\?/);
    terminal.type(ENTER);
    await terminal.waitFor(/press Enter/);
    terminal.type(ENTER);
    await terminal.waitFor(/◆ {2}word \d+\n/);
    terminal.type(`wrong${ENTER}`);
    await terminal.waitFor(/not the word/);
    await terminal.waitFor(/press Enter/);
    terminal.type("\u0003");
    expect(await terminal.end()).toBe(2);
    expect(terminal.screen).toContain("nothing was changed");
    expect(readdirSync(project.folder).sort()).toEqual([".env", ".git"]);
    expect(readdirSync(project.sandbox.home)).toEqual(["gitconfig"]);
  });

  it("set asks for the value without showing it", async () => {
    const project = sealedProject();
    const terminal = new Terminal(project, ["set", "TOKEN"]);
    await terminal.waitFor(/value of TOKEN/);
    terminal.type(`hunter2 with spaces${ENTER}`);
    await terminal.waitFor(/set TOKEN in \.env\.vault/);
    expect(await terminal.end()).toBe(0);
    expect(terminal.screen).not.toContain("hunter2");
    expect(project.ok(["get", "TOKEN"]).stdout).toBe("hunter2 with spaces\n");
  });

  it("set refuses several lines that are pasted: the first would pass for the whole", async () => {
    const project = sealedProject();
    const terminal = new Terminal(project, ["set", "API_KEY"]);
    await terminal.waitFor(/value of API_KEY/);
    terminal.type(`-----BEGIN-----${ENTER}c2VjcmV0${ENTER}-----END-----${ENTER}`);
    await terminal.waitFor(/several lines were pasted.*BAD_VALUE/);
    expect(await terminal.end()).toBe(2);
    expect(terminal.screen).not.toContain("c2VjcmV0");
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });

  it("set refuses a paste whose lines come one by one, and leaves none of it to the shell", { retry: 2 }, async () => {
    const project = sealedProject();
    const shell = [
      "sh",
      "-c",
      `'${process.execPath}' '${CLI}' set API_KEY; code=$?; read -r rest && echo "the shell got: $rest"; exit $code`,
    ];
    const terminal = new Terminal(project, [], {}, shell);
    await terminal.waitFor(/value of API_KEY/);
    for (const line of ["-----BEGIN-----", "c2VjcmV0", "-----END-----"]) {
      terminal.type(`${line}${ENTER}`);
      await new Promise((done) => setTimeout(done, 5));
    }
    await terminal.waitFor(/several lines were pasted.*BAD_VALUE/);
    terminal.type(`of a person${ENTER}`);
    await terminal.waitFor(/the shell got: of a person/);
    expect(await terminal.end()).toBe(2);
    expect(terminal.screen).not.toContain("c2VjcmV0");
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });

  it("edit keeps its file in a private folder that is gone afterwards, and asks again when the file cannot be read", async () => {
    const project = sealedProject();
    project.write(
      "editor.sh",
      'ls -ld "$(dirname "$1")" "$1"\nif [ -e once ]; then echo "NEW=2" >>"$1"; else touch once; echo "BAD=\'" >>"$1"; fi\n',
    );
    const terminal = new Terminal(project, ["edit"], { EDITOR: "sh editor.sh" });
    await terminal.waitFor(/drwx------/);
    await terminal.waitFor(/-rw-------/);
    await terminal.waitFor(/never closed/);
    await terminal.waitFor(/open the editor again\?/);
    terminal.type("n");
    expect(await terminal.end()).not.toBe(0);
    expect(readdirSync(project.path(".git/envseal")).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    expect(project.fails(["get", "BAD"]).error).toBe("NOT_SET");
  });

  it("edit keeps what was typed where it cannot be sealed: the editor opens on it again", async () => {
    const project = sealedProject({ ".env": "A=1\nB=2\n" });
    project.write(
      "editor.sh",
      `if [ -e once ]; then cat "$1" >seen; sed -i s/^A=.*/A=1/ "$1"; else touch once; sed -i s/^A=.*/A=mine/ "$1"; echo C=typed >>"$1"; printf theirs | '${process.execPath}' '${CLI}' set A -q; fi\n`,
    );
    const terminal = new Terminal(project, ["edit"], { EDITOR: "sh editor.sh" });
    await terminal.waitFor(/the same names: A/);
    await terminal.waitFor(/open the editor again\?/);
    terminal.type("y");
    await terminal.waitFor(/sealed \.env\.vault/);
    expect(await terminal.end()).toBe(0);
    expect(project.read("seen")).toBe("A=mine\nB=2\nC=typed\n");
    expect(project.ok(["decrypt", "--stdout"]).stdout).toBe("A=theirs\nB=2\nC=typed\n");
    expect(readdirSync(project.path(".git/envseal")).filter((name) => name.startsWith("tmp-"))).toEqual([]);
  });

  it("edit removes its file when the terminal goes away", async () => {
    const project = sealedProject();
    project.write("editor.sh", "touch started; sleep 5\n");
    const terminal = new Terminal(project, ["edit"], { EDITOR: "sh editor.sh" });
    for (let tries = 0; tries < 400 && !readdirSync(project.folder).includes("started"); tries++)
      await new Promise((done) => setTimeout(done, 25));
    expect(readdirSync(project.path(".git/envseal")).some((name) => name.startsWith("tmp-"))).toBe(true);
    terminal.kill("SIGHUP");
    for (let tries = 0; tries < 200 && readdirSync(project.path(".git/envseal")).some((name) => name.startsWith("tmp-")); tries++) {
      await new Promise((done) => setTimeout(done, 25));
    }
    expect(readdirSync(project.path(".git/envseal")).filter((name) => name.startsWith("tmp-"))).toEqual([]);
  });

  it("run passes Ctrl-C to the child, once, and ends as the child ends", async () => {
    const project = sealedProject();
    project.write(
      "app.cjs",
      "let n=0;process.on('SIGINT',()=>{n++;setTimeout(()=>{console.log('interrupts',n);process.exit(7)},300)});setInterval(()=>{},1e3);console.log('ready',process.stdin.isTTY)",
    );
    const terminal = new Terminal(project, ["run", "--", process.execPath, "app.cjs"]);
    await terminal.waitFor(/ready true/);
    terminal.type("\u0003");
    await terminal.waitFor(/interrupts 1/);
    expect(await terminal.end()).toBe(7);
  });
});
