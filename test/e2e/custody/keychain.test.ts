import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLI, ROOT } from "../../support/sandbox.ts";
import { sealed, start } from "./project.ts";

describe("custody", () => {
  const desktop = spawnSync("sh", ["-c", "command -v dbus-run-session && command -v gnome-keyring-daemon"]).status === 0;
  it.runIf(desktop)(`keeps it in a real Secret Service${desktop ? "" : " (skipped: needs dbus-run-session and gnome-keyring)"}`, () => {
    const { project, identity } = start();
    const before = sealed(project);
    const steps = (lines: string) =>
      execFileSync(
        "dbus-run-session",
        ["--", "sh", "-ec", `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n${lines}`],
        {
          cwd: project.folder,
          env: { ...project.sandbox.env, NODE: process.execPath, CLI },
          encoding: "utf8",
          stdio: "pipe",
        },
      );
    expect(steps('"$NODE" "$CLI" custody move keychain\n"$NODE" "$CLI" custody show\n"$NODE" "$CLI" get A -e default')).toMatch(
      /ada: keychain[\s\S]*secret-one\n$/,
    );
    expect(existsSync(identity)).toBe(false);
    expect(sealed(project)).toBe(before);
    expect(steps('"$NODE" "$CLI" get A -e production')).toBe("secret-two\n");
    // Without the Secret Service it fails, rather than to fall back to memory.
    expect(project.fails(["get", "A", "-e", "default"])).toMatchObject({ code: 5, error: "CUSTODY" });
    steps('"$NODE" "$CLI" custody move file --yes -q');
    expect(project.ok(["get", "A", "-e", "default"]).stdout).toBe("secret-one\n");
    expect(() =>
      steps(`cd "${ROOT}"; "$NODE" -e 'process.exit(require("@napi-rs/keyring").findCredentials("envseal").length)'`),
    ).not.toThrow();
  });
});
