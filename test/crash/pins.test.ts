import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { followPin, movePin } from "../../src/project/pin-write.ts";
import { pinsPath, readPins } from "../../src/project/pins.ts";
import { Ring } from "../support/rings.ts";
import { isNightly } from "../support/sample.ts";
import { type Project, sandbox, sealedProject } from "../support/sandbox.ts";
import { leftovers } from "./invariants.ts";

const NAMES = ["staging", "production", "demo"];

function manyEnvironments(): { project: Project; path: string } {
  const project = sealedProject(Object.fromEntries(NAMES.map((name) => [`.env.${name}`, `KEY=pw-${name}-0123456789\n`])));
  const { project: id } = JSON.parse(project.read("envseal.json"));
  return { project, path: pinsPath(project.sandbox.env, id) ?? "" };
}

describe("the pins of a machine", () => {
  it("are all kept where several processes see environments for the first time at once", async () => {
    const { project, path } = manyEnvironments();
    for (let round = 0; round < (isNightly ? 40 : 4); round++) {
      rmSync(path);
      const ended = await Promise.all(NAMES.map((name) => project.envsealAsync(["get", "KEY", "-e", name])));
      expect(ended.map(({ code }) => code)).toEqual(NAMES.map(() => 0));
      expect(Object.keys(JSON.parse(readFileSync(path, "utf8"))).sort()).toEqual([...NAMES].sort());
    }
    expect(leftovers(project)).toEqual([]);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it("do not go back to what a slower process has seen before another moved them on", () => {
    const { env } = sandbox();
    const first = Ring.start();
    const second = first.rotate(2);
    const { project } = first.manifest;
    const pinOf = ({ keyring }: Ring) => b64u(keyring.pin);
    expect(followPin(env, project, first.keyring)).toBe(pinOf(first));
    expect(followPin(env, project, second.keyring)).toBe(pinOf(second));
    expect(followPin(env, project, first.keyring)).toBe(pinOf(second));
    expect(readPins(env, project).default).toEqual({ pin: pinOf(second), verified: [pinOf(first)] });
    // A fork from the older key, which nobody meant here; and one that this process made.
    const fork = first.rotate(9);
    expect(followPin(env, project, fork.keyring)).toBe(pinOf(second));
    expect(movePin(env, project, fork.keyring)).toBe(pinOf(fork));
  });

  it("are taken over from a process that died, and waited for where one lives", () => {
    const { project, path } = manyEnvironments();
    const owner = { pid: 2 ** 22 - 1, started: "1", host: hostname(), since: "2026-11-21T10:00:00.000Z", token: "abc" };
    rmSync(path);
    writeFileSync(`${path}.lock`, JSON.stringify(owner));
    project.ok(["get", "KEY", "-e", "demo"]);
    expect([existsSync(`${path}.lock`), existsSync(path)]).toEqual([false, true]);
    rmSync(path);
    writeFileSync(`${path}.lock`, JSON.stringify({ ...owner, host: "another-machine" }));
    const { stdout, stderr } = project.ok(["get", "KEY", "-e", "demo"]);
    expect(stdout).toBe("pw-demo-0123456789\n");
    expect(stderr).toContain("cannot keep the pin of demo");
    expect(existsSync(path)).toBe(false);
  });

  it("that are damaged are told of, and stay", () => {
    const { env } = sandbox();
    const { keyring, manifest } = Ring.start();
    const path = pinsPath(env, manifest.project) ?? "";
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "{");
    for (const write of [movePin, followPin]) expect(() => write(env, manifest.project, keyring)).toThrow("cannot be read");
    expect(readFileSync(path, "utf8")).toBe("{");
  });
});
