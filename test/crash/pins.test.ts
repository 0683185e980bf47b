import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { withAuthority } from "../../src/core/authority/authority-changes.ts";
import { authorityOf } from "../../src/core/authority/authority-of.ts";
import { b64u } from "../../src/core/bytes.ts";
import { followSeen, recordSeen } from "../../src/project/pin-write.ts";
import { pinsPath, readSeen } from "../../src/project/pins.ts";
import { ADMIN, Ring, recipient } from "../support/keyring-builder.ts";
import { isNightly } from "../support/sample.ts";
import { type Project, sandbox, sealedProject } from "../support/sandbox.ts";
import { leftovers } from "./invariants.ts";

const signerNumber = (index: number) =>
  `ed25519:${b64u(Uint8Array.from({ length: 32 }, (_, at) => [5, index & 255, index >> 8][at] ?? 0))}`;

const NAMES = ["staging", "production", "demo"];

function manyEnvironments(): { project: Project; path: string } {
  const project = sealedProject(Object.fromEntries(NAMES.map((name) => [`.env.${name}`, `KEY=pw-${name}-0123456789\n`])));
  const { project: id } = JSON.parse(project.read("envseal.json"));
  return { project, path: pinsPath(project.sandbox.env, id) ?? "" };
}

describe("what a machine has seen", () => {
  it("is of every environment where several processes move it on at once", async () => {
    const { project, path } = manyEnvironments();
    const before = readFileSync(path, "utf8");
    for (const name of NAMES) project.ok(["rotate", "-e", name, "--reason", "compromised", "-q"]);
    for (const name of NAMES) project.ok(["get", "KEY", "-e", name]);
    const after = readFileSync(path, "utf8");
    expect(after).not.toBe(before);
    for (let round = 0; round < (isNightly ? 40 : 4); round++) {
      writeFileSync(path, before);
      const ended = await Promise.all(NAMES.map((name) => project.envsealAsync(["get", "KEY", "-e", name])));
      expect(ended.map(({ code }) => code)).toEqual(NAMES.map(() => 0));
      expect(readFileSync(path, "utf8")).toBe(after);
    }
    expect(leftovers(project)).toEqual([]);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it("can be read again where the authority is as large as it may be", () => {
    const { env } = sandbox();
    const names = Array.from({ length: 250 }, (_, index) => `${"e".repeat(29)}${100 + index}`).sort();
    const rotators = Object.fromEntries(
      Array.from({ length: 480 }, (_, index) => [`r${index}`, { signer: signerNumber(index), environments: names }]),
    );
    const environments = Object.fromEntries(["default", ...names].map((name) => [name, { lowest: 1 }]));
    const manifest = withAuthority(Ring.start().manifest, { rotators, environments }, ADMIN);
    expect(recordSeen(env, manifest)).toBe(true);
    expect(readFileSync(pinsPath(env, manifest.project) ?? "").length).toBeGreaterThan(4 << 20);
    expect(readSeen(env, manifest.project)?.digests).toEqual(authorityOf(manifest).digests);
  });

  it("does not go back to what a slower process has seen before another moved it on", () => {
    const { env } = sandbox();
    const first = Ring.start();
    const second = first.rotate(2).fence();
    const { project } = first.manifest;
    const seenHead = () => readSeen(env, project)?.digests.at(-1);
    const headDigest = ({ manifest }: Ring) => authorityOf(manifest).headDigest;
    // Nobody confirmed it: what is opened does not begin a record.
    expect([followSeen(env, first.manifest, { environment: "default", recipient: recipient(11) }), readSeen(env, project)]).toEqual([
      false,
      null,
    ]);
    expect([recordSeen(env, first.manifest), seenHead()]).toEqual([true, headDigest(first)]);
    expect([followSeen(env, second.manifest, { environment: "default", recipient: recipient(11) }), seenHead()]).toEqual([
      true,
      headDigest(second),
    ]);
    expect([followSeen(env, first.manifest, { environment: "default", recipient: recipient(11) }), seenHead()]).toEqual([
      false,
      headDigest(second),
    ]);
    expect(readSeen(env, project)?.environments.default).toMatchObject({
      opened: { [recipient(11)]: second.statement.revision },
      revision: second.statement.revision,
      floor: second.active,
    });
    // A fork from the older one, which nobody meant here; and one that this process made.
    const fork = first.rotate(9).rotate(10).fence();
    expect([followSeen(env, fork.manifest, { environment: "default", recipient: recipient(11) }), seenHead()]).toEqual([
      false,
      headDigest(second),
    ]);
    expect([recordSeen(env, fork.manifest), seenHead()]).toEqual([true, headDigest(fork)]);
  });

  it("is taken over from a process that died, and not waited for longer than a moment where one lives", () => {
    const { project, path } = manyEnvironments();
    const owner = { pid: 2 ** 22 - 1, started: "1", host: hostname(), since: "2026-11-21T10:00:00.000Z", token: "abc" };
    const before = readFileSync(path, "utf8");
    project.ok(["rotate", "-e", "demo", "--reason", "compromised", "-q"]);
    project.ok(["get", "KEY", "-e", "demo"]);
    const after = readFileSync(path, "utf8");
    writeFileSync(path, before);
    writeFileSync(`${path}.lock`, JSON.stringify(owner));
    project.ok(["get", "KEY", "-e", "demo"]);
    expect([existsSync(`${path}.lock`), readFileSync(path, "utf8")]).toEqual([false, after]);
    writeFileSync(path, before);
    writeFileSync(`${path}.lock`, JSON.stringify({ ...owner, host: "another-machine" }));
    expect(project.ok(["get", "KEY", "-e", "demo"]).stdout).toBe("pw-demo-0123456789\n");
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  it("stays where it is damaged, and is told of", () => {
    const { env } = sandbox();
    const { manifest } = Ring.start();
    const path = pinsPath(env, manifest.project) ?? "";
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, "{", { mode: 0o600 });
    expect(() => recordSeen(env, manifest)).toThrow("cannot be read");
    expect(() => followSeen(env, manifest)).toThrow("cannot be read");
    expect(readFileSync(path, "utf8")).toBe("{");
  });
});
