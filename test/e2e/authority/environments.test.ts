import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { envsealWithFault } from "../../support/faults.ts";
import { type Project, sealedProject } from "../../support/sandbox.ts";

const listed = (project: Project) => JSON.parse(project.ok(["env", "list", "--json"]).stdout);

describe("env", () => {
  it("lists the environments, with keys, vaults and who has access", () => {
    const project = sealedProject({ ".env": "A=1\n", ".env.production": "A=2\n" });
    project.teammate("bob", "-e", "production", "--rotate");
    project.ok(["rotate", "-e", "production", "-q"]);
    expect(listed(project)).toEqual([
      { name: "default", version: 1, vaults: [".env.vault"], access: ["ada"], waiting: [], rotators: [] },
      { name: "production", version: 2, vaults: [".env.production.vault"], access: ["ada", "bob"], waiting: [], rotators: ["bob"] },
    ]);
    expect(project.ok(["env", "list"]).stdout).toMatch(/production\s+v2\s+\.env\.production\.vault\s+ada, bob/);
  });

  it("adds one with an empty vault, for whoever made it and the recovery words; takes it away; and only above what it was comes back", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.ok(["recovery", "create", "--recovery-file", "../words", "-q"]);
    project.commitAll("before");
    expect(project.fails(["env", "add", "Staging"]).error).toBe("BAD_NAME");
    expect(project.fails(["env", "add", "default"]).error).toBe("USAGE");
    expect(project.ok(["env", "add", "staging"]).stderr).toContain(".env.staging.vault; ada, recovery can open it");
    project.ok(["set", "A", "-e", "staging", "-q"], { input: "staging-value" });
    project.ok(["rotate", "-e", "staging", "-q"]);
    project.commitAll("staging");
    const { revision } = project.statement("staging");
    const old = { manifest: project.read("envseal.json"), vault: project.read(".env.staging.vault") };

    expect(project.fails(["env", "remove", "staging"])).toMatchObject({ code: 2, error: "NEEDS_TERMINAL" });
    expect(project.fails(["env", "remove", "nowhere", "--yes"]).error).toBe("UNKNOWN_ENVIRONMENT");
    project.ok(["env", "remove", "staging", "--yes"]);
    expect(existsSync(project.path(".env.staging.vault"))).toBe(false);
    expect(listed(project).map(({ name }: { name: string }) => name)).toEqual(["default"]);
    expect(project.manifest().authority.at(-1).gone.staging.revision).toBe(revision);
    expect(project.fails(["get", "A", "-e", "staging"]).error).toBe("UNKNOWN_ENVIRONMENT");
    project.commitAll("removed");
    expect(project.ok(["check", "--range", "HEAD~1..HEAD"]).stdout).toBe("");

    // Put back by hand, it is nothing that the authority names.
    const again = JSON.parse(old.manifest);
    project.write(
      "envseal.json",
      JSON.stringify({ ...project.manifest(), environments: again.environments, vaults: again.vaults }, null, 2),
    );
    project.write(".env.staging.vault", old.vault);
    expect(project.envseal(["get", "A", "-e", "staging"])).toMatchObject({ stdout: "" });
    expect(project.envseal(["get", "A", "-e", "staging"]).code).not.toBe(0);
    project.git("checkout", "-q", "envseal.json");
    project.execute(["rm", ".env.staging.vault"]);

    project.ok(["env", "add", "staging", "-q"]);
    expect(project.manifest().authority.at(-1).environments.staging.lowest).toBeGreaterThan(revision);
    expect(project.manifest().authority.at(-1).gone).toBeUndefined();
    expect(project.fails(["get", "A", "-e", "staging"]).error).toBe("NOT_SET");
    // The vault of before is of a key that this environment never had.
    project.write(".env.staging.vault", old.vault);
    expect(project.fails(["get", "A", "-e", "staging"]).code).toBeGreaterThan(2);
  });

  it.each(["kill", "EIO"] as const)(
    "is removed whole by a second run where the first was stopped before a vault was deleted: %s",
    (mode) => {
      const project = sealedProject({ ".env": "A=1\n", ".env.staging": "A=2\n", "web/.env.staging": "A=3\n" });
      project.commitAll("before");
      // Nothing but the deletion of a vault touches one here.
      const died = envsealWithFault(project, ["env", "remove", "staging", "--yes"], { at: 1, mode, on: ".env.staging.vault" });
      expect(died.fired).not.toBeNull();
      expect(project.manifest().authority.at(-1).gone.staging).toBeDefined();
      const left = project.git("ls-files", "--", "*.staging.vault").trim().split("\n");
      const there = () => left.filter((path) => existsSync(project.path(path)));
      expect(there()).not.toEqual([]);
      project.git("add", "-A");
      expect(project.envseal(["check", "--staged"]).stdout).toContain(
        "staging was removed, and its vaults go with it: envseal env remove staging",
      );
      project.git("reset", "-q");
      expect(project.fails(["env", "add", "staging"]).stderr).toContain("delete it: envseal env remove staging");
      // Of another project, or no vault of envseal: nobody's to delete here.
      project.write("other/.env.staging.vault", "DOTENV_VAULT_STAGING=abc\n");
      expect(project.fails(["env", "remove", "staging"])).toMatchObject({ error: "NEEDS_TERMINAL" });
      project.ok(["env", "remove", "staging", "--yes"]);
      expect(there()).toEqual([]);
      expect(existsSync(project.path("other/.env.staging.vault"))).toBe(true);
      project.execute(["rm", "-r", "other"]);
      project.git("add", "-A");
      expect(project.ok(["check", "--staged"]).stdout).toBe("");
      expect(project.ok(["env", "remove", "staging", "--yes"]).stderr).toContain("staging is removed");
      expect(project.fails(["env", "remove", "nowhere", "--yes"]).error).toBe("UNKNOWN_ENVIRONMENT");
    },
  );

  it("that was named and is missing is forged, and no other one takes its place", () => {
    const project = sealedProject({ ".env": "A=1\n", ".env.production": "A=2\n" });
    const { environments, ...manifest } = project.manifest();
    project.write("envseal.json", JSON.stringify({ ...manifest, environments: { default: environments.default } }, null, 2));
    expect(project.fails(["get", "A", "-e", "production"])).toMatchObject({ code: 4, error: "FORGED_MANIFEST" });
    // "The only one" is the authority's to say.
    expect(project.fails(["rotate"]).error).toBe("AMBIGUOUS_ENVIRONMENT");
  });

  it("is added by init too: by an admin; a member is told what to ask for", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    const bob = { env: project.teammate("bob") };
    project.commitAll("bob");
    project.write(".env.production", "A=production-value-1\n");
    const before = project.read("envseal.json");
    const refused = project.fails(["init", "--yes", "--no-hooks"], bob);
    expect(refused).toMatchObject({
      code: 3,
      error: "NEEDS_ADMIN",
      stderr: expect.stringContaining("ask one of them to run: envseal init"),
    });
    expect(project.read("envseal.json")).toBe(before);
    project.ok(["init", "--yes", "--no-hooks", "-q"]);
    expect(project.ok(["get", "A", "-e", "production"]).stdout).toBe("production-value-1\n");
  });
});
