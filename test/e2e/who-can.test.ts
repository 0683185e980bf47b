import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

const TWO = { ".env": "A=secret-one-0123456789\n", ".env.production": "A=secret-two-0123456789\n" };

function notes(project: Project, env: Record<string, string> = {}): string[] {
  return JSON.parse(project.ok(["status", "--json"], { env }).stdout).notes;
}

/** Eve, an admin, made staging; Ada, the other one, has no key of it. */
function apart() {
  const project = sealedProject(TWO);
  const eve = { env: project.teammate("eve", "--admin", "--all") };
  const bob = { env: project.teammate("bob", "-e", "default") };
  project.ok(["env", "add", "staging", "-q"], eve);
  return { project, eve, bob };
}

describe("access that waits for a key", () => {
  it("is not called access, and grant, status and doctor name whoever can finish it", () => {
    const { project, eve, bob } = apart();
    const { stderr } = project.ok(["grant", "ada", "-e", "staging", "--yes"]);
    expect(stderr).not.toContain("has access");
    expect(stderr).toContain(
      "ada waits for the key of staging, which yours does not open; when envseal.json is pushed, ask eve for staging to run: envseal sync",
    );
    expect(project.ok(["grant", "bob", "--all", "--yes"]).stderr).toContain(
      "bob has access to default, production, and to every earlier version of them; commit envseal.json\nbob waits for the key of staging,",
    );
    expect(notes(project, eve.env)).toEqual(
      expect.arrayContaining(["ada waits for the key of staging: envseal sync", "bob waits for the key of staging: envseal sync"]),
    );
    for (const reader of [{}, bob.env])
      expect(notes(project, reader)).toContain("ada waits for the key of staging: ask eve to run: envseal sync");
    expect(project.ok(["status"]).stdout).toMatch(/^staging .* ada \(waiting\), bob \(waiting\), eve$/m);
    expect(project.ok(["env", "list"]).stdout).toMatch(/^staging .* ada \(waiting\), bob \(waiting\), eve$/m);
    expect(project.envseal(["doctor"], eve).stdout).toMatch(
      /^fail {2}access to staging: ada, bob wait for its key\n {6}fix: envseal sync, then commit envseal\.json$/m,
    );
    expect(project.envseal(["doctor"], bob).stdout).toMatch(
      /^ok {4}access to staging: ada, bob wait for its key: ask eve to run: envseal sync$/m,
    );
    project.ok(["sync", "-q"], eve);
    expect(notes(project, eve.env).join()).not.toContain("waits");
    expect(project.envseal(["doctor"], eve).stdout).not.toContain("access to staging");
    expect(project.ok(["status"]).stdout).not.toContain("(waiting)");
  });
});

