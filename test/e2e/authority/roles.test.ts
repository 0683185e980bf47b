import { describe, expect, it } from "vitest";
import { type Options, type Project, sealedProject } from "../../support/sandbox.ts";

const TWO = { ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" };
const head = (project: Project) => project.manifest().authority.at(-1);
const people = (project: Project) =>
  Object.fromEntries(
    JSON.parse(project.ok(["recipients", "--json"]).stdout).map((person: { name: string; role: string; environments: object[] }) => [
      person.name,
      person,
    ]),
  );

function team(...roles: string[]): { project: Project; bob: Options } {
  const project = sealedProject(TWO);
  return { project, bob: { env: project.teammate("bob", ...roles) } };
}

describe("grant", () => {
  it("--admin, --rotate and --member give a role and take it away; access is another matter", () => {
    const { project, bob } = team("-e", "default");
    expect(people(project).bob).toMatchObject({ role: "member", environments: [{ environment: "default", state: "ok" }] });
    project.ok(["grant", "bob", "--admin", "--yes"]);
    expect(people(project).bob).toMatchObject({ role: "admin", environments: [{ environment: "default" }] });
    expect(JSON.parse(project.ok(["status", "--json"], bob).stdout).role).toBe("admin");
    project.ok(["grant", "bob", "--rotate", "-e", "production", "--yes"]);
    expect(people(project).bob).toMatchObject({ role: "rotator (production)", environments: [{}, { environment: "production" }] });
    expect(head(project).admins.bob).toBeUndefined();
    expect(project.ok(["grant", "bob", "--member", "--yes"]).stderr).toContain("bob is a member now");
    expect(people(project).bob).toMatchObject({ role: "member", environments: [{}, { environment: "production" }] });
    expect(project.ok(["get", "A", "-e", "production"], bob).stdout).toBe("secret-two\n");
    // Nobody is demoted from nothing, has two roles, or is the last to go.
    expect(project.fails(["grant", "bob", "--member", "--yes"]).error).toBe("USAGE");
    expect(project.fails(["grant", "bob", "--admin", "--rotate", "--all", "--yes"]).error).toBe("USAGE");
    expect(project.fails(["grant", "ada", "--member", "--yes"]).stderr).toContain("last admin");
    // Who is known by an age recipient alone signs nothing.
    const recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    expect(project.fails(["grant", "paper", recipient, "--admin", "--all", "--yes"]).stderr).toContain("envseal join");
  });

  it("what an admin signed before holds when the role goes: it is signed anew", () => {
    const { project, bob } = team("--all", "--admin");
    const carol = { env: project.sandbox.otherHome("carol") };
    project.ok(["join", "--name", "carol", "-q"], carol);
    project.ok(["grant", "carol", "--all", "--yes", "-q"], bob);
    project.ok(["rotate", "-e", "default", "-q"], bob);
    expect(people(project).carol).toMatchObject({ environments: [{ signedBy: "bob" }, { signedBy: "bob" }] });
    project.ok(["grant", "bob", "--member", "--yes"]);
    expect(people(project).carol).toMatchObject({ environments: [{ signedBy: "ada" }, { signedBy: "ada" }] });
    for (const person of [carol, bob, {}]) expect(project.ok(["get", "A", "-e", "default"], person).stdout).toBe("secret-one\n");
    expect(project.ok(["check", "--all"]).stdout).toBe("");
  });
});

describe("an admin's command", () => {
  it("run by a member ends with NEEDS_ADMIN, naming the admins, and changes nothing", () => {
    const { project, bob } = team("--all");
    project.ok(["join", "--name", "carol", "-q"], { env: project.sandbox.otherHome("carol") });
    project.ok(["rotate", "--all", "-q"]);
    const files = () => ["envseal.json", ".env.vault", ".env.production.vault"].map((path) => project.read(path));
    const before = files();
    for (const args of [
      ["grant", "carol", "--all", "--yes"],
      ["grant", "carol", "--admin", "--all", "--yes"],
      ["grant", "bob", "--admin", "--yes"],
      ["grant", "ada", "--member", "--yes"],
      ["revoke", "ada", "--yes"],
      ["rotate", "-e", "default"],
      ["rotate", "--all", "--reason", "compromised"],
      ["rotate", "-e", "default", "--fence"],
      ["keys", "suspend", "v2", "-e", "default", "--yes"],
      ["keys", "compromise", "v2", "-e", "default", "--yes"],
      ["keys", "destroy", "v1", "-e", "default", "--yes", "--waive-backup", "destroy v1 without a backup"],
      ["deploy-key", "create", "ci", "-e", "default"],
      ["deploy-key", "create", "ci", "--all", "--rotate"],
      ["deploy-key", "create", "ro", "-e", "default", "--read-only"],
      ["env", "add", "staging"],
      ["env", "remove", "production", "--yes"],
      ["recovery", "create", "--recovery-file", "../words"],
    ]) {
      const { code, error, stderr } = project.fails(args, bob);
      expect({ args, code, error }).toEqual({ args, code: 3, error: "NEEDS_ADMIN" });
      expect(stderr).toMatch(/admins of this project are: ada[\s\S]*ask one of them to run: envseal /);
    }
    expect(files()).toEqual(before);
  });

  it("what a member does all the same: seal, show values, require names, ask, drop what is not wanted", () => {
    const { project, bob } = team("--all");
    project.ok(["set", "A", "-e", "default", "-q"], { ...bob, input: "from-bob" });
    project.ok(["require", "A", "-e", "default", "-q"], bob);
    project.ok(["allow", "leak", "--path", "a.md", "--reason", "sample", "-e", "default", "-q"], bob);
    project.write("sub/.env", "SUB=sub-value-1\n");
    project.ok(["encrypt", "sub/.env", "-q"], bob);
    expect(project.ok(["get", "A", "-e", "default"]).stdout).toBe("from-bob\n");
    expect(project.ok(["get", "SUB", "-f", "sub/.env.vault"]).stdout).toBe("sub-value-1\n");
    expect(project.ok(["check", "--all"]).stdout).toBe("");
  });
});

describe("a member of one environment", () => {
  it("misses nothing in the others that was never theirs, and is told where an entry of theirs is gone", () => {
    const { project, bob } = team("-e", "default");
    expect(project.ok(["get", "A", "-e", "default"], bob).stdout).toBe("secret-one\n");
    project.git("add", "-A");
    for (const scope of [["--staged"], ["--all"]]) expect(project.envseal(["check", ...scope], bob)).toMatchObject({ code: 0, stdout: "" });
    const manifest = project.manifest();
    delete manifest.environments.default.access.bob;
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    project.git("add", "-A");
    expect(project.envseal(["check", "--staged"], bob)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/opened default before, or was made for it, and has no access to it here.*forged-access/),
    });
  });
});

