import { lstatSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EnvsealError, type ErrorCode, exitCodeOf } from "../../../src/errors.ts";
import { sampled } from "../../support/sample.ts";
import type { Result } from "../../support/sandbox.ts";
import { Scene } from "./scene.ts";
import { MANIFEST, SECRETS, VAULT, world } from "./world.ts";

export interface Row {
  name: string;
  edit?: (scene: Scene) => void | Promise<void>;
  code: ErrorCode;
  /** Where the loader gives another code than the CLI. */
  boot?: ErrorCode;
  env?: (scene: Scene) => Record<string, string>;
  cwd?: string;
  args?: readonly string[];
  /** Not 3 or 4: the file system's own trouble. */
  exit?: number;
}

/**
 * What somebody who can write to the repository, and has no key, does to it: every row must be refused, by the CLI and by
 * an app under the loader, with its own code, and with nothing of the file in the message. Known residues (what FORMAT.md
 * says is accepted) stand in accepted.test.ts, so that a change in either direction is seen. One that would be found out by a
 * search of minutes ends by the test's time limit.
 */
export function refused(title: string, rows: readonly Row[]): void {
  describe(`refused: ${title}`, () => {
    for (const row of sampled(rows, 3)) {
      it(row.name, async () => {
        const scene = Scene.open();
        await row.edit?.(scene);
        expectRefusal(scene, row);
      });
    }
  });
}

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;

/** Nothing of a value, a key, a token or a line of the files. */
export function expectSilence(scene: Scene, { stdout, stderr }: Result): void {
  const text = stdout + stderr;
  for (const secret of [...SECRETS, ...Object.values(world.keys), "attackers-own-value", "forger-made"]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/enc:v\d|aead:|hkdf:|hmac:|age:[\w-]{4}|AGE-SECRET-KEY-1\w|esk_[a-z0-9-]+_\w|hunter2/);
  expect(text).not.toMatch(CONTROLS);
  for (const path of [VAULT, MANIFEST]) {
    for (const line of linesOf(scene, path))
      if (line.trim().length > 16 && !line.includes(" envseal:")) expect(text).not.toContain(line.trim());
  }
}

function linesOf(scene: Scene, path: string): string[] {
  const stats = lstatSync(scene.path(path), { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile() || stats.size > 1 << 20) return [];
  return scene.read(path).split(/\r?\n|\r/);
}

/** Where a value comes from, a boot does not look for. */
const atBoot = (code: ErrorCode): ErrorCode => (code === "MOVED_VALUE" ? "TAMPERED" : code);

const codeOf = ({ stderr }: Result): string => /\[([A-Z_]{2,})\]/.exec(stderr)?.[1] ?? "none";

function expectRefusal(scene: Scene, { code, boot = atBoot(code), exit, env, cwd, args = [] }: Row): void {
  const options = { env: env?.(scene) ?? {}, cwd: cwd === undefined ? scene.folder : scene.path(cwd) };
  const cli = scene.envseal(["get", "API_KEY", ...args], options);
  expect({ cli: codeOf(cli), stdout: cli.stdout }, cli.stderr).toEqual({ cli: code, stdout: "" });
  expect(cli.code).toBe(exitCodeOf(new EnvsealError(code, "")));
  expect(exit === undefined ? [3, 4] : [exit]).toContain(cli.code);
  expect(cli.stderr).toContain("hint: ");
  expectSilence(scene, cli);
  const app = scene.boot(options);
  expect({ app: codeOf(app), stdout: app.stdout }, app.stderr).toEqual({ app: boot, stdout: "" });
  expect(app.code).not.toBe(0);
  expectSilence(scene, app);
}
