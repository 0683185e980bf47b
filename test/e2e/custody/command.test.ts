import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sealed, start } from "./project.ts";

describe("custody", () => {
  it("takes the identity from a command of the user's own, never from one of the repository's", () => {
    const { project, identity, id } = start();
    const secret = readFileSync(identity, "utf8");
    const bin = join(project.sandbox.root, "bin");
    mkdirSync(bin);
    const program = (folder: string, name: string, script: string) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    writeFileSync(join(project.sandbox.root, "kept"), secret);
    program(bin, "keeper", `printenv ENVSEAL_KEY >&2; pwd >&2; cat "${join(project.sandbox.root, "kept")}"`);
    program(bin, "other", "echo AGE-SECRET-KEY-1NOTANIDENTITY");
    program(project.path("node_modules/.bin"), "evil", `touch ${project.path("pwned")}; cat "${join(project.sandbox.root, "kept")}"`);
    project.sandbox.env.PATH = `${project.path("node_modules/.bin")}:.:${bin}:${project.sandbox.env.PATH}`;
    expect(project.fails(["custody", "move", "command", "--", "evil"]).error).toBe("CUSTODY");
    expect(project.fails(["custody", "move", "command", "--", project.path("node_modules/.bin/evil")]).error).toBe("CUSTODY");
    expect(project.fails(["custody", "move", "command", "--", "nowhere"]).error).toBe("CUSTODY");
    expect(project.fails(["custody", "move", "command", "--", "other"]).error).toBe("MALFORMED_KEY");
    expect(existsSync(project.path("pwned"))).toBe(false);
    expect(existsSync(identity)).toBe(true);
    const before = sealed(project);
    project.ok(["custody", "move", "command", "--", "keeper"]);
    expect(sealed(project)).toBe(before);
    expect(existsSync(identity)).toBe(false);
    // The program that was trusted is the one that runs, also where the repository brings one of the same name.
    program(project.path("node_modules/.bin"), "keeper", `touch ${project.path("pwned")}`);
    const got = project.ok(["get", "A", "-e", "default"]);
    expect(got.stdout).toBe("secret-one\n");
    expect(got.stderr.split("\n")[0]).toBe("/");
    expect(existsSync(project.path("pwned"))).toBe(false);
    expect(JSON.stringify(JSON.parse(project.read("envseal.json")).recipients.ada.custody)).toBe('{"kind":"command"}');
    for (const [script, error] of [
      ["exit 3", "CUSTODY"],
      ["head -c 100000 /dev/zero", "CUSTODY"],
      ["true", "MALFORMED_KEY"],
    ] as const) {
      program(bin, "keeper", script);
      expect(project.fails(["get", "A", "-e", "default"]).error).toBe(error);
    }
    const record = join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/custody", `${id}.json`);
    writeFileSync(record, '{"kind":"command","name":"ada"}');
    expect(project.fails(["get", "A", "-e", "default"])).toMatchObject({ code: 5, error: "CUSTODY" });
  });
});
