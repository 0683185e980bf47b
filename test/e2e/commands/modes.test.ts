import { chmodSync, rmSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLI, type Project, sealedProject } from "../../support/sandbox.ts";

describe.runIf(process.platform !== "win32")("the mode of a plaintext file", () => {
  const modeOf = (project: Project) => (statSync(project.path(".env")).mode & 0o777).toString(8);

  /** The vault goes on without the file, which keeps its mode. */
  function ahead(mode: number): Project {
    const project = sealedProject({ ".env": "A=one-value\n" });
    chmodSync(project.path(".env"), mode);
    const before = project.read(".env");
    project.ok(["set", "B", "-q"], { input: "two-values" });
    project.write(".env", before);
    return project;
  }

  it.each([0o600, 0o640, 0o644, 0o660])("is kept by decrypt, sync and edits of it: %o", (mode) => {
    const octal = mode.toString(8);
    const decrypted = ahead(mode);
    decrypted.ok(["decrypt", "--yes", "-q"]);
    expect([decrypted.read(".env"), modeOf(decrypted)]).toEqual(["A=one-value\nB=two-values\n", octal]);
    decrypted.ok(["set", "C", "-q"], { input: "three" });
    expect(modeOf(decrypted)).toBe(octal);
    const synced = ahead(mode);
    synced.ok(["sync", "--yes", "-q"]);
    expect(modeOf(synced)).toBe(octal);
  });

  it("is for its owner alone where the file is new, whatever the umask", () => {
    const project = sealedProject({ ".env": "A=one-value\n" });
    rmSync(project.path(".env"));
    const ran = project.execute(["sh", "-c", `umask 000; "$0" "$@"`, process.execPath, CLI, "decrypt"]);
    expect([ran.code, modeOf(project)]).toEqual([0, "600"]);
  });
});