describe("a rotator", () => {
  it("replaces keys of its own environments, and nothing else", () => {
    const { project, bob } = team("--rotate", "-e", "production");
    project.ok(["rotate", "-e", "production", "-q"], bob);
    expect(project.statement("production").signatures.bob).toBeDefined();
    expect(project.ok(["get", "A", "-e", "production"]).stdout).toBe("secret-two\n");
    for (const args of [
      ["rotate", "-e", "default"],
      ["rotate", "--all"],
      ["env", "remove", "production", "--yes"],
      ["keys", "compromise", "v2", "-e", "production", "--yes"],
      ["deploy-key", "create", "ci", "-e", "production"],
    ])
      expect(project.fails(args, bob), args.join(" ")).toMatchObject({ code: 3, error: "NEEDS_ADMIN" });
  });

  it("revokes as far as it can, and says that an admin has to end it; until then status and check say so", () => {
    const { project, bob } = team("--rotate", "-e", "production");
    const carol = { env: project.teammate("carol", "--all") };
    const { stderr } = { ...project.fails(["revoke", "carol", "--yes"], bob) };
    // What carol opens in other environments is not a rotator's to take.
    expect(stderr).toMatch(/to take access to default from carol.*NEEDS_ADMIN[\s\S]*envseal revoke carol/);
    expect(project.statement("production").floor).toBe(project.statement("production").active);
    expect(project.fails(["get", "A", "-e", "production"], carol).error).toBe("NO_ACCESS");
    const { lowest } = head(project).environments.production;
    expect(lowest).toBeLessThan(project.statement("production").revision);
    expect(project.ok(["status"]).stdout).toContain("until an admin rotates");
    project.git("add", "-A");
    expect(project.envseal(["check", "--all"]).stdout).toContain("unfinished-rotation");
    project.ok(["rotate", "--all", "-q"]);
    project.git("add", "-A");
    expect(head(project).environments.production.lowest).toBeGreaterThan(lowest);
    expect(project.envseal(["check", "--all"]).stdout).not.toContain("unfinished-rotation");
    expect(project.statement("production").keys[project.statement("production").active].version).toBe(2);
  });

  it("can be a deploy key, of one environment or of all", () => {
    const { project } = team("--all");
    project.install();
    const [nightly, all] = [
      ["nightly", "-e", "production"],
      ["everywhere", "--all"],
    ].map((args) => project.ok(["deploy-key", "create", ...args, "--rotate", "-q"]).stdout.trim()) as [string, string];
    expect([nightly, all].map((key) => key.split("_")[1])).toEqual(["production", "all"]);
    const machine = (key: string) => ({ env: { ...project.sandbox.otherHome("machine"), ENVSEAL_KEY: key } });
    project.ok(["rotate", "-e", "production", "-q"], machine(nightly));
    expect(project.fails(["rotate", "-e", "default", "-q"], machine(nightly)).code).toBe(3);
    project.ok(["rotate", "--all", "-q"], machine(all));
    expect(["default", "production"].map((name) => Object.keys(project.statement(name).signatures))).toEqual([
      ["everywhere"],
      ["everywhere"],
    ]);
    for (const [environment, value] of [
      ["default", "secret-one"],
      ["production", "secret-two"],
    ] as const) {
      const env = { ...machine(all).env, ENVSEAL_ENV: environment };
      expect(project.ok(["get", "A", "-e", environment], machine(all)).stdout).toBe(`${value}\n`);
      expect(project.node(["-r", "envseal/config", "-p", "process.env.A"], { env }).stdout).toBe(`${value}\n`);
    }
    expect(project.fails(["grant", "bob", "--admin", "--yes"], machine(all)).error).toBe("NEEDS_ADMIN");
    const list = JSON.parse(project.ok(["deploy-key", "list", "--json"]).stdout);
    expect(list).toMatchObject([
      { name: "everywhere", environments: ["default", "production"], rotates: ["default", "production"] },
      { name: "nightly", environments: ["production"], rotates: ["production"] },
    ]);
  });
});

