import { describe, expect, it } from "vitest";
import { sampled } from "../support/sample.ts";
import { EDITED } from "./forged/edited.ts";
import { REMADE } from "./forged/remade.ts";
import { good, project, sandbox, useWorld, vault } from "./forged/world.ts";

/**
 * One row for each way to forge a manifest. Ada has pinned v3 (Bob left, which raised the floor). Each row is refused when a
 * value is read, or by `check` before it is committed, or both; and each says something that no other row says.
 */

const rows = [...EDITED, ...REMADE];

useWorld();

describe("a forged manifest", () => {
  it.each(sampled(rows, 2))("$name", async ({ forge, get, check, own }) => {
    const forged = await forge();
    project.write("envseal.json", forged.manifest === undefined ? good : `${JSON.stringify(forged.manifest, null, 2)}\n`);
    project.write(".env.vault", forged.vault ?? vault);
    const read = project.envseal(["get", "API_KEY"]);
    if (get === null) expect(read.stdout).toBe("sk_live_0123456789\n");
    else expect({ code: /\[([A-Z_]+)\]/.exec(read.stderr)?.[1], stdout: read.stdout }).toEqual({ code: get, stdout: "" });
    project.git("add", "-A");
    const checked = project.envseal(["check", "--staged"]);
    if (check === null) expect(checked.code).toBe(0);
    else expect({ code: checked.code, out: checked.stdout }).toMatchObject({ code: 1, out: expect.stringMatching(check) });
    expect(read.stderr + checked.stdout).toMatch(own);
    project.git("reset", "-q", "--hard");
  });

  it("what envseal itself does is no finding", () => {
    for (const args of [
      ["rotate"],
      ["rotate", "--reason", "compromised"],
      ["require", "PORT"],
      ["join", "--name", "dave"],
      ["keys", "destroy", "v1", "--yes", "--waive-backup", "destroy v1 without a backup"],
    ]) {
      project.ok(args, args[0] === "join" ? { env: sandbox.otherHome("dave") } : {});
      project.git("add", "-A");
      expect(project.ok(["check", "--staged"]).stdout).toBe("");
      project.git("commit", "-qm", args.join(" "));
    }
  });
});
