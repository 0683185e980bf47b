import { describe, expect, it } from "vitest";
import { knownToRemote } from "../../src/git/remote.ts";
import { sandbox } from "../support/sandbox.ts";

const FETCHED = "https://example.com/shop/app.git";

describe("what a remote is known to have", () => {
  it.each([
    [[], true],
    [["remote.origin.pushurl=git@example.com:shop/app.git"], true],
    [["remote.origin.pushurl=ssh://git@example.com:22/shop/app"], true],
    [["remote.origin.pushurl=https://me:token@example.com/shop/app/"], true],
    [["remote.other.pushurl=https://example.org/x"], true],
    [["url.git@example.com:.pushInsteadOf=https://example.com/"], true],
    [["remote.origin.pushurl=git@example.com:public/app.git"], false],
    [["remote.origin.pushurl=git@example.org:shop/app.git"], false],
    [["remote.origin.pushurl=https://example.com/shop/app2.git"], false],
    [["url.git@example.org:.pushInsteadOf=https://example.com/"], false],
    [["remote.origin.pushurl=git@example.com:shop/app.git", "remote.origin.pushurl=git@example.org:shop/app.git"], false],
  ])("counts its tracking refs only where it is pushed to the same place: %j %s", (settings, counts) => {
    const project = sandbox().project({ a: "1\n" });
    project.commitAll();
    project.git("remote", "add", "origin", FETCHED);
    project.git("update-ref", "refs/remotes/origin/main", "HEAD");
    for (const [name = "", value = ""] of settings.map((setting) => setting.split("="))) project.git("config", "--add", name, value);
    expect(knownToRemote(project.folder, "origin")).toHaveLength(counts ? 1 : 0);
    expect(knownToRemote(project.folder, FETCHED)).toEqual([]);
  });
});