describe("an admin without access to an environment", () => {
  it("grants it: the entry waits, and whoever opens it wraps the key at the next sync", () => {
    const { project, bob } = team("--admin", "-e", "default");
    const carol = { env: project.sandbox.otherHome("carol") };
    project.ok(["join", "--name", "carol", "-q"], carol);
    expect(project.ok(["grant", "carol", "-e", "production", "--yes"], bob).stderr).toMatch(
      /waits for the key of production.*envseal sync/,
    );
    expect(people(project).carol).toMatchObject({ environments: [{ environment: "production", state: "waiting", signedBy: "bob" }] });
    expect(project.fails(["get", "A", "-e", "production"], carol)).toMatchObject({
      code: 3,
      error: "NO_ACCESS",
      stderr: expect.stringContaining("envseal sync"),
    });
    expect(project.ok(["sync"]).stderr).toContain("carol has the key of production now");
    expect(project.ok(["get", "A", "-e", "production"], carol).stdout).toBe("secret-two\n");
    expect(people(project).carol).toMatchObject({ environments: [{ state: "ok" }] });
  });

  it("rotates what its key opens with --all, and says what it left to whom", () => {
    const { project, bob } = team("--admin", "-e", "default");
    const versions = () => ["default", "production"].map((name) => Object.keys(project.statement(name).keys).length);
    const { code, error, stderr } = project.fails(["rotate", "--all", "--reason", "suspected"], bob);
    expect({ code, error, versions: versions() }).toEqual({ code: 3, error: "NO_ACCESS", versions: [2, 1] });
    expect(stderr).toContain("production: not rotated, since your key does not open it");
    expect(stderr).toContain("ask ada for production to run: envseal rotate -e production --reason suspected");
  });

  it("revokes there too, at once for what was signed, and names who has to rotate", () => {
    const { project, bob } = team("--admin", "-e", "default");
    const carol = { env: project.teammate("carol", "--all") };
    const { code, error, stderr } = project.fails(["revoke", "carol", "--yes"], bob);
    expect({ code, error }).toEqual({ code: 3, error: "NO_ACCESS" });
    expect(stderr).toContain("ada runs: envseal rotate -e production");
    expect(people(project).carol).toBeUndefined();
    // Half of a revoke looks like that to everybody, until a plain rotate ends it as it was meant.
    const { production } = project.manifest().environments;
    expect(production.statement.keys[production.statement.active].history.at(-1)).toMatchObject({ state: "active", reason: "offboarding" });
    expect(project.ok(["status"]).stdout).toContain("somebody lost access to production who knows its key");
    const known = "somebody who lost access knows the key that A is sealed under";
    const chosen = ["-e", "production"];
    project.install();
    for (const args of [
      ["get", "A", ...chosen],
      ["run", ...chosen, "--", "true"],
      ["set", "A", ...chosen],
    ])
      expect(project.ok(args, { input: "secret-two" }).stderr.replace(/\s+/g, " "), args[0]).toContain(known);
    const boot = project.node(["-r", "envseal/config", "-e", "0"], {
      env: { ENVSEAL_ENV: "production", ENVSEAL_KEY_PRODUCTION: undefined },
    });
    expect(boot.stderr).toContain(known);
    project.git("add", "-A");
    expect(project.envseal(["check", "--all"], { env: project.sandbox.otherHome("ci") }).stdout).toContain("unfinished-rotation");
    for (const environment of ["default", "production"])
      expect(project.fails(["get", "A", "-e", environment], carol).code, environment).toBe(3);
    expect(project.ok(["get", "A", "-e", "production"]).stdout).toBe("secret-two\n");
    project.ok(["rotate", "-e", "production", "-q"]);
    const { statement } = project.manifest().environments.production;
    expect([statement.keys[statement.active].reason, statement.floor]).toEqual(["offboarding", statement.active]);
    expect(project.ok(["get", "A", "-e", "production"])).toMatchObject({ stdout: "secret-two\n", stderr: "" });
    expect(project.ok(["status"]).stdout).not.toContain("somebody lost access");
  });
});

