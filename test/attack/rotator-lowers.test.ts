import { expect, it } from "vitest";
import type { AccessEntry } from "../../src/core/authority/access-entry.ts";
import { scopeOf } from "../../src/core/authority/authority-of.ts";
import type { KeyEntry } from "../../src/core/authority/environment-statement.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { signStatement } from "../../src/core/authority/statement.ts";
import { withEntry } from "../../src/core/keys/manifest-edits.ts";
import { joined, signerFor, type World, world } from "./authority/world.ts";

/** A rotator's key, and one that a leaver kept: the newest key is called destroyed, and the leaver's is in force again. */

const LEAVERS = "mallorys-value-0123456789";

/** @param at the revision from which the newest key claims to be: before or after an admin could have destroyed it */
function lowered(at: (lowest: number) => number): World {
  const here = world();
  for (const [name, ...role] of [["bob"], ["mallory"], ["nightly", "--rotate"]] as const) joined(here, name, ...role);
  const { project, manifest, put, as } = here;
  project.ok(["rotate", "--fence", "-q"]);
  project.ok(["set", "API_KEY", "-q"], { ...as("mallory"), input: LEAVERS });
  project.commitAll("what mallory keeps");
  const [then, vault] = [manifest(), project.read(".env.vault")];
  project.ok(["revoke", "mallory", "--yes", "-q"]);
  project.commitAll("without mallory");
  expect(project.ok(["get", "API_KEY"], as("bob")).stdout).toBe(`${LEAVERS}\n`);
  const [now, old] = [manifest(), then.environments.default as Manifest["environments"][string]];
  const { statement, access } = now.environments.default as Manifest["environments"][string];
  const lowest = now.authority.at(-1)?.environments.default?.lowest as number;
  const [newest, kept] = [statement.keys[statement.active], old.statement.keys[old.statement.active]] as [KeyEntry, KeyEntry];
  const keys = {
    [old.statement.active]: { ...kept, revision: lowest, links: {} },
    [statement.active]: { ...newest, version: 1, revision: at(lowest), state: "destroyed" as const, links: {} },
  };
  const { active } = old.statement;
  const next = { ...statement, revision: statement.revision + 1, active, floor: active, keys };
  const wrapped = (name: string, { wrapped: _, tag: __, ...entry }: AccessEntry): AccessEntry => {
    const { wrapped: file, tag } = old.access[name] as AccessEntry;
    return { ...entry, ...(file !== undefined && { wrapped: file }), ...(tag !== undefined && { tag }) };
  };
  const members = {
    statement: signStatement("environment", scopeOf(now, "default"), next, signerFor(here, "nightly")),
    access: Object.fromEntries(Object.entries(access).map(([name, entry]) => [name, wrapped(name, entry)])),
    settings: old.settings,
  };
  put({ ...withEntry(now, "default", members), vaults: then.vaults });
  project.write(".env.vault", vault);
  project.commitAll("a scheduled rotation");
  return here;
}

it("a rotator's key puts no leaver's key back on a machine that saw the newer one", () => {
  const { project, as } = lowered(() => 1);
  for (const options of [{}, as("bob")]) {
    const refused = project.fails(["get", "API_KEY"], options);
    expect(refused).toMatchObject({ error: "OLDER_CHECKOUT", stdout: "" });
    expect(refused.stderr).toContain("a key that was seen is destroyed or has another number in it, and no admin signed that");
    expect(project.fails(["run", "--", process.execPath, "-e", "console.log(process.env.API_KEY)"], options).stdout).toBe("");
  }
  expect(project.envseal(["check", "--all"], as("bob")).code).toBe(1);
});

it("nor on any machine, where the statement itself says that no admin can have destroyed it", () => {
  const { project, as } = lowered((lowest) => lowest);
  const pin = project.ok(["pin"]).stdout.trim();
  const fresh = { env: { ...as("bob").env, XDG_STATE_HOME: project.path("../fresh") } };
  expect(project.fails(["get", "API_KEY"], fresh)).toMatchObject({ error: "FORGED_MANIFEST", stdout: "" });
  const { code, stdout } = project.envseal(["check", "--all", `--pin=${pin}`], { env: project.sandbox.otherHome("nobody") });
  expect([code, stdout]).toEqual([1, expect.stringContaining("which only an admin may")]);
});
