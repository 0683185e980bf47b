import { expect, it } from "vitest";
import { joined, world } from "./authority/world.ts";

/** Whoever left can commit the manifest and vault of before, and a plaintext file beside them, which node, Bun and Next read first. */
it("a plaintext file allows no older checkout", () => {
  const here = world();
  const { project, as } = here;
  joined(here, "bob");
  joined(here, "mallory");
  const [manifest, vault] = [project.read("envseal.json"), project.read(".env.vault")];
  project.ok(["revoke", "mallory", "--yes"]);
  project.ok(["get", "API_KEY"], as("bob"));
  project.write("envseal.json", manifest);
  project.write(".env.vault", vault);
  project.write(".env", "ENVSEAL_ALLOW_OLDER=1\n");
  project.install();
  const app = ["-r", "envseal/config", "-e", "console.log(process.env.API_KEY)"];
  const started = project.node(["--env-file=.env", ...app], as("bob"));
  expect(started).toMatchObject({ stdout: "", stderr: expect.stringContaining("OLDER_CHECKOUT") });
  expect(started.stderr).toContain("sets ENVSEAL_ALLOW_OLDER");
  project.write(".env", "");
  const asked = project.node(app, { env: { ...as("bob").env, ENVSEAL_ALLOW_OLDER: "1" } });
  expect(asked.stdout).toBe("sk_live_0123456789\n");
});
