import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isNightly } from "../support/sample.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

/** A backup costs what its passphrase has to cost: the longest of these wait for the night. */

const WAIVER = (version: string) => ["--yes", "--waive-backup", `destroy ${version} without a backup`];

function entry(project: Project, environment = "default") {
  return JSON.parse(project.read("envseal.json")).environments[environment];
}

function keyOf(project: Project, version: number, environment = "default") {
  return Object.entries(entry(project, environment).keys).find(([, key]) => (key as { version: number }).version === version) as [
    string,
    { state: string; links: Record<string, string>; history: { state: string }[] },
  ];
}

/** Three versions, each with a commit of its own; a tag on the second. */
function history(): Project {
  const project = sealedProject({ ".env": "A=secret-one\nB=secret-two\n" });
  project.commitAll("v1");
  project.ok(["rotate"]);
  project.commitAll("v2");
  project.git("tag", "-a", "release", "-m", "release");
  project.ok(["rotate"]);
  project.commitAll("v3");
  return project;
}

describe("destroying a key", () => {
  it("says what goes dark, keeps a tombstone, links over the gap; the rest of history opens", () => {
    const project = history();
    const said = project.ok(["keys", "destroy", "v2", ...WAIVER("v2"), "--reason", "left over"]).stderr;
    expect(said).toMatch(
      /work tree\s+no value[\s\S]*index\s+no value[\s\S]*stash\s+no value[\s\S]*history\s+1 of 3 commits would go dark: [0-9a-f]{8}[\s\S]*refs\s+release/,
    );
    expect(said).toContain("git history still holds the wrapped key");
    const [id, tombstone] = keyOf(project, 2);
    expect(tombstone).toMatchObject({
      state: "destroyed",
      links: {},
      history: [{ state: "active" }, { state: "deactivated" }, { state: "destroyed", reason: "left over" }],
    });
    expect(Object.keys(keyOf(project, 3)[1].links)).toEqual([keyOf(project, 1)[0]]);
    expect(project.ok(["keys"]).stdout).toMatch(/v2\s+\S+\s+destroyed/);
    project.commitAll("destroyed");
    const vaultAt = (revision: string) => project.write(".env.vault", project.git("show", `${revision}:.env.vault`));
    vaultAt("main~3");
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    vaultAt("main~2");
    expect(project.fails(["get", "A"])).toMatchObject({ code: 3, error: "KEY_DESTROYED", stderr: expect.stringContaining(id) });
    vaultAt("main~1");
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    expect(project.ok(["check", "--all"]).stderr).toContain("nothing found");
  });

  it("is refused for an active or suspended key, one in use, one that is not there, and without backup or waiver", () => {
    const project = history();
    expect(project.fails(["keys", "destroy", "v3", ...WAIVER("v3")])).toMatchObject({
      error: "USAGE",
      stderr: expect.stringContaining("active and cannot become destroyed"),
    });
    expect(project.fails(["keys", "destroy", "v9", ...WAIVER("v9")]).error).toBe("USAGE");
    expect(project.fails(["keys", "destroy", "v2", "--yes"])).toMatchObject({
      error: "NEEDS_TERMINAL",
      stderr: expect.stringContaining("--waive-backup"),
    });
    expect(project.fails(["keys", "destroy", "v2", ...WAIVER("v1")]).error).toBe("NEEDS_CONFIRMATION");
    expect(project.fails(["keys", "melt", "v2"]).error).toBe("USAGE");
    project.write(".env.vault", project.git("show", "release:.env.vault"));
    expect(project.fails(["keys", "destroy", "v2", ...WAIVER("v2")]).stderr).toContain("v2 (");
    project.git("add", ".env.vault");
    project.write(".env.vault", project.git("show", "main:.env.vault"));
    expect(project.fails(["keys", "destroy", "v2", ...WAIVER("v2")]).stderr).toMatch(/index\s+\.env\.vault[\s\S]*is in use: \.env\.vault/);
    project.git("stash", "-q");
    project.ok(["rotate", "--reason", "suspected"]);
    expect(project.fails(["keys", "destroy", "v3", ...WAIVER("v3")]).stderr).toContain("suspended and cannot become destroyed");
    const dark = project.fails(["keys", "destroy", "v2", "--yes"]).stderr;
    expect(dark).toMatch(/stash\s+stash@\{0\} would go dark/);
    expect(keyOf(project, 2)[1].state).toBe("deactivated");
  });

  it.runIf(terminalIsHere)(`asks for the words and once more in a terminal${terminalNotice}`, async () => {
    const project = history();
    const wrong = new Terminal(project, ["keys", "destroy", "v2"]);
    await wrong.waitFor(/type: destroy v2 without a backup/);
    wrong.type("yes\r");
    expect(await wrong.end()).toBe(2);
    expect(keyOf(project, 2)[1].state).toBe("deactivated");
    const right = new Terminal(project, ["keys", "destroy", "v2"]);
    await right.waitFor(/would go dark/);
    await right.waitFor(/type: destroy v2 without a backup/);
    right.type("destroy v2 without a backup\r");
    await right.waitFor(/destroy v2 \(\S+\) of default\?/);
    right.type("y");
    await right.waitFor(/its tombstone stays/);
    expect(await right.end()).toBe(0);
    expect(keyOf(project, 2)[1].state).toBe("destroyed");
  });

  it("raises a floor that is destroyed, so that current vaults go on opening", () => {
    const project = history();
    expect(entry(project).floor).toBe(keyOf(project, 1)[0]);
    project.ok(["keys", "destroy", keyOf(project, 1)[0], ...WAIVER("v1")]);
    expect(entry(project).floor).toBe(keyOf(project, 3)[0]);
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    project.ok(["rotate"]);
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
  });

  it("refuses a machine that had pinned the destroyed key, and says why", () => {
    const project = sealedProject({ ".env": "A=secret-one\n" });
    project.ok(["rotate"]);
    const bob = { env: project.sandbox.otherHome("bob") };
    project.ok(["join", "--name", "bob"], bob);
    project.ok(["grant", "bob", "--yes"]);
    project.ok(["get", "A"], bob);
    project.ok(["rotate"]);
    project.ok(["rotate"]);
    project.ok(["keys", "destroy", "v2", ...WAIVER("v2")]);
    expect(project.fails(["get", "A"], bob)).toMatchObject({
      code: 4,
      error: "PIN_MISMATCH",
      stderr: expect.stringContaining("was destroyed since"),
    });
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
  });
});

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
    manifest.environments.default.keys[twin] = { ...key, commitment: `hkdf:${twin}${"A".repeat(35)}` };
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    expect(project.fails(["keys", "destroy", "v2", ...WAIVER("v2")])).toMatchObject({
      error: "USAGE",
      stderr: expect.stringContaining(twin),
    });
  });
});

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

  it("brings a project back from nothing, on a new machine", () => {
    const { project, file, phrase } = backedUp();
    const lost = { env: project.sandbox.otherHome("lost") };
    project.git("rm", "-q", "--cached", "envseal.json");
    project.write("envseal.json", "<<<<<<< ours\n");
    project.ok(["backup", "restore", file, ...phrase, "--yes", "--name", "ada-2"], lost);
    expect(project.ok(["get", "A"], lost).stdout).toBe("secret-one\n");
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
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
    manifest.environments.default.public = ["*"];
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

describe("what is due", () => {
  it("warns of an old key and an old backup, in status and doctor", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    expect(project.envseal(["doctor"]).stdout).toMatch(/ok\s+key of default: v1 is 0 days old, of 365/);
    expect(project.ok(["status"]).stdout).not.toContain("due");
    const manifest = JSON.parse(project.read("envseal.json"));
    const [key] = Object.values(manifest.environments.default.keys) as { created: string }[];
    (key as { created: string }).created = "2020-01-01T00:00:00Z";
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    const doctor = project.fails(["doctor"]).stdout;
    expect(doctor).toMatch(/fail\s+key of default: v1 is \d+ days old, of 365\n\s+fix: envseal rotate -e default/);
    expect(doctor).toMatch(/fail\s+backup: none was verified yet/);
    expect(project.ok(["status"]).stdout).toMatch(/due for rotation[\s\S]*no backup of the keys/);
    expect(project.ok(["keys"]).stdout).toContain("(due)");
    expect(project.envseal(["check", "--all"]).stderr).toMatch(/warning: the key of default is \d+ days old and due/);
  });
});

describe("deploy keys", () => {
  it("are listed, and end by revoke", () => {
    const project = sealedProject({ ".env": "A=1\n", ".env.production": "A=2\n" });
    project.ok(["deploy-key", "create", "ci", "-e", "production"]);
    expect(project.ok(["deploy-key", "list"]).stdout).toMatch(/ci\s+production\s+\d{4}/);
    expect(JSON.parse(project.ok(["deploy-key", "list", "--json"]).stdout)).toMatchObject([{ name: "ci", environments: ["production"] }]);
    project.ok(["revoke", "ci", "--yes"]);
    expect(JSON.parse(project.ok(["deploy-key", "list", "--json"]).stdout)).toEqual([]);
  });
});
