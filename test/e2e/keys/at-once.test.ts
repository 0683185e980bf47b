import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recipientOf } from "../../../src/age/keys.ts";
import { wordsToIdentity } from "../../../src/custody/recovery.ts";
import { sandbox, sealedProject } from "../../support/sandbox.ts";

describe("two at once", () => {
  it("make one project, and whoever was late is told", async () => {
    const box = sandbox();
    const project = box.project({ ".env": "A=secret-one\n" });
    const both = await Promise.all([1, 2, 3].map(() => project.envsealAsync(["init", "--yes", "--no-hooks", "-q"])));
    expect(both.filter(({ code }) => code === 0)).toHaveLength(1);
    expect(readdirSync(join(box.env.XDG_CONFIG_HOME as string, "envseal/identities"))).toEqual([
      JSON.parse(project.read("envseal.json")).project,
    ]);
    expect(project.ok(["get", "A"]).stdout).toBe("secret-one\n");
  });

  it("make one set of recovery words", async () => {
    const project = sealedProject();
    const both = await Promise.all([1, 2, 3].map((n) => project.envsealAsync(["recovery", "create", "--recovery-file", `../words-${n}`])));
    const [right, ...others] = both.flatMap(({ code }, index) => (code === 0 ? [index + 1] : []));
    expect(others).toEqual([]);
    const identity = wordsToIdentity(readFileSync(project.path(`../words-${right}`), "utf8").split("\n", 1)[0] as string) as Uint8Array;
    expect(JSON.parse(project.read("envseal.json")).recipients.recovery.recipient).toBe(recipientOf(identity));
    expect(existsSync(project.path("envseal.json"))).toBe(true);
  });
});
