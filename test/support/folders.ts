import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

/** A folder for one test, removed when it is over. */
export function tempFolders(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), "envseal-unit-"));
    made.push(folder);
    return folder;
  };
}

/** The error that an action ends with, or undefined. */
export function errorOf(action: () => unknown): { code?: string; message?: string; hint?: string } | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error as { code?: string };
  }
}
