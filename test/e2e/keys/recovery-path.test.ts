import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../../support/terminal.ts";

const start = () => sealedProject({ ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" });

// biome-ignore lint/suspicious/noExplicitAny: what anyone with an editor does to a manifest
function edit(project: Project, change: (manifest: any) => void): void {
  const manifest = JSON.parse(project.read("envseal.json"));
  change(manifest);
  project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The request of someone who calls it a recovery path. */
function plantPath(project: Project, name: string): void {
  project.ok(["join", "--name", name, "-q"], { env: project.sandbox.otherHome("mallory") });
  edit(project, ({ recipients }) => {
    recipients[name].custody = { kind: "recovery", confirmed: "2026-11-22" };
  });
}

async function withWords(project: Project, args: string[], words: string, env?: Record<string, string>) {
  const terminal = new Terminal(project, args, env);
  await terminal.waitFor(/the 24 recovery words/);
  terminal.type(`${words}\r`);
  return { code: await terminal.end(), screen: terminal.screen };
}

describe("recovery words", () => {
  it("are not there because an entry says so that opens nothing", () => {
    const project = start();
    plantPath(project, "recovery");
    expect(project.ok(["status"]).stdout).toContain("there are no recovery words");
    const doctor = project.envseal(["doctor"]).stdout;
    expect(doctor).toMatch(/fail {2}recovery/);
    expect(doctor).not.toContain("grant recovery");
    const { stderr } = project.fails(["recovery", "create", "--recovery-file", "../words"]);
    expect(stderr).toContain("envseal revoke recovery --request");
    project.ok(["revoke", "recovery", "--request", "--yes"]);
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    expect(project.ok(["status"]).stdout).not.toContain("there are no recovery words");
  });

  it("are the last ones, whatever another entry claims", () => {
    const project = start();
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    plantPath(project, "paper");
    edit(project, ({ environments: { production } }) => {
      production.access.paper = production.access.recovery;
    });
    expect(project.fails(["revoke", "recovery", "--yes"])).toMatchObject({ code: 2, error: "NEEDS_TERMINAL" });
  });

  it("that were asked for are made, or it is said that they are not", () => {
    const project = start();
    expect(project.fails(["init", "--yes", "--recovery-file", "../words"])).toMatchObject({ code: 2, error: "USAGE" });
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    project.ok(["init", "--yes", "--recovery-file", "../words"]);
    const other = project.sandbox.project({ ".env": "A=secret-one\n" }, { name: "other" });
    expect(other.fails(["init", "--yes", "--no-recovery", "--recovery-file", "../words-2"]).error).toBe("USAGE");
  });

  it.runIf(terminalIsHere)(`are right when they open every environment${terminalNotice}`, async () => {
    const project = start();
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    const words = readFileSync(join(project.sandbox.root, "words"), "utf8").split("\n", 1)[0] as string;
    const whole = project.read("envseal.json");
    const pin = project.ok(["pin"]).stdout.trim();
    edit(project, ({ environments: { production } }) => {
      delete production.access.recovery;
    });
    expect(project.ok(["status"]).stdout).toContain("the recovery words do not open production");
    const confirmed = await withWords(project, ["recovery", "confirm"], words);
    expect(confirmed.code).toBe(3);
    expect(confirmed.screen).toContain("do not open production");
    // What they do open, they give back all the same.
    const lost = project.sandbox.otherHome("lost");
    const used = await withWords(project, ["recovery", "use", "--name", "ada-2", `--pin=${pin}`], words, lost);
    expect(used.code).toBe(3);
    expect(used.screen).toContain("ada-2 has access to default;");
    expect(project.ok(["get", "A", "-e", "default"], { env: lost }).stdout).toBe("secret-one\n");
    project.write("envseal.json", whole);
    expect((await withWords(project, ["recovery", "confirm"], words)).code).toBe(0);
  });

  it("are not unlocked beside an identity file, which goes before them", () => {
    const project = start();
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    expect(project.fails(["unlock", "--recovery"])).toMatchObject({ code: 2, error: "USAGE" });
  });
});

describe("a backup", () => {
  it("holds something, and its words lie outside the repository", () => {
    const project = start();
    expect(project.fails(["backup", "create", "../backup", "--passphrase-file", "words"]).error).toBe("USAGE");
    expect(project.git("status", "--porcelain", "--ignored")).not.toContain("words");
    const carol = project.sandbox.otherHome("carol");
    project.ok(["join", "--name", "carol", "-q"], { env: carol });
    const create = ["backup", "create", "../backup", "--passphrase-file", "../words"];
    expect(project.fails(create, { env: carol })).toMatchObject({ code: 3, error: "NO_ACCESS" });
  });
});

describe("a date from the future", () => {
  it("does not put a reminder off for ever", () => {
    const project = start();
    edit(project, (manifest) => {
      manifest.backup = { verified: "2999-01-01" };
    });
    expect(project.ok(["status"]).stdout).toContain("no backup of the keys was verified for 90 days");
  });
});