describe("a command in advice", () => {
  it("is complete where there are several environments, and given to those who can run it", () => {
    const project = sealedProject(TWO);
    const [bob, carol] = [project.teammate("bob", "-e", "default"), project.sandbox.otherHome("carol")];
    expect(project.ok(["join", "--name", "carol"], { env: carol }).stderr).toMatch(
      /an admin \(ada\) .* runs: envseal grant carol -e NAME$/m,
    );
    expect(project.ok(["join", "--name", "dora", "--print"], { env: project.sandbox.otherHome("dora") }).stderr).toMatch(
      /an admin runs: envseal grant dora age1\w+ -e NAME$/m,
    );
    expect(notes(project)).toContain(
      "carol asks for access: compare the fingerprint (envseal recipients), then envseal grant carol -e NAME",
    );
    expect(notes(project, bob)).toContain("carol asks for access: ask ada to run: envseal grant carol -e NAME");
    expect(notes(project, carol)).toContain(
      "you asked for access as carol: compare the fingerprint (envseal recipients) and ask ada to run: envseal grant carol -e NAME",
    );
    const lone = "ada is the only admin: with that identity lost, nobody decides";
    expect(notes(project)).toContain(`${lone} (envseal grant NAME --admin)`);
    expect(notes(project, bob)).toContain(lone);
    project.ok(["grant", "carol", "-e", "production", "--yes", "-q"]);
  });

  it("names no environment where there is one", () => {
    const project = sealedProject();
    expect(project.ok(["join", "--name", "bob"], { env: project.sandbox.otherHome("bob") }).stderr).toMatch(/runs: envseal grant bob$/m);
    expect(notes(project)).toContain("bob asks for access: compare the fingerprint (envseal recipients), then envseal grant bob");
  });

  it.each([
    ["-e", "production"],
    ["-f", ".env.production"],
  ])("keeps the %s that was given", (...scope) => {
    const project = sealedProject(TWO);
    const line = `envseal set NEW ${scope.join(" ")}`;
    const { error, stderr } = project.fails(["set", "NEW=abc", ...scope]);
    expect(error).toBe("USAGE");
    expect(stderr).toContain(`the hidden prompt (${line}) or stdin (printf %s "$VALUE" | ${line})`);
    expect(stderr).toContain("(envseal public NEW -e production)");
    expect(project.fails(["set", "NEW", ...scope]).stderr).toContain(`echo | ${line}`);
    expect(project.fails(["get", "NOPE", ...scope]).stderr).toContain(`hint: envseal list ${scope.join(" ")} shows the names`);
    expect(project.fails(["unset", "NOPE", ...scope]).stderr).toContain(`hint: envseal list ${scope.join(" ")} shows the names`);
  });

  it("adds no option where none was given", () => {
    const project = sealedProject();
    expect(project.fails(["set", "NEW=abc"]).stderr).toContain("(envseal set NEW) or stdin");
    expect(project.fails(["set", "NEW=abc"]).stderr).toContain("(envseal public NEW)");
  });

  it("names, to a member without access, the admins and the line to send them", () => {
    const project = sealedProject(TWO);
    const bob = { env: project.teammate("bob", "-e", "default") };
    expect(project.fails(["get", "A", "-e", "production"], bob)).toMatchObject({
      error: "NO_ACCESS",
      stderr: expect.stringContaining("hint: ask ada to run: envseal grant bob -e production;"),
    });
  });
});

describe.runIf(terminalIsHere)(`in a real terminal${terminalNotice}`, () => {
  it("set asks nobody for a value that they cannot seal", async () => {
    const project = sealedProject(TWO);
    const bob = project.teammate("bob", "-e", "default");
    const refused = new Terminal(project, ["set", "X", "-e", "production"], bob);
    expect(await refused.end()).toBe(3);
    expect(refused.screen).toContain("NO_ACCESS");
    expect(refused.screen).not.toContain("value of X");
    const asked = new Terminal(project, ["set", "X", "-e", "default"], bob);
    await asked.waitFor(/value of X/);
    asked.type("\u0003");
    await asked.end();
  });
});

