import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALL, firing, MANAGERS, type Manager, managersNotice, run, snapshot, start, stops } from "../support/managers.ts";
import { sampled } from "../support/sample.ts";
import type { Project } from "../support/sandbox.ts";

/** Every order of installing two managers: nobody who fired is silenced, and status tells the truth. */

/** `hooks install` or `uninstall`, and then what it says that is left to do. */
function hooks(project: Project, action: "install" | "uninstall"): void {
  const { stderr } = project.ok(["hooks", action]);
  const [, command = ""] = /now run: ([\w -]*)/.exec(stderr) ?? [];
  if (command !== "") MANAGERS.find(({ name }) => command.includes(name))?.install(project);
}

/** True if status says that all is armed; it must be so then, and must not be so else. */
function isArmed(project: Project): boolean {
  const { code, stdout, stderr } = project.envseal(["hooks", "status"]);
  expect([0, 1], stderr).toContain(code);
  const stopped = stops(project);
  expect(code === 0, `${stdout}\nstopped by: ${stopped.join(", ")}`).toBe(stopped.length === ALL.length);
  return code === 0;
}

function filesOf(project: Project, managers: readonly Manager[]): Record<string, unknown> {
  const files = managers.flatMap(({ file }) => (file !== undefined && existsSync(project.path(file)) ? [file] : []));
  return {
    config: project.read(".git/config").replace(/\[remote "origin"\]\n(\t.*\n)*/, ""),
    husky: snapshot(project.path(".husky")),
    ...Object.fromEntries(files.map((file) => [file, project.read(file)])),
  };
}

/** Ours last: all that fired still do, ours too; uninstalling gives back their files and leaves them firing. */
function proveLast(project: Project, managers: readonly Manager[]): void {
  const before = firing(project);
  const files = filesOf(project, managers);
  hooks(project, "install");
  expect(firing(project)).toEqual(before);
  expect(isArmed(project)).toBe(true);
  const armed = filesOf(project, managers);
  project.ok(["hooks", "install"]);
  expect(filesOf(project, managers)).toEqual(armed);
  hooks(project, "uninstall");
  expect(filesOf(project, managers)).toEqual(files);
  expect(firing(project)).toEqual(before);
  expect(project.fails(["hooks", "status"]).code).toBe(1);
}

const others = (manager: Manager) => MANAGERS.filter((other) => other !== manager && other.name !== "a hook file");
const pairs = MANAGERS.flatMap((first) => others(first).map((second): [Manager, Manager] => [first, second]));

describe(`hooks in every order${managersNotice}`, () => {
  it.each(sampled(MANAGERS, 3))("$name, then ours", (manager) => {
    const project = start();
    manager.install(project);
    expect(firing(project)).toEqual([manager.name]);
    proveLast(project, [manager]);
  });

  it.each(sampled(MANAGERS.slice(1), 3))("ours, then $name, then ours again", (manager) => {
    const project = start();
    hooks(project, "install");
    expect(isArmed(project)).toBe(true);
    manager.install(project);
    isArmed(project);
    const before = firing(project);
    hooks(project, "install");
    expect(firing(project)).toEqual(before);
    expect(isArmed(project)).toBe(true);
    hooks(project, "uninstall");
    expect(firing(project)).toEqual(before);
    expect(Object.values(snapshot(project.path(".git/hooks"))).join("")).not.toContain("envseal");
  });

  it.each(sampled(pairs, 16).map((pair) => ({ pair, names: pair.map(({ name }) => name).join(", then ") })))(
    "$names, then ours",
    ({ pair }) => {
      const project = start();
      for (const manager of pair) manager.install(project);
      proveLast(project, pair);
    },
  );
});

describe(`hooks between two managers${managersNotice}`, () => {
  it.each(sampled(pairs, 17).map((pair) => ({ pair, names: pair.map(({ name }) => name).join(", then ours, then ") })))(
    "$names",
    ({ pair }) => {
      const project = start();
      pair[0].install(project);
      hooks(project, "install");
      expect(isArmed(project)).toBe(true);
      pair[1].install(project);
      // It may move our hook behind its own, where status does not look: it says less then, and never more.
      if (project.envseal(["hooks", "status"]).code === 0) expect(stops(project)).toHaveLength(ALL.length);
      const before = firing(project);
      hooks(project, "install");
      expect(firing(project)).toEqual(before);
      // pre-commit reads what is committed; until then status says that and nothing else.
      const { code, stdout, stderr } = project.envseal(["hooks", "status"]);
      if (code !== 0) expect(stdout + stderr).toContain("in .pre-commit-config.yaml: commit it");
      else expect(isArmed(project)).toBe(true);
      hooks(project, "uninstall");
      expect(firing(project)).toEqual(before);
    },
  );
});

it("a hook file of another event is not silenced for one more job of lefthook's", () => {
  const project = start();
  const [own, , lefthook] = MANAGERS as [Manager, Manager, Manager];
  project.write("lefthook.yml", "prepare-commit-msg:\n  jobs:\n    - run: echo lefthook >>../ran\n");
  lefthook.install(project);
  own.install(project);
  proveLast(project, [lefthook]);
});

it("a hook that may not be executed is not called armed", () => {
  const project = start();
  project.ok(["hooks", "install"]);
  expect(run(project, "chmod", ["-x", ".git/hooks/pre-push"]).code).toBe(0);
  expect(isArmed(project)).toBe(false);
});
