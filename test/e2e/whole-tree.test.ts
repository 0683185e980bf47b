import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** A manifest and the vaults of the same commit belong together, whichever of them a commit touches. */

const FILES = { ".env": "API_KEY=sk_live_4eC39HqLyjWDarjtT1zdp7dc\n", "web/.env": "WEB_KEY=web_9fK2mQx7Lr4TzW\n" };

function project(files: Record<string, string> = FILES): Project {
  const made = sealedProject(files);
  made.commitAll("first");
  made.git("branch", "base");
  return made;
}

const found = (...parts: string[]) => ({ code: 1, stdout: expect.stringMatching(parts.join(".*")) });
const passes = { code: 0, stdout: "" };

/** Whoever asks, with a key or without: what is staged, and then what was committed, as CI and as a push see it. */
function everywhere(made: Project, expected: object, { staged = expected } = {}): void {
  const people = [{}, { env: made.sandbox.otherHome("nobody") }];
  for (const person of people) expect(made.envseal(["check", "--staged"], person)).toMatchObject(staged);
  made.git("commit", "-qm", "as it is");
  for (const person of people) {
    expect(made.envseal(["check", "--range", "base..HEAD"], person)).toMatchObject(expected);
    const { code, stderr } = push(made, person);
    expect({ code, stdout: stderr.replaceAll("\n", " ") }).toMatchObject(
      JSON.parse(JSON.stringify(expected)).code === 0 ? { code: 0 } : expected,
    );
  }
}

/** As git calls it for a branch that stood at `base`, or for a new one. */
function push(made: Project, options: { env?: Record<string, string> } = {}, from = made.git("rev-parse", "base").trim()) {
  const input = `refs/heads/main ${made.git("rev-parse", "HEAD").trim()} refs/heads/main ${from}\n`;
  return made.envseal(["hook", "pre-push", "origin", "../server.git"], { ...options, input });
}

describe("a rotation that was committed in part", () => {
  it("is found in vaults below the floor that the commit does not touch", () => {
    const made = project();
    made.ok(["rotate", "--reason", "offboarding", "-q"]);
    made.git("add", "envseal.json", ".env.vault");
    everywhere(made, found("web/\\.env\\.vault", "BELOW_FLOOR", "forged-vault"));
  });

  it("is found in vaults under a key that the manifest does not know, whatever the work tree's one knows", () => {
    const made = project();
    made.ok(["rotate", "-q"]);
    made.git("add", "*.vault");
    everywhere(made, found("KEY_UNKNOWN", "forged-vault"));
  });

  it("is told of where the old key still opens them", () => {
    const made = project();
    made.ok(["rotate", "-q"]);
    made.git("add", "envseal.json", ".env.vault");
    everywhere(made, {
      code: 0,
      stdout: expect.stringMatching(/^warning web\/\.env\.vault holds nothing under the active key.*unfinished-rotation/),
    });
  });

  it("is nothing where all of it was committed, and nothing of a later commit of something else", () => {
    const made = project();
    made.ok(["rotate", "--reason", "offboarding", "-q"]);
    made.git("add", "-A");
    everywhere(made, passes);
    made.write("a.js", "1\n");
    made.git("add", "a.js");
    everywhere(made, passes);
  });
});

describe("a vault that a manifest lists", () => {
  it("is missed where nobody committed it", () => {
    const made = project({ ".env": FILES[".env"] });
    made.write("web/.env", FILES["web/.env"]);
    made.ok(["init", "--yes", "--no-hooks", "-q"]);
    made.git("add", "envseal.json");
    everywhere(made, found("envseal.json lists web/\\.env\\.vault", "missing-vault"));
  });

  it("is missed where it was removed, and not where its entry went too", () => {
    const made = project();
    made.git("rm", "-q", "web/.env.vault");
    const missing = found("envseal.json lists web/\\.env\\.vault", "missing-vault");
    for (const scope of ["--staged", "--all"]) expect(made.envseal(["check", scope])).toMatchObject(missing);
    const manifest = JSON.parse(made.read("envseal.json"));
    delete manifest.vaults["web/.env.vault"];
    made.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
    made.git("add", "-A");
    everywhere(made, passes);
  });

  it("may move with its whole project", () => {
    const made = sealedProject({ ".env": "API_KEY=sk_live_4eC39HqLyjWDarjtT1zdp7dc\n" });
    for (const file of ["envseal.json", ".env.vault"]) made.write(`apps/web/${file}`, made.bytes(file));
    for (const file of ["envseal.json", ".env.vault", ".env"]) made.node(["-e", `fs.unlinkSync(${JSON.stringify(file)})`]);
    made.commitAll("first");
    made.git("branch", "base");
    made.git("mv", "apps/web", "apps/site");
    everywhere(made, passes);
  });
});
