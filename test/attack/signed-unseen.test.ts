import { describe, expect, it } from "vitest";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { type World, world } from "./authority/world.ts";

/** An admin signs again what no key of hers opens: what this machine has seen of it is asked all the same. */

const TWO = { ".env": "API_KEY=sk_live_0123456789\n", ".env.production": "API_KEY=sk_prod_0123456789\n" };

interface Rolled extends World {
  carol: ReturnType<World["as"]>;
  /** Bob puts production's old entry back, keyless. */
  putBack: () => void;
}

/** Carol decides and opens default alone. Dan, an admin too, let bob into production; a rotator took that from him. */
function rolledBack(): Rolled {
  const here = world(TWO);
  const { project, as, manifest, put } = here;
  const grants = { carol: ["-e", "default", "--admin"], dan: ["--all", "--admin"], eve: ["-e", "default"], nightly: ["-e", "production"] };
  for (const [name, scope] of Object.entries(grants)) {
    project.ok(["join", "--name", name], as(name));
    project.ok(["grant", name, "--yes", ...scope, ...(name === "nightly" ? ["--rotate"] : [])]);
    project.ok(["pin", "confirm", "--yes"], as(name));
  }
  project.ok(["join", "--name", "bob"], as("bob"));
  project.ok(["grant", "bob", "--yes", "-e", "production"], as("dan"));
  project.ok(["rotate", "-e", "production", "-q"], as("dan"));
  project.commitAll("a team");
  const [old, vault] = [manifest(), project.read(".env.production.vault")];
  expect(project.envseal(["revoke", "bob", "--yes", "-q"], as("nightly")).stderr).toContain("NEEDS_ADMIN");
  project.commitAll("without bob");
  const putBack = () => {
    const now = manifest();
    const vaults = { ...now.vaults, ".env.production.vault": old.vaults[".env.production.vault"] } as Manifest["vaults"];
    put({ ...now, environments: { ...now.environments, production: old.environments.production as never }, vaults });
    project.write(".env.production.vault", vault);
    project.commitAll("docs");
  };
  return { ...here, carol: as("carol"), putBack };
}

const SIGNS: [what: string, ...line: string[]][] = [
  ["a removal", "revoke", "eve", "--yes"],
  ["a role", "grant", "dan", "--member", "--yes"],
  ["an admin's removal", "revoke", "dan", "--yes"],
  ["access", "grant", "eve", "-e", "production", "--yes"],
];

describe("an environment that was put back, and no key at hand opens", () => {
  it.each(SIGNS)("is signed by %s on no machine that saw the newer one", (_, ...line) => {
    const { project, carol, putBack } = rolledBack();
    project.ok(["get", "API_KEY", "-e", "default"], carol);
    putBack();
    const before = project.read("envseal.json");
    const refused = project.fails(line, carol);
    expect(refused).toMatchObject({ error: "OLDER_CHECKOUT" });
    expect(refused.stderr).toContain("production");
    expect(project.read("envseal.json")).toBe(before);
    // Whoever says that the newer one was thrown away goes on.
    expect(project.envseal([...line, "--allow-older"], carol).stderr).not.toContain("OLDER_CHECKOUT");
    expect(project.read("envseal.json")).not.toBe(before);
  });

  it.each(SIGNS)("is signed by %s on none that pulled both at once", (_, ...line) => {
    const { project, carol, putBack } = rolledBack();
    putBack();
    expect(project.fails(line, carol)).toMatchObject({ error: "OLDER_CHECKOUT" });
  });

  it("stops nothing that signs another environment alone", () => {
    const { project, carol, putBack } = rolledBack();
    project.ok(["get", "API_KEY", "-e", "default"], carol);
    putBack();
    project.ok(["rotate", "-e", "default", "-q"], carol);
  });
});
