import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { diesAfterNewKey } from "../support/faults.ts";
import { isNightly } from "../support/sample.ts";
import { CLI, type Options, type Project, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

/** Ada's project, and Bob, who has another machine. */
function team(files?: Record<string, string>): { project: Project; bob: Options } {
  const project = sealedProject(files ?? { ".env": "A=secret-one\nPORT=3000\n" });
  return { project, bob: { env: project.sandbox.otherHome("bob") } };
}

const holders = (project: Project) => Object.keys(project.manifest().environments.default.access);

describe("a team", () => {
  it("joins, is granted access after a look at the fingerprint, and loses it by revoke", () => {
    const { project, bob } = team();
    expect(project.fails(["get", "A"], bob)).toMatchObject({ code: 3, error: "NO_KEY" });
    const asked = project.ok(["join", "--name", "bob"], bob);
    const fingerprint = /fingerprint ([0-9a-f-]{24})/.exec(asked.stderr)?.[1] as string;
    expect(asked.stdout).toMatch(/^age1\w{58}\n$/);
    expect(project.fails(["get", "A"], bob)).toMatchObject({ code: 3, error: "NO_ACCESS" });
    expect(project.fails(["grant", "bob"])).toMatchObject({ error: "NEEDS_TERMINAL", stderr: expect.stringContaining(fingerprint) });
    project.ok(["grant", "bob", "--yes"]);
    expect(project.ok(["get", "A"], bob).stdout).toBe("secret-one\n");
    // Nobody is asked for what is there.
    const again = project.ok(["join", "--name", "bob"], bob);
    expect(again.stdout).toBe(asked.stdout);
    expect(again.stderr).toBe("bob has access to default already\n");
    expect(project.ok(["recipients"]).stdout).toMatch(/bob\s+member\s+person\s+default\s+\d{4}-\d\d-\d\d\s+ada\s+file/);

    const before = project.read(".env.vault");
    const revoked = project.ok(["revoke", "bob", "--yes"]);
    expect(revoked.stderr).toContain("old commits stay readable");
    expect(revoked.stderr).toContain("change these at their providers");
    expect(revoked.stderr).toMatch(/\n {2}A +\.env\.vault +v1 /);
    expect(revoked.stderr).not.toContain("secret-one");
    expect(project.fails(["get", "A"], bob).error).toBe("NO_ACCESS");
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
    expect(project.ok(["keys"]).stdout).toMatch(/default\s+v2 \(floor\)\s+\S+\s+active.*\n.*v1\s+\S+\s+deactivated/);
    // A vault sealed by Bob under the key he kept is older than the floor.
    project.write(".env.vault", before);
    expect(project.fails(["get", "A"])).toMatchObject({ code: 4, error: "BELOW_FLOOR" });
  });

  it("commits without access, with access to some environments, and after an admin took it away", () => {
    const { project, bob } = team({ ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" });
    project.commitAll();
    const pin = project.ok(["pin"]).stdout.split("\n")[0] as string;
    const passes = () => {
      project.git("add", "-A");
      expect(project.ok(["check", "--staged"], bob).stdout).toBe("");
      project.commitAll();
      expect(project.ok(["check", "--range", "HEAD~1..HEAD"], bob).stdout).toBe("");
    };
    project.ok(["join", "--name", "bob", "--pin", pin], bob);
    passes();
    project.ok(["grant", "bob", "-e", "default", "--yes"]);
    passes();
    // There are no recovery words that could.
    expect(project.ok(["status"]).stdout).toContain("is the only admin: with that identity lost, nobody decides");
    project.ok(["set", "B", "-e", "default", "-q"], { ...bob, input: "set-by-bob" });
    passes();
    project.ok(["revoke", "bob", "--yes"]);
    passes();
    expect(project.fails(["get", "A", "-e", "default"], bob).error).toBe("NO_ACCESS");
  });

  it("rotates on schedule: old commits open, the machine's pin moves, values are the same", () => {
    const { project, bob } = team();
    project.commitAll();
    project.ok(["join", "--name", "bob"], bob);
    project.ok(["grant", "bob", "--yes"]);
    project.ok(["get", "A"], bob);
    const old = project.read(".env.vault");
    expect(project.ok(["rotate", "--dry-run"]).stderr).toContain("nothing was changed");
    expect(project.read(".env.vault")).toBe(old);
    project.ok(["rotate"]);
    expect(project.read(".env.vault").match(/enc:v2\./g)).toHaveLength(3);
    expect(project.ok(["get", "A"], bob).stdout).toBe("secret-one\n");
    expect(project.ok(["status"]).stdout).toContain("agrees with .env");
    project.write(".env.vault", old);
    expect(project.ok(["get", "A"], bob).stdout).toBe("secret-one\n");
    // The checkout from before the rotation, on a machine that has seen the rotation.
    project.ok(["get", "A"]);
    const manifest = project.read("envseal.json");
    project.git("checkout", "-q", "envseal.json");
    expect(project.ok(["get", "A"]).stderr).toContain("older than what this machine has seen");
    expect(project.fails(["set", "A"], { input: "x" })).toMatchObject({ code: 4, error: "OLDER_CHECKOUT" });
    project.ok(["set", "A", "--allow-older"], { input: "x" });
    expect(manifest).not.toBe(project.read("envseal.json"));
  });

  it("gives nothing to an entry that was slipped in, or swapped, without the key", () => {
    const { project, bob } = team();
    const mallory = { env: project.sandbox.otherHome("mallory") };
    project.ok(["join", "--name", "bob"], bob);
    project.ok(["grant", "bob", "--yes"]);
    project.ok(["join", "--name", "mallory"], mallory);
    const manifest = JSON.parse(project.read("envseal.json"));
    manifest.environments.default.access.mallory = manifest.environments.default.access.bob;
    manifest.recipients.bob.recipient = manifest.recipients.mallory.recipient;
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    const { stderr } = project.ok(["rotate"]);
    expect(stderr).toContain("mallory no longer has access");
    expect(project.fails(["get", "A"], mallory).error).toBe("NO_ACCESS");
    // The recipient that an admin signed counts, not the one that anybody can write.
    expect(project.ok(["get", "A"], bob).stdout).toBe("secret-one\n");
    expect(holders(project)).toEqual(["ada", "bob"]);
    const swapped = project.manifest();
    swapped.environments.default.access.bob.recipient = manifest.recipients.mallory.recipient;
    project.write("envseal.json", JSON.stringify(swapped, null, 2));
    expect(project.ok(["rotate"]).stderr).toContain("bob no longer has access");
    for (const options of [bob, mallory]) expect(project.fails(["get", "A"], options).error).toBe("NO_ACCESS");
    expect(holders(project)).toEqual(["ada"]);
  });

  it("refuses to leave nobody, asks for -e, and refuses what is no recipient", () => {
    const { project } = team({ ".env": "A=1\n", ".env.production": "A=2\n" });
    expect(project.fails(["revoke", "ada", "--yes"]).stderr).toContain("last recipient");
    expect(project.fails(["rotate"]).error).toBe("AMBIGUOUS_ENVIRONMENT");
    expect(project.fails(["grant", "carol", "--all"]).stderr).toContain("has not asked");
    expect(project.fails(["grant", "carol", `age1pq1${"q".repeat(1900)}`, "--all"]).stderr).toContain("post-quantum");
    expect(project.fails(["grant", "carol", "age1notakey", "--all"]).error).toBe("USAGE");
    expect(project.fails(["rotate", "--all", "--reason", "bored"]).error).toBe("USAGE");
    project.ok(["rotate", "--all"]);
    expect(project.ok(["keys"]).stdout.match(/v2/g)).toHaveLength(2);
  });

  it("finishes an interrupted rotation as it was meant, and a revoke that comes upon one takes access away all the same", () => {
    const { project, bob } = team();
    project.ok(["join", "--name", "bob"], bob);
    project.ok(["grant", "bob", "--yes"]);
    diesAfterNewKey(project, ["rotate", "--reason", "offboarding"]);
    expect(project.ok(["rotate"]).stderr).toContain("an interrupted rotation was finished");
    const { active, keys, floor } = project.statement();
    expect([keys[active].version, floor]).toEqual([2, active]);
    // A rotation of the old kind is under way while Bob is revoked: finished first, then Bob's is done.
    diesAfterNewKey(project, ["rotate", "--reason", "offboarding"]);
    project.ok(["revoke", "bob", "--yes"]);
    const now = project.statement();
    expect(holders(project)).toEqual(["ada"]);
    expect([now.keys[now.active].version, now.floor]).toEqual([4, now.active]);
    expect(project.fails(["get", "A"], bob).error).toBe("NO_ACCESS");
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
  });

  it("takes access away from someone who was given it again since the revocation that was interrupted", () => {
    const { project, bob } = team();
    project.ok(["join", "--name", "bob"], bob);
    project.ok(["grant", "bob", "--yes"]);
    diesAfterNewKey(project, ["revoke", "bob", "--yes"]);
    project.ok(["join", "--name", "bob"], bob);
    project.ok(["grant", "bob", "--yes"]);
    project.ok(["revoke", "bob", "--yes"]);
    expect(holders(project)).toEqual(["ada"]);
    expect(project.fails(["get", "A"], bob).error).toBe("NO_ACCESS");
  });

  it("rotates with --all what the key opens, and names the rest", () => {
    const { project, bob } = team({ ".env": "A=1\n", ".env.staging": "A=2\n" });
    project.teammate("bob", "-e", "default", "--admin");
    const stopped = project.fails(["rotate", "--all", "--reason", "compromised"], bob);
    expect(stopped).toMatchObject({ error: "NO_ACCESS", code: 3, stderr: expect.stringContaining("staging: not rotated") });
    expect(project.ok(["keys", "-e", "default"]).stdout).toMatch(/\sv2\s/);
    expect(project.ok(["keys", "-e", "staging"]).stdout).not.toMatch(/\sv2\s/);
  });

  it("begins no rotation where a vault does not open", () => {
    const { project } = team({ ".env": "A=1\n", "b/.env": "A=2\n" });
    const manifest = project.read("envseal.json");
    project.write("b/.env.vault", project.read("b/.env.vault").replace(/:[\w-]{20}/, `:${"A".repeat(20)}`));
    expect(project.fails(["rotate", "--reason", "compromised"]).code).toBe(4);
    expect(project.read("envseal.json")).toBe(manifest);
  });

  it("takes the last recovery path away only where that is said in words", () => {
    const { project } = team();
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    expect(project.fails(["revoke", "recovery", "--yes"])).toMatchObject({
      error: "NEEDS_TERMINAL",
      stderr: expect.stringContaining("--last-recovery"),
    });
    expect(project.fails(["revoke", "recovery", "--yes", "--last-recovery", "yes"]).error).toBe("NEEDS_CONFIRMATION");
    expect(project.ok(["keys"]).stdout).not.toMatch(/\sv2\s/);
    project.ok(["revoke", "recovery", "--yes", "--last-recovery", "no way back"]);
    expect(project.ok(["recipients"]).stdout).not.toContain("recovery");
  });

  it("opens a checkout from before someone had access, through the newest manifest of any local ref", () => {
    const { project, bob } = team({ ".env": "A=secret-one\n", ".env.production": "A=other\n" });
    project.commitAll("before bob");
    project.ok(["rotate", "--all"]);
    project.commitAll("rotated");
    project.teammate("bob", "-e", "default");
    project.commitAll("with bob");
    project.ok(["rotate", "-e", "default", "--reason", "suspected"]);
    project.commitAll("rotated again");
    project.ok(["get", "A", "-e", "default"], bob);
    const older = { env: { ...bob.env, ENVSEAL_ALLOW_OLDER: "1" } };
    for (const revision of ["main~3", "main~2", "main~1"]) {
      project.git("checkout", "-q", revision);
      // Somebody may have lost access since: it is read where that is said.
      expect(project.fails(["get", "A", "-e", "default"], bob).error).toBe("OLDER_CHECKOUT");
      expect(project.ok(["get", "A", "-e", "default"], older).stdout).toBe("secret-one\n");
      expect(project.fails(["get", "A", "-e", "production"], bob).error).toBe("NO_ACCESS");
      expect(project.fails(["set", "A", "-e", "default"], { ...bob, input: "x" }).error).toBe("OLDER_CHECKOUT");
    }
    project.git("checkout", "-q", "main~3");
    expect(project.ok(["run", "-e", "default", "--", "printenv", "A"], older).stdout).toBe("secret-one\n");
    project.install();
    const boot = project.node(["-r", "envseal/config", "-p", "1"], { env: { ...bob.env, ENVSEAL_ENV: "default" } });
    expect(boot.stderr).toMatch(/NO_ACCESS[\s\S]*envseal run/);
    // A manifest that someone made up on a branch leads to no key that this machine has pinned.
    project.git("checkout", "-q", "-b", "forged", "main~3");
    const forged = JSON.parse(project.read("envseal.json"));
    forged.recipients.bob = JSON.parse(project.git("show", "main:envseal.json")).recipients.bob;
    project.write("envseal.json", JSON.stringify(forged, null, 2));
    project.commitAll("forged");
    expect(project.ok(["get", "A", "-e", "default"], older).stdout).toBe("secret-one\n");
    project.git("checkout", "-q", "--orphan", "alone");
    for (const branch of ["main", "forged"]) project.git("branch", "-q", "-D", branch);
    expect(project.fails(["get", "A", "-e", "default"], older).error).toBe("NO_ACCESS");
  });

  it("calls no checkout older that is of the key it has, though it is from before a grant", () => {
    const { project, bob } = team();
    project.commitAll("before bob");
    project.teammate("bob");
    project.commitAll("with bob");
    project.ok(["get", "A"], bob);
    project.git("checkout", "-q", "main~1");
    const got = project.ok(["get", "A"], bob);
    expect(got).toMatchObject({ stdout: "secret-one\n", stderr: "" });
    project.ok(["set", "A", "-q"], { ...bob, input: "secret-two" });
    expect(project.ok(["get", "A"]).stdout).toBe("secret-two\n");
    // After a rotation it is what it is called.
    project.git("checkout", "-q", "-f", "main");
    project.ok(["rotate", "-q"]);
    project.commitAll("rotated");
    project.ok(["get", "A"], bob);
    project.git("checkout", "-q", "main~2");
    expect(project.ok(["get", "A"], bob).stderr).toContain("under an earlier key");
    expect(project.fails(["set", "A"], { ...bob, input: "x" }).error).toBe("OLDER_CHECKOUT");
  });

  it("requires names: a loader and run do not go on without them", () => {
    const { project } = team();
    project.install();
    const key = project.ok(["deploy-key", "create", "ci"]).stdout.trim();
    project.ok(["require", "A"]);
    const boot = () => project.node(["-r", "envseal/config", "-p", "1"], { env: { ENVSEAL_KEY: key } });
    expect(boot().stdout).toBe("1\n");
    project.ok(["unset", "A"]);
    expect(boot().stderr).toContain("MISSING_REQUIRED");
    expect(project.fails(["run", "--", "true"])).toMatchObject({ code: 4, error: "MISSING_REQUIRED" });
    project.ok(["require", "A", "--remove"]);
    expect(boot().stdout).toBe("1\n");
  });

  it("a deploy key survives rotations; a read-only key ends with one and says so", () => {
    const { project } = team();
    project.install();
    const [key, readOnly] = [["ci"], ["ro", "--read-only"]].map((args) => project.ok(["deploy-key", "create", ...args]).stdout.trim());
    project.ok(["rotate", "--reason", "suspected"]);
    const boot = (value: string | undefined) =>
      project.node(["-r", "envseal/config", "-p", "process.env.A"], { env: { ENVSEAL_KEY: value } });
    expect(boot(key).stdout).toBe("secret-one\n");
    expect(boot(readOnly).stderr).toMatch(/BELOW_FLOOR|KEY_UNKNOWN/);
    const created = project.ok(["deploy-key", "create", "new"]).stdout.trim();
    project.git("add", "-A");
    const current = project.read("envseal.json");
    const rolledBack = JSON.parse(current);
    expect(rolledBack.environments.default.access.new).toBeDefined();
    expect(boot(created).stdout).toBe("secret-one\n");
  });

  it("killed at any instant of a rotation, every vault opens, and the same command finishes the job", async () => {
    const { project } = team({ ".env": "A=1\n", "a/.env": "A=2\n", "b/.env": "A=3\n", "c/.env": "A=4\n" });
    const rounds = isNightly ? 200 : 5;
    for (let round = 0; round < rounds; round++) {
      await killed(project, ["rotate", "--reason", "offboarding", "-q"], 120 + ((round * 53) % 260));
      for (const [folder, value] of [
        [".", "1"],
        ["a", "2"],
        ["b", "3"],
        ["c", "4"],
      ] as const) {
        expect(project.ok(["get", "A"], { cwd: project.path(folder) }).stdout).toBe(`${value}\n`);
      }
    }
    project.ok(["rotate", "--reason", "offboarding"]);
    const { active, floor } = project.statement();
    expect(floor).toBe(active);
    for (const folder of [".", "a", "b", "c"])
      expect(
        project
          .read(`${folder}/.env.vault`)
          .match(/enc:v\d+\.([\w-]{8})/g)
          ?.every((token) => token.endsWith(active)),
      ).toBe(true);
  });

  it.runIf(terminalIsHere)(`recovery words are created once, confirmed, and open everything${terminalNotice}`, async () => {
    const { project } = team();
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    expect(project.fails(["recovery", "create", "--recovery-file", "../again"]).error).toBe("USAGE");
    expect(project.ok(["status"]).stdout).toContain("never confirmed on paper");
    const words = project.read("../words").split("\n", 1)[0] as string;
    const wrong = new Terminal(project, ["recovery", "confirm"]);
    await wrong.waitFor(/the 24 recovery words/);
    wrong.type(`${words.split(" ").reverse().join(" ")}\r`);
    expect(await wrong.end()).toBe(3);
    const terminal = new Terminal(project, ["recovery", "confirm"]);
    await terminal.waitFor(/the 24 recovery words/);
    terminal.type(`${words}\r`);
    await terminal.waitFor(/the words are right/);
    expect(await terminal.end()).toBe(0);
    expect(terminal.screen).not.toContain(words.split(" ").slice(0, 3).join(" "));
    expect(JSON.parse(project.read("envseal.json")).recipients.recovery.custody.confirmed).toBeDefined();
  });
});

function killed(project: Project, args: readonly string[], delay: number): Promise<void> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: project.folder, env: project.sandbox.env, stdio: "ignore" });
    const timer = setTimeout(() => child.kill("SIGKILL"), delay);
    child.on("close", () => {
      clearTimeout(timer);
      done();
    });
  });
}
