import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { CLI, ROOT, sealedProject } from "../../support/sandbox.ts";

/** /proc says of a folder that is there that it is missing: Node's own `recursive` then never ends. */
const HOMES = ["FILE", "/dev/null", "", ...(existsSync("/proc/1") ? ["/proc/1", "/proc/self/fd"] : [])];

it.each(HOMES)("join ends where the home (%s) cannot be written to, and asks for nothing", (home) => {
  const project = sealedProject();
  project.write("file", "");
  const before = project.read("envseal.json");
  const { XDG_CONFIG_HOME: _, XDG_STATE_HOME: __, ...env } = project.sandbox.env;
  const HOME = home === "FILE" ? project.path("file") : home;
  const options = { cwd: project.folder, env: { ...env, HOME }, encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" } as const;
  const ran = spawnSync(process.execPath, [CLI, "join", "--name", "bob"], options);
  expect(ran).toMatchObject({ status: 5, signal: null, stdout: "" });
  expect(ran.stderr).toMatch(/\[IO\]\n {2}hint: set .*XDG_CONFIG_HOME/);
  expect(ran.stderr).not.toContain(ROOT);
  expect(project.read("envseal.json")).toBe(before);
});

it.runIf(existsSync("/proc/1"))("a command under such a home ends too, and knows no pin", () => {
  const project = sealedProject();
  const options = { cwd: project.folder, env: { ...project.sandbox.env, XDG_STATE_HOME: "/proc/1" }, encoding: "utf8" } as const;
  const ran = spawnSync(process.execPath, [CLI, "get", "API_KEY"], { ...options, timeout: 60_000, killSignal: "SIGKILL" });
  expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining("first use of this project on this machine") });
});
