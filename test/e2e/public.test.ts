import { describe, expect, it } from "vitest";
import { sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

const row = (text: string, name: string) => text.split("\n").find((line) => line.startsWith(`${name}=`));

describe("public", () => {
  it("shows a value in clear, and leaves every other line as it is", () => {
    const project = sealedProject({ ".env": "APP_URL=https://app.example.com\nAPI_KEY=sk_live_0123456789\n# a comment\n" });
    const before = project.read(".env.vault");
    expect(project.fails(["set", "APP_URL=https://other.example.com"]).stderr).toContain("(envseal public APP_URL)");
    const { stderr } = project.ok(["public", "APP_URL", "--yes"]);
    expect(stderr).toBe("APP_URL: shown in clear from now on; commit envseal.json, .env.vault\n");
    const after = project.read(".env.vault");
    expect(row(after, "APP_URL")).toMatch(/^APP_URL='https:\/\/app\.example\.com' # enc:v1\./);
    expect(after.replace(/^APP_URL=.*$/m, "")).toBe(before.replace(/^APP_URL=.*$/m, ""));
    expect(project.ok(["list"]).stdout).toMatch(/APP_URL +public/);
    expect(project.ok(["status"]).stdout).toContain("agrees with .env");
    expect(project.ok(["set", "APP_URL=https://other.example.com"]).stderr).toBe("set APP_URL in .env.vault\n");
    // Done already: nothing changes.
    const manifest = project.read("envseal.json");
    expect(project.ok(["public", "APP_URL"]).stderr).toContain("commit envseal.json\n");
    expect(project.read("envseal.json")).toBe(manifest);
  });

  it("asks where a secret would be shown, and changes nothing without a yes", () => {
    const project = sealedProject();
    const before = [project.read("envseal.json"), project.read(".env.vault")];
    const { error, stderr } = project.fails(["public", "API_*"]);
    expect(error).toBe("NEEDS_TERMINAL");
    expect(stderr).toContain("show API_KEY in clear, to everyone who has the repository, for ever?");
    expect([project.read("envseal.json"), project.read(".env.vault")]).toEqual(before);
  });

  it.runIf(terminalIsHere)(`takes Enter alone for no${terminalNotice}`, async () => {
    const project = sealedProject();
    const before = project.read("envseal.json");
    const answer = async (keys: string) => {
      const terminal = new Terminal(project, ["public", "API_KEY"]);
      await terminal.waitFor(/for ever\?/);
      terminal.type(keys);
      return terminal.end();
    };
    expect(await answer("\r")).toBe(2);
    expect(project.read("envseal.json")).toBe(before);
    expect(await answer("y")).toBe(0);
    expect(project.read("envseal.json")).not.toBe(before);
  });

  it("takes it back, and names what there is where that was not it", () => {
    const project = sealedProject({ ".env": "PORT=3000\nVITE_TITLE=Shop\n", ".env.production": "PORT=80\n" });
    expect(row(project.read(".env.vault"), "VITE_TITLE")).toContain("Shop");
    expect(project.fails(["public", "VITE_TITLE", "--remove", "-e", "default"])).toMatchObject({
      error: "USAGE",
      stderr: expect.stringContaining("hint: those are: PORT, VITE_*\n"),
    });
    expect(project.ok(["public", "PORT", "--remove", "--all"]).stderr).toMatch(/commit envseal\.json, \.env(\.production)?\.vault, \.env/);
    for (const path of [".env.vault", ".env.production.vault"]) expect(row(project.read(path), "PORT")).toMatch(/^PORT=enc:v1\./);
    expect(project.ok(["get", "PORT", "-e", "production"]).stdout).toBe("80\n");
    expect(project.fails(["public", "PORT"]).error).toBe("AMBIGUOUS_ENVIRONMENT");
    expect(project.fails(["public", "A B", "--all"]).error).toBe("BAD_NAME");
  });

  it("is committed, though the guards knew the value as a secret; the others are looked for as before", () => {
    const project = sealedProject({ ".env": "DSN=https://4f1c9a7be2d84f0a@sentry.example.com/7\nOTHER=5e884898da28047151d0e56f8dc629\n" });
    project.ok(["hooks", "install", "-q"]);
    const commit = (message: string) => project.execute(["git", "commit", "-qam", message]);
    project.git("add", ".");
    expect(commit("seal").code).toBe(0);
    project.ok(["public", "DSN", "--yes"]);
    expect(commit("public")).toMatchObject({ code: 0, stderr: "" });
    expect(project.ok(["check", "--all"]).stdout).toBe("");
    project.write("leak.txt", "5e884898da28047151d0e56f8dc629\n");
    project.git("add", "leak.txt");
    expect(commit("leak").code).toBe(1);
  });

  it("finishes what was interrupted behind the manifest", () => {
    const project = sealedProject();
    const vault = project.read(".env.vault");
    project.ok(["public", "API_KEY", "--yes"]);
    project.write(".env.vault", vault);
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
    project.ok(["public", "API_KEY", "--yes"]);
    const shown = project.read(".env.vault");
    expect(row(shown, "API_KEY")).toContain("sk_live_0123456789");
    project.ok(["public", "API_KEY", "--remove"]);
    project.write(".env.vault", shown);
    project.ok(["public", "API_KEY", "--remove"]);
    expect(row(project.read(".env.vault"), "API_KEY")).toMatch(/^API_KEY=enc:/);
  });
});
