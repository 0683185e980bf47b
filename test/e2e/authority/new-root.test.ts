import { describe, expect, it } from "vitest";
import { type Options, type Project, sealedProject } from "../../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../../support/terminal.ts";

const TWO = { ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" };
const pinOf = (project: Project, options?: Options) => project.ok(["pin"], options).stdout.trim();
const head = (project: Project) => project.manifest().authority.at(-1);
const other = (pin: string) => `${pin.startsWith("A") ? "B" : "A"}${pin.slice(1)}`;

/** Ada has gone, with her machine. Bob, a member, opens default. */
function orphaned(): { project: Project; bob: Options; key: string } {
  const project = sealedProject(TWO);
  project.install();
  const bob = { env: project.teammate("bob", "-e", "default") };
  const key = project.ok(["deploy-key", "create", "web", "-e", "default", "-q"]).stdout.trim();
  project.commitAll("with bob");
  return { project, bob, key };
}

describe("init --new-root", () => {
  it("makes a member the admin of what the key at hand opens; everybody confirms the new pin", () => {
    const { project, bob, key } = orphaned();
    const before = { pin: pinOf(project), id: project.manifest().project };
    expect(project.fails(["init", "--new-root"], bob)).toMatchObject({ code: 2, error: "NEEDS_TERMINAL" });
    const nobody = { env: project.sandbox.otherHome("nobody") };
    expect(project.fails(["init", "--new-root", "--yes"], nobody).code).toBe(3);
    const { stderr } = project.ok(["init", "--new-root", "--yes"], bob);
    expect(stderr).toMatch(/admins ada would decide nothing[\s\S]*production goes[\s\S]*deploy keys have to be created again/);
    const pin = pinOf(project);
    expect(pin).not.toBe(before.pin);
    expect(stderr).toContain(pin);
    expect(project.manifest().project).toBe(before.id);
    expect([Object.keys(head(project).admins), Object.keys(head(project).environments)]).toEqual([["bob"], ["default"]]);
    expect(project.ok(["get", "A", "-e", "default"], bob)).toMatchObject({ stdout: "secret-one\n", stderr: "" });
    project.ok(["rotate", "-q"], bob);
    // Whoever trusted the old root is told, and not led along.
    expect(project.fails(["get", "A", "-e", "default"])).toMatchObject({ code: 4, error: "PIN_MISMATCH" });
    const boot = (env: Record<string, string>) =>
      project.node(["-r", "envseal/config", "-p", "process.env.A"], {
        env: { ...project.sandbox.otherHome("web"), ENVSEAL_KEY: key, ...env },
      });
    expect(boot({})).toMatchObject({ stdout: "", stderr: expect.stringContaining("PIN_MISMATCH") });
    project.ok(["pin", "confirm", "-q", pin]);
    expect(project.ok(["get", "A", "-e", "default"]).stdout).toBe("secret-one\n");
    expect(project.fails(["rotate"]).error).toBe("NEEDS_ADMIN");
  });

  it("opens all of it from a backup, on a machine that knows nothing", () => {
    const { project } = orphaned();
    const phrase = ["--passphrase-file", "../phrase"];
    project.ok(["backup", "create", "../backup", ...phrase, "-q"]);
    const carol = { env: project.sandbox.otherHome("carol") };
    expect(project.fails(["init", "--new-root", "--yes"], carol).code).toBe(3);
    project.ok(["init", "--new-root", "--backup", "../backup", ...phrase, "--yes"], carol);
    expect(Object.keys(head(project).environments)).toEqual(["default", "production"]);
    expect(Object.keys(head(project).admins)).toHaveLength(1);
    for (const [environment, value] of [
      ["default", "secret-one"],
      ["production", "secret-two"],
    ] as const)
      expect(project.ok(["get", "A", "-e", environment], carol).stdout).toBe(`${value}\n`);
    project.ok(["rotate", "--all", "-q"], carol);
  });
});

describe("check without a key", () => {
  const nobody = (project: Project) => ({ env: project.sandbox.otherHome("nobody") });
  const range = (project: Project, ...args: string[]) => project.envseal(["check", "--range", "base..HEAD", ...args], nobody(project));

  it("new-root: an authority of which the base knows nothing stops, unless the caller's pin is its", () => {
    const project = sealedProject(TWO);
    const pin = pinOf(project);
    const manifest = project.read("envseal.json");
    project.execute(["rm", "envseal.json"]);
    project.git("add", ".gitignore");
    project.git("commit", "-qm", "before envseal");
    project.git("branch", "base");
    project.write("envseal.json", manifest);
    project.commitAll("seal");
    expect(range(project)).toMatchObject({ code: 1, stdout: expect.stringContaining("[new-root]") });
    expect(range(project).stdout).toContain(`envseal check --pin=${pin}`);
    expect(range(project, `--pin=${pin}`)).toMatchObject({ code: 0, stdout: "" });
    expect(range(project, `--pin=${other(pin)}`)).toMatchObject({ code: 1, stdout: expect.stringContaining("[forged-authority]") });
    expect(range(project, "--pin", "nonsense")).toMatchObject({ code: 2 });
    expect(project.envseal(["check", "--explain", "new-root"]).code).toBe(0);
  });

  it("forged-authority: a new root in the place of the base's, and a statement that nobody signed who may", () => {
    const { project, bob } = orphaned();
    const pin = pinOf(project);
    project.git("branch", "base");
    project.git("checkout", "-q", "-b", "side");
    // Bob makes himself the admin, by signing what he has no right to sign.
    project.ok(["init", "--new-root", "--yes", "-q"], bob);
    project.commitAll("a new root");
    for (const args of [[], [`--pin=${pin}`]]) {
      const { code, stdout } = range(project, ...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/\[(forged-authority|forged-manifest)\]/) });
    }
    project.git("checkout", "-q", "-B", "side", "base");
    project.ok(["grant", "bob", "--admin", "--yes", "-q"]);
    const manifest = project.manifest();
    const statement = manifest.authority.at(-1);
    statement.admins = { bob: statement.admins.bob };
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    project.commitAll("forged");
    expect(range(project, `--pin=${pin}`)).toMatchObject({ code: 1, stdout: expect.stringMatching(/\[forged-(authority|manifest)\]/) });
    for (const options of [{}, bob]) expect(project.fails(["get", "A", "-e", "default"], options).code).toBe(4);
  });
});

