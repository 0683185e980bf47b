import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf, signedBytes } from "../../../src/core/authority/statement.ts";
import { type Options, type Project, sealedProject } from "../../support/sandbox.ts";

interface Check {
  name: string;
  ok: boolean;
  detail: string;
  fix?: string;
}

function checksOf(project: Project, options: Options = {}): Check[] {
  return JSON.parse(project.envseal(["doctor", "--json"], options).stdout).checks;
}

const failing = (checks: readonly Check[]) => checks.filter(({ ok }) => !ok);
const FILES = { ".env": "API_KEY=sk_live_0123456789\n", ".env.production": "API_KEY=sk_live_9876543210\n" };

describe("doctor and a project below", () => {
  it("leaves its vaults and files to its own doctor", () => {
    const project = sealedProject({ ".env": "A=1\n", "apps/web/.env.production": "API_KEY=sk_live_0123456789\n" });
    const web = { cwd: project.path("apps/web") };
    project.write("apps/web/envseal.json", sealedProject({ ".env": "B=2\n" }).read("envseal.json"));
    project.write("apps/web/src/.env.staging", "A=1\n");
    project.write("apps/web/.env.prod_eu", "A=1\n");
    project.write("apps/api/.env.staging", "A=1\n");
    const told = checksOf(project).map(({ name }) => name);
    expect(told).toContain("apps/api/.env.staging");
    expect(told.filter((name) => name.includes("src/.env.staging") || name.includes("prod_eu"))).toEqual([]);
    expect(checksOf(project, web).map(({ name }) => name)).toContain("src/.env.staging");
  });

  it("tells of a vault that no manifest lists, in folders of its own", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.write("old/.env.vault", project.read(".env.vault"));
    expect(failing(checksOf(project))).toContainEqual(expect.objectContaining({ name: "vault old/.env.vault" }));
    project.write("old/envseal.json", "{}");
    expect(checksOf(project).map(({ name }) => name)).not.toContain("vault old/.env.vault");
  });
});

it("doctor names a file once where it says what is wrong with it", () => {
  const project = sealedProject(FILES);
  const manifest = JSON.parse(project.read("envseal.json"));
  manifest.vaults[".env.vault"].tag = manifest.vaults[".env.production.vault"].tag;
  project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
  const { stdout } = project.envseal(["doctor"]);
  expect(stdout).toMatch(/^fail {2}envseal\.json: the entry for \.env\.vault was made or changed/m);
});

describe("doctor of somebody without production", () => {
  /** Bob reads default alone. */
  function withBob(): { project: Project; bob: Options } {
    const project = sealedProject(FILES);
    project.ok(["recovery", "create", "--recovery-file", join(project.sandbox.home, "words"), "-q"]);
    return { project, bob: { env: project.teammate("bob", "-e", "default") } };
  }

  it("passes once all that is theirs is well", () => {
    const { project, bob } = withBob();
    project.ok(["hooks", "install", "-q"], bob);
    const checks = checksOf(project, bob);
    expect(failing(checks)).toEqual([]);
    expect(checks).toContainEqual({
      name: "vault .env.production.vault",
      ok: true,
      detail: "was not opened: you have no access to production",
    });
    expect(project.envseal(["doctor"], bob)).toMatchObject({ code: 0, stdout: expect.stringContaining("all is well") });
  });

  it("names what is not theirs to mend, and fails for those who can", () => {
    const { project, bob } = withBob();
    const manifest = JSON.parse(project.read("envseal.json"));
    type Environments = Record<string, { statement: { keys: Record<string, { created: string }> } }>;
    for (const { statement } of Object.values<Environments[string]>(manifest.environments))
      for (const key of Object.values(statement.keys)) key.created = "2020-01-01T00:00:00Z";
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    const ages = (options?: Options) => failing(checksOf(project, options)).filter(({ name }) => name.startsWith("key of"));
    expect(ages(bob).map(({ name }) => name)).toEqual(["key of default"]);
    expect(ages().map(({ name }) => name)).toEqual(["key of default", "key of production"]);
  });

  it("fails where nothing opens, where a vault of theirs does not, and where an access was lost", () => {
    const { project, bob } = withBob();
    const stranger = { env: project.sandbox.otherHome("stranger") };
    const vaults = (options: Options) => failing(checksOf(project, options)).filter(({ name }) => name.startsWith("vault"));
    expect(vaults(stranger)).toHaveLength(2);
    project.write(".env.vault", project.read(".env.vault").replace(/\n[^\n]*\n$/, "\n"));
    expect(vaults(bob).map(({ name }) => name)).toEqual(["vault .env.vault"]);
    const lost = withBob();
    expect(lost.project.ok(["get", "API_KEY", "-e", "default"], lost.bob).stdout).not.toBe("");
    const manifest = JSON.parse(lost.project.read("envseal.json"));
    delete manifest.environments.default.access.bob;
    lost.project.write("envseal.json", JSON.stringify(manifest, null, 2));
    expect(failing(checksOf(lost.project, lost.bob)).map(({ detail }) => detail)).toContainEqual(
      expect.stringContaining("has no access to it here"),
    );
  });
});

