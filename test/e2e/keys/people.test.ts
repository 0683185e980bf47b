import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../../support/sandbox.ts";

const FILES = { ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" };

function team() {
  const project = sealedProject(FILES);
  const bob = project.sandbox.otherHome("bob");
  const mallory = project.sandbox.otherHome("mallory");
  project.ok(["join", "--name", "bob", "-q"], { env: bob });
  project.ok(["grant", "bob", "-e", "default", "--yes", "-q"]);
  return { project, bob, mallory };
}

// biome-ignore lint/suspicious/noExplicitAny: what anyone with an editor does to a manifest
function edit(project: Project, change: (manifest: any) => void): void {
  const manifest = JSON.parse(project.read("envseal.json"));
  change(manifest);
  project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
}

function identityOf(project: Project, home: Record<string, string>): string {
  const folder = join(home.XDG_CONFIG_HOME as string, "envseal/identities");
  const [name = ""] = readdirSync(folder);
  return project.execute(["cat", join(folder, name)]).stdout;
}

describe("join", () => {
  it("leaves the identity where it is when the new one is refused", () => {
    const { project, bob } = team();
    for (const refused of [
      ["--name", "ada"],
      ["--name", "bob"],
      ["--name", "bob-2", "--identity", "nowhere"],
    ])
      project.fails(["join", "--new", ...refused], { env: bob });
    expect(project.ok(["get", "A", "-e", "default"], { env: bob }).stdout).toBe("secret-one\n");
  });

  it("takes the place of an identity that was held elsewhere, and keeps what held it", () => {
    const { project, bob } = team();
    project.write("../phrase", "orbit velvet cactus mango quartz lantern");
    const phrase = ["--passphrase-file", "../phrase", "-q"];
    project.ok(["custody", "move", "passphrase", "--kdf", "pbkdf2-sha256", ...phrase], { env: bob });
    const records = join(bob.XDG_CONFIG_HOME as string, "envseal/custody");
    const [record = ""] = readdirSync(records);
    const before = readFileSync(join(records, record), "utf8");
    project.ok(["join", "--new", "--name", "bob-2"], { env: bob });
    expect(project.ok(["custody", "show"], { env: bob }).stdout).toMatch(/bob-2.*file/s);
    project.ok(["grant", "bob-2", "--all", "--yes"]);
    expect(project.ok(["get", "A", "-e", "default"], { env: bob }).stdout).toBe("secret-one\n");
    const kept = readdirSync(records);
    expect(kept).toEqual([expect.stringMatching(/\.old$/)]);
    expect(readFileSync(join(records, kept[0] as string), "utf8")).toBe(before);
  });

  it("does not pass --identity over for the one that is there", () => {
    const { project, bob, mallory } = team();
    project.ok(["join", "--name", "mallory", "--print"], { env: mallory });
    project.write("../mine", identityOf(project, bob));
    project.write("../other", identityOf(project, mallory));
    expect(project.fails(["join", "--name", "bob", "--identity", "../other"], { env: bob }).error).toBe("USAGE");
    project.ok(["join", "--name", "bob", "--identity", "../mine"], { env: bob });
  });
});

describe("grant", () => {
  it("takes more than --yes for someone whose recipient was swapped, in whichever environment they had access", () => {
    const { project, mallory } = team();
    const theirs = project.ok(["join", "--name", "mallory", "--print"], { env: mallory }).stdout.trim();
    edit(project, (manifest) => {
      manifest.recipients.bob.recipient = theirs;
    });
    const { error, stderr } = project.fails(["grant", "bob", "-e", "production", "--yes"]);
    expect(error).toBe("NEEDS_TERMINAL");
    expect(stderr).toContain("had access, or a role, with another identity");
    expect(project.envseal(["get", "A", "-e", "production"], { env: mallory }).code).not.toBe(0);
  });
});

describe("-e", () => {
  it("is refused beside --all, and where every environment is meant", () => {
    const { project } = team();
    const before = project.read("envseal.json");
    for (const args of [
      ["rotate", "--all", "-e", "default"],
      ["require", "A", "--all", "-e", "default"],
      ["grant", "bob", "--all", "-e", "production", "--yes"],
      ["revoke", "bob", "-e", "default", "--yes"],
    ])
      expect(project.fails(args)).toMatchObject({ code: 2, error: "USAGE" });
    expect(project.read("envseal.json")).toBe(before);
  });
});

describe("recipients", () => {
  it("are those of one environment where it is named", () => {
    const { project, bob } = team();
    const names = (...args: string[]) =>
      JSON.parse(project.ok(["recipients", "--json", ...args], { env: bob }).stdout).map(({ name }: { name: string }) => name);
    expect(names()).toEqual(["ada", "bob"]);
    expect([names("-e", "default"), names("-e", "production")]).toEqual([["ada", "bob"], ["ada"]]);
    expect(project.fails(["recipients", "-e", "nowhere"]).error).toBe("UNKNOWN_ENVIRONMENT");
  });
});

describe("an access entry that nobody with the key made", () => {
  it("is told wherever recipients are listed", () => {
    const { project, mallory } = team();
    project.ok(["join", "--name", "mallory", "-q"], { env: mallory });
    edit(project, ({ environments: { production } }) => {
      production.access.mallory = production.access.ada;
    });
    for (const args of [["recipients"], ["recipients", "--json"], ["keys"], ["keys", "--json"], ["status"], ["status", "--json"]]) {
      const { stdout, stderr } = project.ok(args);
      expect(`${args}: ${stdout}${stderr}`).toMatch(/mallory to production is signed by nobody who may give access/);
    }
    // Without a key for it, that is what has to be said.
    const { stderr } = project.ok(["recipients", "--json"], { env: project.sandbox.otherHome("nobody") });
    expect(stderr).toMatch(/not verified.*default, production/);
  });
});

describe("-f", () => {
  it("says the environment of a deploy key, and has to agree with -e", () => {
    const { project } = team();
    const { stdout } = project.ok(["deploy-key", "create", "ci", "-f", ".env.production.vault", "-q"]);
    expect(stdout).toMatch(/^esk_production_/);
    const before = project.read("envseal.json");
    for (const args of [["deploy-key", "create", "web"], ["rotate"], ["grant", "bob", "--yes"]])
      expect(project.fails([...args, "-f", ".env.production.vault", "-e", "default"])).toMatchObject({ code: 2, error: "USAGE" });
    expect(project.read("envseal.json")).toBe(before);
  });
});

describe("an environment that is not there", () => {
  it("has no empty inventory", () => {
    const { project } = team();
    for (const args of [["keys"], ["keys", "--json"], ["keys", "--timeline"]])
      expect(project.fails([...args, "-e", "nowhere"])).toMatchObject({ code: 2, stderr: expect.stringContaining("UNKNOWN_ENVIRONMENT") });
  });
});

describe("an identity whose access was taken away", () => {
  it("is not given it again without a word", () => {
    const { project, bob } = team();
    project.commitAll();
    project.ok(["revoke", "bob", "--yes", "-q"]);
    project.commitAll();
    project.ok(["join", "--name", "robert", "-q"], { env: bob });
    expect(project.ok(["grant", "robert", "-e", "default", "--yes"]).stderr).toMatch(/had access before, as bob.*join --new/s);
    const carol = project.sandbox.otherHome("carol");
    project.ok(["join", "--name", "carol", "-q"], { env: carol });
    project.commitAll();
    expect(project.ok(["grant", "carol", "-e", "default", "--yes"]).stderr).not.toContain("had access before");
    expect(project.ok(["grant", "carol", "-e", "production", "--yes"]).stderr).not.toContain("had access before");
  });
});
