import { describe, expect, it } from "vitest";
import { joined, type World, world } from "./authority/world.ts";

/** A second envseal.json of a project, in a folder that may be deployed alone, is held against the first. */

const TWO = { ".env": "A=secret-one\n", ".env.production": "A=secret-two\n", "app/x.js": "1\n" };

function team(files: Record<string, string> = TWO): World {
  const here = world(files);
  joined(here, "bob");
  return here;
}

const check = ({ project, as }: World, ...args: string[]) => project.envseal(["check", ...args], as("nobody"));
const BEHIND = /app\/envseal\.json: it is a copy of envseal\.json, and behind it: its authority is older/;

describe("an older envseal.json in another folder", () => {
  it("is found without a key in the index, in a range and in the whole tree, and nothing else changed", () => {
    const here = team();
    const { project } = here;
    const manifest = here.manifest();
    const vaults = Object.fromEntries(Object.entries(manifest.vaults).filter(([path]) => path === ".env.production.vault"));
    const [before, vault] = [JSON.stringify({ ...manifest, vaults }, null, 2), project.read(".env.production.vault")];
    project.ok(["revoke", "bob", "--yes", "-q"]);
    project.commitAll("revoke bob");
    project.git("branch", "base");
    project.write("app/envseal.json", before);
    project.write("app/.env.production.vault", vault);
    project.git("add", "-A");
    const found = { code: 1, stdout: expect.stringMatching(BEHIND) };
    expect(check(here, "--staged")).toMatchObject(found);
    project.git("commit", "-qm", "app");
    expect(check(here, "--range", "base..HEAD")).toMatchObject({
      ...found,
      stdout: expect.stringMatching(/app\/envseal\.json: the authority went back/),
    });
    expect(check(here, "--range", "base..HEAD")).toMatchObject(found);
    expect(check(here, "--all")).toMatchObject(found);
    expect(project.envseal(["check", "--all"])).toMatchObject(found);
    // Without another manifest next to it, it is that of the project, gone back.
    project.git("rm", "-q", "envseal.json", ".env.vault", ".env.production.vault");
    project.git("commit", "-qm", "moved");
    expect(check(here, "--range", "base..HEAD").stdout).toContain("app/envseal.json: the authority went back");
  });

  it("is found where a rotator took access away, which no step of the authority says", () => {
    const here = team();
    const { project, sandbox } = here;
    joined(here, "carol", "--rotate");
    const [before, vaults] = [
      project.read("envseal.json"),
      [".env.vault", ".env.production.vault"].map((path) => [path, project.read(path)]),
    ];
    expect(project.envseal(["revoke", "bob", "--yes", "-q"], { env: sandbox.otherHome("carol") }).stderr).toContain("NEEDS_ADMIN");
    project.commitAll("revoke bob");
    project.git("branch", "base");
    for (const [path, text] of [["envseal.json", before], ...vaults]) project.write(`app/${path}`, text as string);
    project.commitAll("app");
    const text =
      /app\/envseal\.json: it is a copy of envseal\.json, and behind it: its keys of default are from before somebody lost access/;
    expect(check(here, "--range", "base..HEAD")).toMatchObject({ code: 1, stdout: expect.stringMatching(text) });
    expect(check(here, "--all")).toMatchObject({ code: 1, stdout: expect.stringMatching(text) });
  });
});

describe("a bundle that is recorded with its project", () => {
  it("is none to report until somebody loses access, and then until it is made again", () => {
    const here = team({ ".env": "A=secret-one\n", "app/x.js": "1\n" });
    const { project } = here;
    const nothing = { code: 0, stdout: "" };
    const recorded = (what: string) => {
      project.git("add", "-A");
      const staged = check(here, "--staged");
      project.git("commit", "-qm", what);
      return [staged, check(here, "--range", "HEAD~1..HEAD"), check(here, "--all")];
    };
    const bundle = () => project.ok(["bundle", "app", "--yes"]);
    bundle();
    for (const result of recorded("bundle")) expect(result).toMatchObject(nothing);
    project.ok(["join", "--name", "carol"], here.as("carol"));
    project.ok(["grant", "carol", "--all", "--yes", "-q"]);
    for (const result of recorded("grant")) expect(result).toMatchObject(nothing);
    project.ok(["rotate", "--all", "-q"]);
    const [staged, range] = recorded("rotate");
    for (const result of [staged, range]) expect(result?.code).toBe(0);
    project.ok(["revoke", "bob", "--yes", "-q"]);
    const [inIndex, inRange, inTree] = recorded("revoke bob");
    for (const result of [inIndex, inRange]) expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(BEHIND) });
    expect(inTree).toMatchObject({ code: 1, stdout: expect.stringMatching(BEHIND) });
    bundle();
    expect(recorded("bundle again").at(-1)).toMatchObject(nothing);
  });
});