describe("doctor and a pin that disagrees", () => {
  const pinsFile = (project: Project) => join(project.sandbox.home, "state/envseal/pins", `${project.manifest().project}.json`);

  it("says which pin to compare with what, and what to run then; status shows what is needed for that", () => {
    const project = sealedProject(FILES);
    const other = project.sandbox.project(FILES, { name: "other" });
    other.ok(["init", "--yes", "--no-hooks", "-q"]);
    // What another project's head would be, had this machine seen it here.
    const seen = JSON.parse(readFileSync(pinsFile(project), "utf8"));
    const head = other.manifest().authority.at(-1);
    const digest = digestOf(signedBytes("authority", { project: project.manifest().project, environment: "" }, head));
    writeFileSync(pinsFile(project), JSON.stringify({ ...seen, head, digests: [digest] }));
    const pin = project.ok(["pin"]).stdout.trim();
    const told = failing(checksOf(project)).filter(({ detail }) => detail.includes("PIN_MISMATCH"));
    expect(told.map(({ name }) => name)).toEqual(["vault .env.production.vault", "vault .env.vault"]);
    for (const { fix } of told) expect(fix).toContain(`if it is ${pin}, run envseal pin confirm`);
    expect(project.envseal(["check", "--all"]).stdout).not.toContain("fix: take envseal.json from git again");
    expect(project.ok(["status"]).stdout).toContain(pin);
    expect(project.ok(["pin", "confirm", "--yes"]).stderr).toContain("has seen another authority of this project");
    expect(project.ok(["get", "API_KEY", "-e", "default"]).stdout).not.toBe("");
  });

  it("of a damaged pin file the manifest is not blamed, and status and pin still answer", () => {
    const project = sealedProject(FILES);
    const pin = project.ok(["pin"]).stdout;
    writeFileSync(pinsFile(project), "{");
    const told = failing(checksOf(project)).filter(({ detail }) => detail.includes("cannot be read"));
    expect(told.map(({ name }) => name)).toEqual(["vault .env.production.vault", "vault .env.vault", "pin"]);
    for (const { fix } of told) expect(fix).toMatch(/teammate[\s\S]*delete/);
    const { stdout } = project.ok(["status"]);
    expect(stdout).toContain("cannot be read");
    expect(stdout).toContain(pin.trim());
    expect(project.ok(["pin"])).toMatchObject({ stdout: pin, stderr: expect.stringContaining("cannot be read") });
    expect(project.fails(["get", "API_KEY", "-e", "default"]).error).toBe("PIN_MISMATCH");
  });

  it("of an injected key it says to deploy the newest commit, and names no file of this machine", () => {
    const project = sealedProject(FILES);
    const folder = join(project.sandbox.home, "config/envseal/identities");
    const identity = /AGE-SECRET-KEY-\S+/.exec(readFileSync(join(folder, readdirSync(folder)[0] as string), "utf8"))?.[0];
    const env = { ENVSEAL_KEY_DEFAULT: identity, ENVSEAL_PIN: "A".repeat(22) };
    const told = failing(checksOf(project, { env })).filter(({ detail }) => detail.includes("PIN_MISMATCH"));
    expect(told.map(({ name }) => name)).toEqual(["vault .env.production.vault", "vault .env.vault"]);
    for (const { fix } of told) {
      expect(fix).toContain("deploy the newest commit");
      expect(fix).not.toMatch(/delete|pin confirm/);
    }
  });
});
