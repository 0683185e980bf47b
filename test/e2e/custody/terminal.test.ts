import { describe, expect, it } from "vitest";
import { Terminal, terminalIsHere, terminalNotice } from "../../support/terminal.ts";
import { start } from "./project.ts";

describe("custody", () => {
  it.runIf(terminalIsHere)(`asks in a terminal: 12 words shown once, three typed back; then the passphrase${terminalNotice}`, async () => {
    const { project } = start();
    const moving = new Terminal(project, ["custody", "move", "passphrase"]);
    await moving.waitFor(/a passphrase of your own/);
    moving.type("\r");
    await moving.waitFor(/these 12 words, in this order/);
    await moving.waitFor(/press Enter when they are on paper/);
    const words = [...moving.screen.matchAll(/(\d+)\. ([a-z]+)/g)]
      .sort((a, b) => Number(a[1]) - Number(b[1]))
      .map((match) => match[2] as string);
    expect(words).toHaveLength(12);
    moving.type("\r");
    for (let asked = 0; asked < 3; asked++) {
      const [, number] = await moving.waitFor(/◆ {2}word (\d+)/);
      moving.type(`${words[Number(number) - 1]}\r`);
    }
    await moving.waitFor(/is now held by: passphrase/);
    expect(await moving.end()).toBe(0);
    const getting = new Terminal(project, ["get", "A", "-e", "default"]);
    await getting.waitFor(/passphrase of ada/);
    getting.type("not this\r");
    await getting.waitFor(/not the passphrase of ada/);
    getting.type(`${words.join(" ")}\r`);
    await getting.waitFor(/secret-one/);
    expect(await getting.end()).toBe(0);
    expect(getting.screen).not.toContain(words.slice(0, 3).join(" "));
    const showing = new Terminal(project, ["custody", "move", "file"]);
    await showing.waitFor(/passphrase of ada/);
    showing.type(`${words.join(" ")}\r`);
    await showing.waitFor(/AGE-SECRET-KEY-1/);
    await showing.waitFor(/type "saved" when/);
    showing.type("yes\r");
    await showing.waitFor(/type "saved", or Ctrl-C/);
    showing.type("\u0015saved\r");
    await showing.waitFor(/is now held by: file/);
    expect(await showing.end()).toBe(0);
    expect(project.ok(["get", "A", "-e", "default"]).stdout).toBe("secret-one\n");
  });
});
