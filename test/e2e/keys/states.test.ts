import { describe, expect, it } from "vitest";
import { diesAfterNewKey } from "../../support/faults.ts";
import { sealedProject } from "../../support/sandbox.ts";
import { entry, history, keyOf, WAIVER } from "./versions.ts";

describe("key states", () => {
  it("suspends and compromises the active key by replacing it", () => {
    const project = sealedProject({ ".env": "A=secret-one\n" });
    expect(project.fails(["keys", "suspend", "v1"]).error).toBe("NEEDS_TERMINAL");
    project.ok(["keys", "suspend", "1", "--yes"]);
    expect(keyOf(project, 1)[1].state).toBe("suspended");
    expect(project.ok(["keys", "compromise", "v2", "--yes"]).stderr).toMatch(/\n {2}A +\.env\.vault +v1 /);
    expect(keyOf(project, 2)[1].state).toBe("compromised");
    expect(entry(project).active).toBe(keyOf(project, 3)[0]);
    expect(project.fails(["keys", "suspend", "v1", "--yes"]).error).toBe("USAGE");
    expect(project.fails(["keys", "compromise", "v2", "--yes"]).error).toBe("USAGE");
    project.ok(["keys", "compromise", "v1", "--yes"]);
    expect(keyOf(project, 1)[1].state).toBe("compromised");
  });

  it("lists only what is unchanged since a compromised key or one below it, and raises the floor", () => {
    const project = history();
    project.ok(["set", "A"], { input: "a new one" });
    const said = project.ok(["keys", "compromise", "v2", "--yes"]).stderr;
    expect(said).toMatch(/\n {2}B +\.env\.vault +v[12] /);
    expect(said).not.toMatch(/\n {2}A +\.env\.vault/);
    expect(entry(project).floor).toBe(entry(project).active);
    project.write(".env.vault", project.git("show", "release:.env.vault"));
    expect(project.fails(["get", "B"])).toMatchObject({ code: 4, error: "BELOW_FLOOR" });
  });

  it("marks the very key that was named, whatever rotation was interrupted before", () => {
    const project = sealedProject({ ".env": "A=secret-one\n" });
    const states = () => [1, 2, 3, 4].map((version) => keyOf(project, version)?.[1].state);
    diesAfterNewKey(project, ["rotate", "--reason", "compromised"]);
    project.ok(["keys", "compromise", "v2", "--yes"]);
    expect(states()).toEqual(["compromised", "compromised", "active", undefined]);
    diesAfterNewKey(project, ["rotate"]);
    project.ok(["keys", "compromise", "v4", "--yes"]);
    expect(states()).toEqual(["compromised", "compromised", "deactivated", "compromised"]);
    expect(entry(project).floor).toBe(entry(project).active);
  });

  it("finishes a suspension that was interrupted, and suspends no other key for it", () => {
    const project = sealedProject({ ".env": "A=secret-one\n" });
    diesAfterNewKey(project, ["keys", "suspend", "v1", "--yes"]);
    project.ok(["keys", "suspend", "v1", "--yes"]);
    expect(keyOf(project, 1)[1].state).toBe("suspended");
    expect(entry(project).active).toBe(keyOf(project, 2)[0]);
    diesAfterNewKey(project, ["rotate", "--reason", "suspected"]);
    project.ok(["keys", "suspend", "v3", "--yes"]);
    expect([1, 2, 3, 4].map((version) => keyOf(project, version)?.[1].state)).toEqual(["suspended", "suspended", "suspended", "active"]);
  });

  it("asks before it seals what is older than the floor", () => {
    const project = history();
    project.ok(["rotate", "--reason", "offboarding"]);
    project.write(".env.vault", project.git("show", "main:.env.vault"));
    const refused = project.fails(["rotate"]);
    expect(refused).toMatchObject({ error: "NEEDS_TERMINAL", stderr: expect.stringContaining(".env.vault: A, B") });
    expect(entry(project).active).toBe(keyOf(project, 4)[0]);
    project.ok(["rotate", "--yes"]);
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
  });

  it("takes a key by its id where two branches made the same version", () => {
    const project = history();
    const manifest = JSON.parse(project.read("envseal.json"));
    const [id, key] = keyOf(project, 2);
    const twin = `${id[0] === "A" ? "B" : "A"}${id.slice(1)}`;
    manifest.environments.default.statement.keys[twin] = { ...key, commitment: `hkdf:${twin}${"A".repeat(35)}` };
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    expect(project.fails(["keys", "destroy", "v2", ...WAIVER("v2")])).toMatchObject({
      error: "USAGE",
      stderr: expect.stringContaining(twin),
    });
  });
});