describe("recovery use", () => {
  it.runIf(terminalIsHere)(
    `takes the pin that was written down with the words, and makes an admin where asked${terminalNotice}`,
    async () => {
      const project = sealedProject(TWO);
      const { stderr } = project.ok(["recovery", "create", "--recovery-file", "../words"]);
      const pin = pinOf(project);
      expect(stderr).toContain(`the project's pin, ${pin}, is in the file`);
      const [words = "", kept] = project.read("../words").split("\n");
      expect(kept).toBe(`pin: ${pin}`);
      const lost = project.sandbox.otherHome("lost");
      const use = async (args: string[], name = "ada-2") => {
        const terminal = new Terminal(project, ["recovery", "use", "--name", name, ...args], lost);
        await terminal.waitFor(/the 24 recovery words/);
        terminal.type(`${words}\r`);
        return { code: await terminal.end(), screen: terminal.screen };
      };
      expect(await use([`--pin=${other(pin)}`])).toMatchObject({ code: 4, screen: expect.stringContaining("PIN_MISMATCH") });
      expect(project.fails(["get", "A", "-e", "default"], { env: lost }).code).toBe(3);
      expect((await use([`--pin=${pin}`])).code).toBe(0);
      expect(project.ok(["get", "A", "-e", "production"], { env: lost })).toMatchObject({ stdout: "secret-two\n", stderr: "" });
      expect(project.fails(["rotate", "--all"], { env: lost }).error).toBe("NEEDS_ADMIN");
      // The pin is known now; one that is given is compared all the same, and a name is that of the identity that is here.
      expect(await use([`--pin=${other(pin)}`, "--admin"])).toMatchObject({ code: 4, screen: expect.stringContaining("PIN_MISMATCH") });
      expect(await use(["--admin"], "ada-3")).toMatchObject({ code: 2, screen: expect.stringContaining("--name names another") });
      expect(head(project).admins["ada-2"]).toBeUndefined();
      expect((await use(["--admin"])).code).toBe(0);
      project.ok(["revoke", "ada", "--yes", "-q"], { env: lost });
      expect(Object.keys(head(project).admins).sort()).toEqual(["ada-2", "recovery"]);
      expect(project.fails(["get", "A", "-e", "default"]).code).toBe(3);
    },
  );
});
