import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isNightly } from "../../support/sample.ts";
import { sealedProject } from "../../support/sandbox.ts";
import { history, keyOf } from "./versions.ts";

/** A backup costs what its passphrase has to cost: the longest of these wait for the night. */

describe("a backup", () => {
  function backedUp() {
    const project = history();
    const at = (name: string) => join(project.sandbox.root, name);
    const phrase = ["--passphrase-file", at("phrase")];
    project.ok(["backup", "create", at("backup"), ...phrase]);
    return { project, file: at("backup"), phrase, at };
  }

  it("is an age file that age itself opens, holds every key, is verified with real values, and never overwritten", () => {
    const { project, file, phrase } = backedUp();
    expect(readFileSync(file, "utf8")).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    expect(
      readFileSync(phrase[1] as string, "utf8")
        .trim()
        .split(" "),
    ).toHaveLength(12);
    const said = project.ok(["backup", "verify", file, ...phrase]);
    expect(said.stdout.match(/opens \.env\.vault/g)).toHaveLength(3);
    expect(JSON.parse(project.read("envseal.json")).backup.verified).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(project.fails(["backup", "create", file, ...phrase])).toMatchObject({ code: 5, error: "IO" });
    project.write("../other", "ribbon walnut glacier fossil puppet tunnel");
    expect(project.fails(["backup", "verify", file, "--passphrase-file", "../other"])).toMatchObject({
      code: 3,
      error: "WRONG_PASSPHRASE",
    });
    const text = readFileSync(file, "utf8");
    const middle = text.length >> 1;
    const flipped = `${text.slice(0, middle)}${text[middle] === "A" ? "B" : "A"}${text.slice(middle + 1)}`;
    // Each costs what guessing a passphrase does.
    for (const damaged of ["", text.slice(0, 400), flipped, ...(isNightly ? ["hello", `${text}${text}`] : [])]) {
      project.write("../damaged", damaged);
      expect(project.fails(["backup", "verify", "../damaged", ...phrase])).toMatchObject({
        error: expect.stringMatching(/BACKUP|WRONG_PASSPHRASE/),
      });
    }
    project.ok(["rotate"]);
    expect(project.fails(["backup", "verify", file, ...phrase])).toMatchObject({
      code: 4,
      error: "BACKUP",
      stderr: expect.stringContaining("lacks v4 of default"),
    });
    project.write("../weak", "hunter2");
    expect(project.fails(["backup", "create", "../new", "--passphrase-file", "../weak"]).error).toBe("WEAK_PASSPHRASE");
    expect(project.fails(["backup", "create", "../new"]).error).toBe("NEEDS_TERMINAL");
  });

  const hasAge = spawnSync("age", ["--version"]).status === 0 && spawnSync("script", ["--version"]).status === 0;
  it.runIf(hasAge)(`opens with plain age -d${hasAge ? "" : " (skipped: needs age)"}`, () => {
    const { project, file, phrase } = backedUp();
    const words = readFileSync(phrase[1] as string, "utf8").trim();
    const { stdout } = spawnSync("script", ["-qefc", `age -d '${file}'`, "/dev/null"], { input: `${words}\n`, encoding: "utf8" });
    const json = JSON.parse(stdout.slice(stdout.indexOf("{")));
    expect(json).toMatchObject({ "envseal-backup": 1, manifest: { project: JSON.parse(project.read("envseal.json")).project } });
    expect(Object.keys(json.environments.default)).toHaveLength(3);
  });

  it("says what an older backup does not put back", () => {
    const project = sealedProject({ ".env": "A=secret-one\n" });
    const phrase = ["--passphrase-file", "../words"];
    project.ok(["backup", "create", "../older", ...phrase]);
    project.ok(["require", "A"]);
    const manifest = project.read("envseal.json");
    project.write("envseal.json", manifest.replace(/("cryptoperiodDays": )\d+/, "$1364"));
    const said = project.ok(["backup", "restore", "../older", ...phrase, "--yes"]).stderr;
    expect(said).toMatch(/required, allowed or granted since \S+Z is not in the backup, and has to be done again/);
  });

  it("brings a project back from nothing, on a new machine", () => {
    const { project, file, phrase } = backedUp();
    const lost = { env: project.sandbox.otherHome("lost") };
    project.git("rm", "-q", "--cached", "envseal.json");
    project.write("envseal.json", "<<<<<<< ours\n");
    // It puts keys and manifest back; access is an admin's to give.
    const restored = project.ok(["backup", "restore", file, ...phrase, "--yes", "--name", "ada-2"], lost);
    expect(restored.stderr).toMatch(/takes an admin \(ask ada\)[\s\S]*envseal init --new-root --backup/);
    expect(project.fails(["get", "A"], lost).error).toBe("NO_KEY");
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    project.ok(["join", "--name", "ada-2", "-q"], lost);
    project.ok(["grant", "ada-2", "--yes", "-q"]);
    // The backup's passphrase vouches for its pin.
    expect(project.ok(["get", "A"], lost)).toMatchObject({ stdout: "secret-one\n", stderr: "" });
    expect(readFileSync(project.path(".git/envseal/manifest-before-restore"), "utf8")).toBe("<<<<<<< ours\n");
    project.write("envseal.json", "");
    spawnSync("rm", [project.path("envseal.json")]);
    project.ok(["backup", "restore", file, ...phrase, "--yes"]);
    expect(project.ok(["rotate"]).stderr).toContain("v4");
  });

  it.runIf(isNightly)("mends what is damaged, leaves what is healthy, and never goes over what is newer or another's", () => {
    const { project, file, phrase } = backedUp();
    const good = project.read("envseal.json");
    const manifest = JSON.parse(good);
    manifest.environments.default.settings.public = ["*"];
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    expect(project.fails(["get", "A"]).error).toBe("FORGED_MANIFEST");
    const said = project.ok(["backup", "restore", file, ...phrase, "--yes"]).stderr;
    expect(said).toContain("default is damaged: it is put back");
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    expect(project.ok(["backup", "restore", file, ...phrase, "--yes"]).stderr).toContain("default is as good as the backup");
    project.ok(["rotate"]);
    const newer = project.read("envseal.json");
    expect(project.fails(["backup", "restore", file, ...phrase, "--yes"])).toMatchObject({
      code: 4,
      error: "BACKUP",
      stderr: expect.stringContaining("a newer key"),
    });
    expect(project.read("envseal.json")).toBe(newer);
    spawnSync("rm", [project.path("envseal.json")]);
    expect(project.fails(["backup", "restore", file, ...phrase, "--yes"])).toMatchObject({
      error: "BACKUP",
      stderr: expect.stringContaining("older than what this machine has seen"),
    });
    const other = project.sandbox.project({ ".env": "A=1\n" }, { name: "other" });
    other.ok(["init", "--yes", "--no-hooks", "-q"]);
    expect(other.fails(["backup", "restore", file, ...phrase, "--yes"])).toMatchObject({
      error: "BACKUP",
      stderr: expect.stringContaining("another project"),
    });
    expect(other.fails(["backup", "verify", file, ...phrase]).error).toBe("BACKUP");
  });

  it.runIf(isNightly)("waives nothing for a key that it does not hold", () => {
    const { project, file, phrase } = backedUp();
    project.ok(["rotate"]);
    project.ok(["rotate"]);
    project.commitAll("v5");
    expect(project.fails(["keys", "destroy", "v4", "--yes", "--backup", file, ...phrase])).toMatchObject({ error: "BACKUP" });
    project.ok(["keys", "destroy", "v2", "--yes", "--backup", file, ...phrase]);
    expect(keyOf(project, 2)[1].state).toBe("destroyed");
  });
});
