import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";

describe("status, doctor, help, completion", () => {
  it("status says what is the matter without a key too", () => {
    const project = sealedProject();
    const stranger = project.sandbox.otherHome("stranger");
    const { stdout } = project.ok(["status"], { env: stranger });
    expect(stdout).toContain("no identity on this machine");
    expect(stdout).toContain("there is no key for this project");
    expect(project.ok(["status"]).stdout).toContain("agrees with .env");
  });

  it("doctor finds what is wrong and names the fix", () => {
    const project = sealedProject();
    expect(project.envseal(["doctor"]).stdout).toContain("recovery");
    project.write(".dockerignore", ".env*\n");
    project.write(".env.prod_eu", "A=1\n");
    project.git("add", "-f", ".env");
    project.git("config", "diff.envseal.cachetextconv", "true");
    project.write(".gitignore", ".env*\n");
    const { stdout, code } = project.envseal(["doctor"], { env: { DOTENV_KEY: "x" } });
    expect(code).toBe(1);
    for (const expected of [
      ".dockerignore: hides",
      ".env: is plaintext and git tracks it",
      ".env.prod_eu: is not spelt",
      "textconv cache",
      "DOTENV_KEY",
      ".env.vault: is a vault and git ignores it",
    ]) {
      expect(stdout).toContain(expected);
    }
    expect(stdout).not.toContain("sk_live");
    expect(JSON.parse(project.envseal(["doctor", "--json"]).stdout).ok).toBe(false);
  });
});
