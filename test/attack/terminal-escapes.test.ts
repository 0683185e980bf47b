import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { printable, printableJson, printableLines } from "../../src/printable.ts";
import { type Project, type Result, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

/** What a repository's names, authors and messages say reaches the terminal as text, never as an order to it. */

/** A title, a colour, a C1 sequence, a reversed end, an invisible mark, a line of its own. */
const ESCAPES = [
  "\u001b]0;PWNED\u0007",
  "\u001b[31m",
  "\u009b2J",
  "\u202egnp.",
  "\u2066\u2069\u200f\u061c",
  "\u200b\u2060\ufeff",
  "\u{e0041}",
];
const HOSTILE = ESCAPES.join("x");
/** Everything but line ends and tabs that a terminal does not simply draw. */
const ORDERS = /[^\n\t\P{C}\u200c\u200d]|[\u2028\u2029]/u;

const folder = `apps${HOSTILE}`;

/** A repository whose every name is hostile. */
function hostile(): Project {
  const project = sealedProject({
    ".env": "API_KEY=sk_live_0123456789\nPORT=3000\n",
    [`${folder}/.env`]: "WEB_KEY=sk_live_web_0123456789\n",
    [`${folder}/${HOSTILE}.txt`]: "text\n",
    "tab\tand\nline.txt": "text\n",
    "-rf.txt": "text\n",
    "--upload-pack=touch pwned": "text\n",
    ":(top)*": "text\n",
  });
  const { env } = project.sandbox;
  Object.assign(env, { GIT_AUTHOR_NAME: `Eve${HOSTILE}`, GIT_AUTHOR_EMAIL: `e${HOSTILE}@x`, GIT_COMMITTER_NAME: `Eve${HOSTILE}` });
  project.commitAll(`first ${HOSTILE}`);
  expect(Object.keys(JSON.parse(project.read("envseal.json")).vaults)).toEqual([".env.vault"]);
  project.ok(["set", "API_KEY", "-q"], { input: "sk_live_9876543210" });
  project.write(`${folder}/leak${HOSTILE}.txt`, "sk_live_9876543210\n");
  project.write(`${folder}/.env.local.bak`, "SECRET_TOKEN=abcdefghijklmnop0123456789\n");
  project.write(`${folder}/.env.st${HOSTILE}`, "A=1\n");
  project.write(`${folder}/code.js`, `process.env.NOT_SET_ANYWHERE\n`);
  project.git("add", "-A", "-f");
  project.git("commit", "-qm", `second ${HOSTILE}`);
  project.git("tag", "v1");
  return project;
}

const COMMANDS: readonly (readonly string[])[] = [
  ["status"],
  ["log"],
  ["log", "API_KEY", "--reveal"],
  ["log", "--keys"],
  ["check", "--all"],
  ["check", "--all", "--format", "github"],
  ["check", "--all", "--format", "sarif"],
  ["check", "--range", "HEAD~1..HEAD"],
  ["blame", ".env.vault", "--reveal"],
  ["diff", "HEAD~1"],
  ["diff", "HEAD~1", "--format", "markdown"],
  ["exposure"],
  ["exposure", "--format", "markdown"],
  ["scan"],
  ["scan", "--history"],
  ["doctor"],
  ["list", "--unused"],
  ["recipients"],
  ["hooks", "status"],
  ["encrypt"],
  ["encrypt", `${folder}/.env`],
  ["init", "--yes", "--no-hooks"],
  ["sync"],
  ["show", `HEAD:${folder}/nothing`],
  ["get", "A", "-f", `${folder}/nothing`],
  [`no${HOSTILE}`],
  ["log", `--no${HOSTILE}`],
];

function expectNoOrders({ stdout, stderr }: Result, about: unknown): void {
  for (const text of [stdout, stderr]) {
    const at = text.search(ORDERS);
    expect({ about, order: at === -1 ? null : JSON.stringify(text.slice(Math.max(0, at - 40), at + 10)) }).toEqual({ about, order: null });
  }
}

describe("an escape sequence", () => {
  it("in a path, an author, an e-mail address, a message or an argument is shown, not obeyed", { timeout: 180_000 }, () => {
    const project = hostile();
    expect(project.git("log", "-1", "--format=%an %s")).toMatch(ORDERS);
    expect(project.ok(["log"]).stdout).toContain("second \uFFFD]0;PWNED\uFFFD");
    for (const args of COMMANDS) {
      const result = project.envseal(args);
      expect({ args, code: result.code === 70 ? result.stderr : "no bug" }).toEqual({ args, code: "no bug" });
      expectNoOrders(result, args);
    }
    for (const args of [["status"], ["log"], ["blame", ".env.vault"], ["exposure"], ["check", "--all"], ["doctor"]]) {
      const result = project.envseal([...args, "--json"]);
      expectNoOrders(result, args);
      if (result.stdout !== "") JSON.parse(result.stdout);
    }
    const log = JSON.parse(project.ok(["log", "--json"]).stdout);
    expect(JSON.stringify(log)).toContain(JSON.stringify(`second ${HOSTILE}`).slice(1, -1));
  });

  it("in a hook's finding is shown, not obeyed", () => {
    const project = hostile();
    project.ok(["hooks", "install", "-q"]);
    project.write(`x${HOSTILE}.txt`, "sk_live_9876543210 again\n");
    project.git("add", "-A", "-f");
    const result = project.node([
      "-e",
      'process.exitCode = require("node:child_process").spawnSync("git", ["commit", "-qm", "x"], { stdio: "inherit" }).status',
    ]);
    expect(result.stderr).toContain("[leak]");
    expectNoOrders(result, "a hook");
  });

  it("in the folder of an app is shown by the loader's errors, not obeyed", () => {
    const project = sealedProject();
    const inner = project.path(folder);
    mkdirSync(inner);
    writeFileSync(join(inner, ".env.vault"), "# envseal:1\n");
    project.install();
    symlinkSync(project.path("node_modules"), join(inner, "node_modules"));
    const boot = project.node(["-r", "envseal/config", "-e", "0"], { cwd: inner });
    expect(boot.code).not.toBe(0);
    const own = boot.stderr.split("\n").filter((row) => !/^\s+at |^file:|^node:|^\//.test(row));
    expectNoOrders({ ...boot, stderr: own.join("\n") }, "boot");
  });

  it.runIf(terminalIsHere)(`in a committed file is not obeyed where it is shown on a terminal${terminalNotice}`, async () => {
    const project = hostile();
    project.write(".env.vault", `${project.read(".env.vault")}# ${HOSTILE}\n`);
    project.commitAll("a vault that is none");
    for (const args of [["show", "HEAD:.env.vault"], ["log"], ["diff", "HEAD~1"]]) {
      const terminal = new Terminal(project, args, { PAGER: "cat", NO_COLOR: "1" });
      await terminal.end();
      expect(terminal.raw.length).toBeGreaterThan(20);
      expectNoOrders({ code: 0, stdout: terminal.raw.replaceAll("\r\n", "\n"), stderr: "" }, args);
    }
  });

  it("of every kind is taken out, and no letter is", () => {
    for (const mark of [
      "\u0000",
      "\u0007",
      "\u001b",
      "\u007f",
      "\u0085",
      "\u009b",
      "\u2028",
      "\u202e",
      "\u2066",
      "\u200f",
      "\u061c",
      "\u00ad",
      "\ud800",
    ]) {
      expect(printable(`a${mark}b`)).toBe("a\uFFFDb");
      expect(JSON.parse(printableJson(JSON.stringify(mark)))).toBe(mark);
      expect(printableJson(JSON.stringify(mark))).toMatch(/^[ -~]+$/);
    }
    for (const text of ["Zoë Ødegård", "محمد\u200cرضا", "李雷", "👩‍💻", "naïve café", "e\u0301"]) expect(printable(text)).toBe(text);
    expect(printableLines("\u001b[31mred\u001b[39m\n\t\u001b[8mhidden\u001b[2J", true)).toBe(
      "\u001b[31mred\u001b[39m\n\t\uFFFD[8mhidden\uFFFD[2J".replace("\uFFFD[8m", "\u001b[8m"),
    );
    expect(printableLines("\u001b[31mred", false)).toBe("\uFFFD[31mred");
  });
});

describe("a homoglyph", () => {
  it("is no environment, recipient, variable or manifest name", () => {
    const project = sealedProject();
    const cyrillic = "d\u0435fault";
    project.write(`.env.${cyrillic}`, "A=1\n");
    expect(project.fails(["get", "A", "-e", cyrillic]).code).toBe(2);
    expect(project.fails(["encrypt", `.env.${cyrillic}`]).code).toBe(2);
    expect(project.fails(["set", "API_K\u0415Y", "-q"], { input: "x" }).error).toBe("BAD_NAME");
    expect(project.fails(["join", "--name", "ad\u0430"]).error).toBe("BAD_NAME");
    expect(project.fails(["get", "API_K\u0415Y"]).error).toBe("NOT_SET");
    for (const change of [
      (text: string) => text.replace('"default"', `"${cyrillic}"`),
      (text: string) => text.replace('"ada"', '"ad\u0430"'),
      (text: string) => text.replace('".env.vault"', '".env\u200b.vault"'),
      (text: string) => text.replace('".env.vault"', '"a\u202e/.env.vault"'),
      (text: string) => text.replace('".env.vault"', '"e\u0301/.env.vault"'),
    ]) {
      const before = project.read("envseal.json");
      project.write("envseal.json", change(before));
      expect(project.fails(["get", "API_KEY"]).code).toBeGreaterThanOrEqual(3);
      project.write("envseal.json", before);
    }
    chmodSync(project.path("envseal.json"), 0o644);
  });
});