describe("a pin that a key carries", () => {
  it("is said to be carried, and doctor is content", () => {
    const project = sealedProject();
    project.git("config", "core.hooksPath", "/dev/null");
    const key = project.ok(["deploy-key", "create", "ci"]).stdout.trim();
    const pin = project.ok(["pin", "-q"]).stdout.trim();
    const home = project.sandbox.otherHome("ci");
    const server = { env: { ENVSEAL_KEY: key, ...home } };
    expect(project.ok(["status"], server).stdout).toContain(`pin: ${pin} (carried by the key in ENVSEAL_KEY)\n`);
    expect(project.ok(["pin"], server)).toEqual({
      code: 0,
      stdout: `${pin}\n`,
      stderr: "it is carried by the key in ENVSEAL_KEY: nothing is to be confirmed\n",
    });
    expect(JSON.parse(project.ok(["pin", "--json"], server).stdout)).toMatchObject({ confirmed: false, carried: "the key in ENVSEAL_KEY" });
    const ok = (env: Record<string, string>) => /^(\w+) +pin: (.*)$/m.exec(project.envseal(["doctor"], { env }).stdout)?.slice(1);
    expect(ok(server.env)).toEqual(["ok", `${pin} is carried by the key in ENVSEAL_KEY`]);
    expect(ok({ ...home, ENVSEAL_PIN: pin })).toEqual(["ok", `${pin} is carried by ENVSEAL_PIN`]);
    expect(ok({ ...home, ENVSEAL_KEY_DEFAULT: key })).toEqual(["ok", `${pin} is carried by the key in ENVSEAL_KEY_DEFAULT`]);
    expect(ok(home)?.[0]).toBe("fail");
    // A key of another project carries nothing to this one.
    const other = sealedProject({ ".env": "B=another-secret-0123\n" });
    const foreign = other.ok(["deploy-key", "create", "ci"]).stdout.trim();
    expect(ok({ ...home, ENVSEAL_KEY: foreign })?.[0]).toBe("fail");
    expect(project.ok(["status"], { env: { ...home, ENVSEAL_KEY: foreign } }).stdout).not.toContain("carried");
    expect(project.ok(["status"], server).stdout).not.toContain("pin confirm");
  });

  it("is confirmed by join --pin, which says so", () => {
    const project = sealedProject();
    const pin = project.ok(["pin", "-q"]).stdout.trim();
    const bob = { env: project.sandbox.otherHome("bob") };
    expect(project.ok(["join", "--name", "bob", "--pin", pin], bob).stderr).toContain(`the pin ${pin} is confirmed on this machine\n`);
  });
});

describe("a review", () => {
  it("hears who would get a role by an authority that somebody changed by hand, and that a swapped entry is to be taken from git", () => {
    const project = sealedProject();
    project.commitAll();
    const pin = project.ok(["pin", "-q"]).stdout.trim();
    const mallory = { env: project.sandbox.otherHome("mallory") };
    project.ok(["join", "--name", "mallory", "-q"], mallory);
    const manifest = project.manifest();
    manifest.authority.at(-1).admins.mallory = {
      recipient: manifest.recipients.mallory.recipient,
      signer: manifest.recipients.mallory.signer,
    };
    const swapped = project.manifest();
    swapped.environments.default.access.ada.recipient = manifest.recipients.mallory.recipient;
    project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
    const said = (args: string[]) => project.fails(["check", ...args], mallory).stdout;
    project.git("add", "-A");
    expect(said(["--all", "--pin", pin])).toContain("the admins that it names: ada, mallory");
    project.git("add", "-A");
    project.git("commit", "-qm", "slipped in");
    expect(said(["--range", "HEAD~1..HEAD"])).toContain("or is of another line; mallory became an admin [manifest-change]");
    project.git("reset", "-q", "--hard", "HEAD~1");
    project.write("envseal.json", `${JSON.stringify(swapped, null, 2)}\n`);
    project.git("add", "-A");
    expect(said(["--all"])).toMatch(/access entry of ada to default[\s\S]*?\n {2}fix: take envseal\.json from git again/);
  });
});

describe("a person without access to an environment", () => {
  it("is not warned of that at each commit and push", () => {
    const project = sealedProject(TWO);
    const bob = project.teammate("bob", "-e", "default");
    project.commitAll();
    project.git("add", "-A");
    const hook = (event: string, args: string[], env: Record<string, string>) => project.envseal(["hook", event, ...args], { env });
    project.write("message", "x\n");
    for (const [event, args] of [
      ["pre-commit", []],
      ["commit-msg", ["message"]],
    ] as const)
      expect(hook(event, [...args], bob).stderr).not.toContain("no key at hand");
    // Who opens nothing at all hears of it, and once.
    const nobody = project.sandbox.otherHome("nobody");
    expect(hook("pre-commit", [], nobody).stderr).toContain("no key at hand for default, production: their values were not searched for");
    expect(hook("commit-msg", ["message"], nobody).stderr).not.toContain("no key at hand");
  });
});
