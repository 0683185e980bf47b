import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** Links come by git as files do: what a person wants in the project must not lie where somebody who commits says. */

function linking(target: string): { project: Project; outside: string } {
  const project = sealedProject();
  const outside = join(project.sandbox.root, "outside");
  mkdirSync(outside);
  project.write("inside/README", "a\n");
  symlinkSync(target, project.path("out"));
  project.commitAll("linked");
  return { project, outside };
}

const refused = { error: "IO", stderr: expect.stringMatching(/out is a symbolic link that git tracks, and leads out of the repository/) };

it("export, words and backups do not follow a tracked link out of the repository", () => {
  const { project, outside } = linking("../outside");
  const passphrase = join(project.sandbox.root, "passphrase");
  for (const args of [
    ["export", "--output", "out/app.env"],
    ["export", "--output", project.path("out/deep/app.env"), "--yes"],
    ["export", "--format", "github", "--output", "out/step"],
    ["recovery", "create", "--recovery-file", "out/words"],
    ["backup", "create", "out/backup", "--passphrase-file", passphrase],
    ["backup", "create", "../backup", "--passphrase-file", "out/passphrase"],
  ])
    expect(project.fails(args), args.join(" ")).toMatchObject(refused);
  expect([readdirSync(outside), existsSync(passphrase)]).toEqual([[], false]);
});

it("nor one that leads to a file that is not there yet, or into .git", () => {
  for (const target of ["../outside/step", ".git/step"]) {
    const { project, outside } = linking(target);
    expect(project.fails(["export", "--format", "github", "--output", "out"])).toMatchObject(refused);
    expect([readdirSync(outside), existsSync(project.path(".git/step"))]).toEqual([[], false]);
  }
});

it("a link inside the repository, and one of the person's own, are followed", () => {
  const { project, outside } = linking("inside");
  symlinkSync(outside, project.path("own"));
  project.ok(["export", "--output", "out/app.env"]);
  project.ok(["export", "--output", "own/app.env"]);
  expect(project.read("inside/app.env")).toContain("sk_live");
  expect(readdirSync(outside)).toEqual(["app.env"]);
});
