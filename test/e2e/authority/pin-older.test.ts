import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { joined, type World, world } from "../../attack/authority/world.ts";
import type { Project } from "../../support/sandbox.ts";

/** What a machine has seen goes forward only: a pin that was noted in good time is true of what came before, too. */

const pinOf = (project: Project) => project.ok(["pin"]).stdout.trim();
const record = ({ sandbox }: World, project: string, home = "home") =>
  readFileSync(join(sandbox.root, home, "state/envseal/pins", `${project}.json`), "utf8");

/** Ada's project after mallory's access was taken away, put back to what it was before. */
function putBack(...role: string[]) {
  const here = world();
  const { project } = here;
  joined(here, "bob");
  joined(here, "mallory", ...role);
  const pin = pinOf(project);
  const files = () => ["envseal.json", ".env.vault"].map((path) => [path, project.read(path)] as const);
  const before = files();
  project.ok(["revoke", "mallory", "--yes", "-q"]);
  const newest = { pin: pinOf(project), files: files() };
  const put = (all: readonly (readonly [string, string])[]) => {
    for (const [path, text] of all) project.write(path, text);
  };
  put(before);
  return { here, project, pin, newest, put };
}

describe("pin confirm in an older checkout", () => {
  it("sets nothing back, whether the pin of that time is given or answered for", () => {
    const { here, project, pin, newest, put } = putBack();
    const kept = record(here, project.manifest().project);
    for (const args of [[pin], ["--yes"], [pin, "--yes"]]) {
      const refused = project.fails(["pin", "confirm", ...args]);
      expect(refused).toMatchObject({ error: "OLDER_CHECKOUT", stdout: "" });
      expect(refused.stderr).toContain(newest.pin);
      expect(record(here, project.manifest().project)).toBe(kept);
    }
    expect(project.fails(["get", "API_KEY"]).error).toBe("OLDER_CHECKOUT");
    expect(project.fails(["set", "API_KEY"], { input: "typed" }).error).toBe("OLDER_CHECKOUT");
    put(newest.files);
    expect(project.ok(["pin", "confirm", pin]).stderr).toContain(newest.pin);
    expect(project.ok(["get", "API_KEY"]).stderr).toBe("");
  });

  it("joins with the pin of that time, and the machine keeps what it has seen", () => {
    const { here, project, pin } = putBack();
    const kept = record(here, project.manifest().project);
    project.ok(["join", "--new", "--name", "ada-2", `--pin=${pin}`, "-q"]);
    expect(record(here, project.manifest().project)).toBe(kept);
  });

  it("changes nothing by what is signed for others there with --allow-older", () => {
    const { here, project } = putBack();
    const kept = record(here, project.manifest().project);
    const env = { ENVSEAL_ALLOW_OLDER: "1" };
    project.ok(["require", "API_KEY", "--allow-older", "-q"], { env });
    project.ok(["deploy-key", "create", "ci", "-e", "default", "--allow-older"], { env });
    expect(record(here, project.manifest().project)).toBe(kept);
    expect(project.fails(["get", "API_KEY"]).error).toBe("OLDER_CHECKOUT");
  });

  it("takes no pin from before two lines parted for a word on which is right; a teammate's own is one", () => {
    const { here, project, pin } = putBack("--admin");
    // Who was an admin then signs something of her own in the place of her removal.
    project.ok(["join", "--name", "eve", "-q"], here.as("eve"));
    project.ok(["grant", "eve", "--admin", "--yes", "-q"], here.as("mallory"));
    const parted = pinOf(project);
    const kept = record(here, project.manifest().project);
    expect(project.fails(["pin", "confirm", pin]).stderr).toContain("of another line");
    expect(record(here, project.manifest().project)).toBe(kept);
    const { stdout, stderr } = project.ok(["pin"]);
    expect([stdout, stderr]).toEqual([`${parted}\n`, expect.stringContaining("not confirmed")]);
    project.ok(["pin", "confirm", parted, "-q"]);
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });
});

describe("the pin of a checkout", () => {
  it("is not called confirmed where it is older, or of another root", () => {
    const { here, project, newest, put } = putBack();
    const says = () => ({
      pin: JSON.parse(project.ok(["pin", "--json"]).stdout).confirmed,
      status: JSON.parse(project.ok(["status", "--json"]).stdout).confirmed,
      doctor: /^(ok|fail) +pin/m.exec(project.envseal(["doctor"]).stdout)?.[1],
    });
    expect(says()).toEqual({ pin: false, status: false, doctor: "fail" });
    put(newest.files);
    expect(says()).toEqual({ pin: true, status: true, doctor: "ok" });
    project.ok(["init", "--new-root", "--yes", "-q"], here.as("bob"));
    expect(says()).toEqual({ pin: false, status: false, doctor: "fail" });
    expect(project.ok(["status"]).stdout).toContain("(not confirmed on this machine: see the note)");
  });
});