describe("revoking an admin", () => {
  it("ends what they signed, signs it anew, and names the machines with the pin to set", () => {
    const { project, bob } = team("--admin", "--all");
    project.install();
    const key = project.ok(["deploy-key", "create", "web", "-e", "production", "-q"], bob).stdout.trim();
    project.ok(["deploy-key", "create", "api", "-e", "default", "-q"], bob);
    const fork = project.read("envseal.json");
    const before = head(project).environments;
    const { stderr } = project.ok(["revoke", "bob", "--yes"]);
    const pin = project.ok(["pin"]).stdout.trim();
    expect(stderr).toContain(`set ENVSEAL_PIN=${pin} on those of: api, web`);
    for (const name of ["default", "production"]) {
      expect(head(project).environments[name].lowest).toBeGreaterThan(before[name].lowest);
      expect(project.fails(["get", "A", "-e", name], bob).code).toBe(3);
    }
    expect(people(project).web).toMatchObject({ environments: [{ signedBy: "ada", state: "ok" }] });
    const boot = (env: Record<string, string>) =>
      project.node(["-r", "envseal/config", "-p", "process.env.A"], {
        env: { ...project.sandbox.otherHome("web"), ENVSEAL_KEY: key, ...env },
      });
    expect(boot({}).stdout).toBe("secret-two\n");
    expect(boot({ ENVSEAL_PIN: pin }).stdout).toBe("secret-two\n");
    // What a leaver could go on from is refused where the pin is set.
    project.write("envseal.json", fork);
    expect(boot({ ENVSEAL_PIN: pin })).toMatchObject({ stdout: "", stderr: expect.stringContaining("PIN_MISMATCH") });
  });

  it("nobody ends their own right to sign: what they sign in that step would lock everybody out", () => {
    const { project, bob } = team("--admin", "--all");
    for (const [args, hint] of [
      [["revoke", "ada", "--yes"], "ask bob to run: envseal revoke ada"],
      [["grant", "ada", "--member", "--yes"], "ask bob to run: envseal grant ada --member"],
    ] as const) {
      const before = project.read("envseal.json");
      expect(project.fails([...args]), args.join(" ")).toMatchObject({ error: "NEEDS_ADMIN", stderr: expect.stringContaining(hint) });
      expect(project.read("envseal.json")).toBe(before);
    }
    // Another admin does both, and everybody goes on.
    project.ok(["grant", "ada", "--member", "--yes"], bob);
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    project.ok(["revoke", "ada", "--yes"], bob);
    expect(project.ok(["get", "A"], bob).stdout).toBe("secret-one\n");
  });

  it("an admin's new identity under the same name signs anew what the old one signed", () => {
    const { project, bob } = team("--admin", "--all");
    const again = { env: project.sandbox.otherHome("ada-anew") };
    const { recipients, ...manifest } = project.manifest();
    const { ada: _, ...others } = recipients;
    project.write("envseal.json", JSON.stringify({ ...manifest, recipients: others }));
    const print = /fingerprint ([\da-f-]+)/.exec(project.ok(["join", "--name", "ada"], again).stderr)?.[1] as string;
    const asked = ["grant", "ada", "--admin", "--yes", "--fingerprint", print];
    expect(project.fails(asked, bob)).toMatchObject({ error: "USAGE", stderr: expect.stringContaining("with another identity") });
    project.ok([...asked, "--all"], bob);
    for (const person of [bob, again]) expect(project.ok(["get", "A"], person).stdout).toBe("secret-one\n");
    project.ok(["pin", "confirm", "--yes"], again);
    project.ok(["rotate", "-e", "default", "-q"], again);
  });
});
