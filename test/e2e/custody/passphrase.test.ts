import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sealed, start } from "./project.ts";

describe("custody", () => {
  it("moves to a passphrase and back: vaults and access entries stay byte for byte", () => {
    const { project, phrase, identity, session } = start();
    const before = sealed(project);
    const secret = readFileSync(identity, "utf8").split("\n")[2] as string;
    const moved = project.ok(["custody", "move", "passphrase", ...phrase, "--hint", "in the blue book"]);
    expect(sealed(project)).toBe(before);
    expect(moved.stdout + moved.stderr + project.read("envseal.json")).not.toContain(secret.slice(16, 40));
    expect(existsSync(identity)).toBe(false);
    expect(project.ok(["custody", "show"]).stdout).toContain("ada: passphrase");
    expect(project.fails(["get", "A", "-e", "default"]).error).toBe("NEEDS_TERMINAL");
    project.ok(["unlock", ...phrase]);
    expect(statSync(session).mode & 0o777).toBe(0o600);
    expect(project.ok(["get", "A", "-e", "default"]).stdout).toBe("secret-one\n");
    project.install();
    expect(project.node(["-r", "envseal/config", "-p", "process.env.A"], { env: { ENVSEAL_ENV: "production" } }).stdout).toBe(
      "secret-two\n",
    );
    expect(project.fails(["custody", "move", "passphrase", ...phrase])).toMatchObject({
      error: "USAGE",
      stderr: expect.stringContaining("stays in git history"),
    });
    expect(project.fails(["custody", "move", "file"]).error).toBe("NEEDS_TERMINAL");
    project.ok(["custody", "move", "file", "--yes", ...phrase]);
    expect(readFileSync(identity, "utf8").split("\n")[2]).toBe(secret);
    expect(existsSync(session)).toBe(false);
    expect(sealed(project)).toBe(before);
  });

  it("refuses weak passphrases, telling hints, unknown kinds, and costs below or above the bounds", () => {
    const { project, phrase, identity } = start();
    project.write("../weak", "letmein123");
    expect(project.fails(["custody", "move", "passphrase", "--passphrase-file", join(project.sandbox.root, "weak")])).toMatchObject({
      code: 2,
      error: "WEAK_PASSPHRASE",
    });
    expect(project.fails(["custody", "move", "passphrase", ...phrase, "--hint", "velvet"]).error).toBe("WEAK_PASSPHRASE");
    expect(project.fails(["custody", "move", "cloud"]).error).toBe("USAGE");
    expect(project.fails(["custody", "move", "passphrase", ...phrase, "--kdf", "md5"]).error).toBe("USAGE");
    expect(project.fails(["custody", "move", "command"]).error).toBe("USAGE");
    expect(project.fails(["custody", "move", "file", "--", "x"]).error).toBe("USAGE");
    expect(existsSync(identity)).toBe(true);
    project.ok(["custody", "move", "passphrase", ...phrase, "--kdf", "pbkdf2-sha256"]);
    const manifest = JSON.parse(project.read("envseal.json"));
    for (const iterations of [599_999, 2_000_001, 600_000.5]) {
      manifest.recipients.ada.custody.iterations = iterations;
      project.write("envseal.json", JSON.stringify(manifest, null, 2));
      expect(project.fails(["unlock", ...phrase])).toMatchObject({
        code: 4,
        error: "MALFORMED_MANIFEST",
        stderr: expect.stringMatching(/custody|integer/),
      });
    }
  });

  it("says WRONG_PASSPHRASE, and that the entry may have been changed, also where salt or sealed bytes were changed", () => {
    const { project, phrase } = start();
    project.ok(["custody", "move", "passphrase", ...phrase]);
    project.commitAll();
    project.write("../wrong", "ribbon walnut glacier fossil puppet tunnel");
    expect(project.fails(["unlock", "--passphrase-file", join(project.sandbox.root, "wrong")])).toMatchObject({
      code: 3,
      error: "WRONG_PASSPHRASE",
    });
    const manifest = project.read("envseal.json");
    const { salt } = JSON.parse(manifest).recipients.ada.custody;
    project.write("envseal.json", manifest.replace(salt, `${salt[0] === "A" ? "B" : "A"}${salt.slice(1)}`));
    expect(project.fails(["unlock", ...phrase])).toMatchObject({
      code: 3,
      error: "WRONG_PASSPHRASE",
      stderr: expect.stringMatching(/or the entry in envseal\.json was changed(?:.|\n)*git log -p envseal\.json/),
    });
    expect(project.fails(["unlock", "--passphrase-file", join(project.sandbox.root, "wrong")]).error).toBe("WRONG_PASSPHRASE");
  });

  it("unlocks on a new machine with the repository and the passphrase alone", () => {
    const { project, phrase } = start();
    project.ok(["custody", "move", "passphrase", ...phrase]);
    const laptop = { env: { ...project.sandbox.otherHome("laptop"), XDG_RUNTIME_DIR: join(project.sandbox.root, "laptop") } };
    project.ok(["unlock", ...phrase], laptop);
    expect(project.ok(["get", "A", "-e", "default"], laptop).stdout).toBe("secret-one\n");
    expect(project.ok(["lock"], laptop).stderr).toBe("locked\n");
    expect(project.ok(["lock"], laptop).stderr).toBe("nothing was unlocked\n");
    expect(project.fails(["get", "A", "-e", "default"], laptop).error).toBe("NEEDS_TERMINAL");
  });
});
