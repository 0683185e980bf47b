import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/core/manifest/manifest-text.ts";
import { envsealWithFault, Snapshot } from "../support/faults.ts";
import { isNightly } from "../support/sample.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";

/**
 * A rotation writes new keys, then the vaults, then floor and `lowest`; the manifest once at each end, for all environments. It is
 * killed at every write of these, and what is left is seen and finished by somebody who has the repository alone.
 */

const FILES = {
  ".env": "API_KEY=one-0123456789\n",
  "web/.env": "API_KEY=two-0123456789\n",
  ".env.production": "API_KEY=three-0123456789\n",
};
const VAULTS = [".env.vault", "web/.env.vault", ".env.production.vault"];
const STRUCK = ["envseal.json", ".env.vault", ".env.production.vault"];

function expectOpen(project: Project, env: Record<string, string>): void {
  expect(VAULTS.map((path) => project.ok(["get", "API_KEY", "-f", path], { env }).stdout.trim())).toEqual([
    "one-0123456789",
    "two-0123456789",
    "three-0123456789",
  ]);
}

const activeKeys = (project: Project) => ["default", "production"].map((environment) => project.statement(environment).active as string);

/** Nothing before the newest key counts any more, and every value is under it. */
function expectFinished(project: Project): void {
  const { environments, authority } = parseManifest(project.read("envseal.json"));
  for (const [name, { statement, access }] of Object.entries(environments)) {
    expect(statement.floor).toBe(statement.active);
    const lowest = authority.at(-1)?.environments[name]?.lowest as number;
    expect(lowest).toBe(statement.revision);
    expect(Object.values(access).every(({ since, tag }) => since >= lowest && tag?.includes(statement.active))).toBe(true);
  }
  const [active, production] = activeKeys(project) as [string, string];
  for (const path of VAULTS) {
    const ids = new Set([...project.read(path).matchAll(/enc:v\d+\.([\w-]{8}):/g)].map(([, id]) => id));
    expect([...ids]).toEqual([path.includes("production") ? production : active]);
  }
}

describe("a rotation killed at each of its writes", () => {
  it.each([
    ["rotate", ["rotate", "--all", "--reason", "compromised", "-q"]],
    ["revoke", ["revoke", "bob", "--yes", "-q"]],
  ])(
    "%s: every vault opens, everybody sees it, and another admin finishes it with no further key",
    (_what, args) => {
      const project = sealedProject(FILES);
      const carol = project.teammate("carol", "--all", "--admin");
      project.teammate("bob", "--all");
      const before = activeKeys(project);
      const stranger = project.sandbox.otherHome("stranger");
      const snapshot = new Snapshot(project.sandbox);
      let struck = 0;
      for (const on of STRUCK) {
        for (let at = 1; at < 20; at += isNightly ? 1 : 2) {
          snapshot.restore();
          const { fired } = envsealWithFault(project, args, { at, mode: "kill", on });
          if (fired === null) break;
          struck++;
          expectOpen(project, {});
          expectOpen(project, carol);
          const halfway = activeKeys(project);
          const begun = halfway.every((key, index) => key !== before[index]);
          expect(begun || halfway.every((key, index) => key === before[index]), fired).toBe(true);
          project.git("add", "-A");
          const left = project.envseal(["check", "--all"], { env: stranger });
          const ended = ["default", "production"].every(
            (name) => project.statement(name).floor === project.statement(name).active && begun,
          );
          expect((left.stdout + left.stderr).includes("unfinished-rotation"), `${fired}\n${left.stdout}`).toBe(begun && !ended);
          if (!begun) continue;
          project.ok(["rotate", "--all", "-q"], { env: carol });
          if (!ended) expect(activeKeys(project), fired).toEqual(halfway);
          if (!ended) expectFinished(project);
          expectOpen(project, carol);
        }
      }
      expect(struck).toBeGreaterThan(4);
      snapshot.remove();
    },
    600_000,
  );
});
