import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { filesHolding, objectsHolding } from "../support/find-secrets.ts";
import { sampled } from "../support/sample.ts";
import { type Merging, mergingProject, SECRETS } from "../support/team.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

/** Every way in which git merges one file, as an act on a repository whose branches `main` and `side` have parted. */
const WAYS: readonly [string, (merging: Merging) => { code: number; output: string }][] = [
  ["merge", (m) => m.tries("merge", "-q", "-m", "merged", "side")],
  ["rebase", (m) => m.tries("rebase", "-q", "main", "side")],
  ["cherry-pick", (m) => m.tries("cherry-pick", "side")],
  [
    "stash pop",
    (m) => {
      m.project.git("checkout", "-q", "--detach", "main~1");
      m.project.git("checkout", "side", "--", ".env.vault");
      m.project.git("stash", "-q");
      m.project.git("checkout", "-q", "main");
      return m.tries("stash", "pop");
    },
  ],
  [
    "am -3",
    (m) => {
      const patch = m.project.git("format-patch", "-1", "--stdout", "--no-textconv", "--binary", "side");
      m.project.write("../side.patch", patch);
      return m.tries("am", "-q", "-3", "../side.patch");
    },
  ],
];

describe("the merge driver, in every way git merges", () => {
  it.each(sampled(WAYS, 2))("%s: both sides' values, additions at one place, and a comment", (_, act) => {
    const merging = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99").set("ADDED_BY_US", "added-by-us-99"),
      (theirs) => theirs.set("MAIL_TOKEN", "theirs-mail-99").set("ADDED_BY_THEM", "added-by-them-99"),
    );
    const result = act(merging);
    expect(result, result.output).toMatchObject({ code: 0 });
    expect(merging.values()).toEqual({
      ...SECRETS,
      ...{ API_KEY: "ours-api-key-99", ADDED_BY_US: "added-by-us-99", MAIL_TOKEN: "theirs-mail-99", ADDED_BY_THEM: "added-by-them-99" },
    });
    expect(merging.project.ok(["check", "--all"]).code).toBe(0);
  });

  it.each(sampled(WAYS, 2))("%s: a conflict where both changed one name, sealed between markers, settled by resolve", (_, act) => {
    const merging = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99").set("DB_PASSWORD", "ours-password-99"),
      (theirs) => theirs.set("API_KEY", "theirs-api-key-99").set("MAIL_TOKEN", "theirs-mail-99"),
    );
    merging.project.git("config", "rerere.enabled", "true");
    const result = act(merging);
    expect(result.code, result.output).not.toBe(0);
    const text = merging.project.read(".env.vault");
    expect(text.match(/^<{7} /gm)).toHaveLength(1);
    expect(text).toMatch(/^<{7} \S+\nAPI_KEY=enc:\S+\n={7}\nAPI_KEY=enc:\S+\n>{7} /m);
    expect(merging.project.fails(["get", "API_KEY"])).toMatchObject({ code: 4, error: "CONFLICT_MARKERS" });
    const refused = merging.project.fails(["resolve"]);
    expect(refused).toMatchObject({ code: 2, error: "NEEDS_TERMINAL" });
    expect(refused.stderr).toMatch(/API_KEY was changed on both sides\n {2}base +#[0-9a-f]{6} {2}v1\n {2}ours +#[0-9a-f]{6}/);
    merging.project.ok(["resolve", "--theirs"]);
    expect(merging.values()).toMatchObject({ API_KEY: "theirs-api-key-99", DB_PASSWORD: "ours-password-99", MAIL_TOKEN: "theirs-mail-99" });
    expect(merging.project.git("ls-files", "--unmerged")).toBe("");
    const secrets = [...Object.values(SECRETS), "ours-api-key-99", "theirs-api-key-99", "ours-password-99", "theirs-mail-99"];
    expect(filesHolding(merging.project.path(".git"), secrets)).toEqual([]);
    expect(objectsHolding(merging.project, secrets)).toEqual([]);
    const planted = merging.project.git("hash-object", "-w", ".env").trim();
    expect(objectsHolding(merging.project, secrets)).toEqual([planted]);
  });
});

describe("merging by name", () => {
  const merge = (merging: Merging) => merging.tries("merge", "-m", "merged", "side");

  it("takes a removal, and calls a removal against an edit a conflict", () => {
    const clean = mergingProject().parted(
      (ours) => ours.run("unset", "DB_PASSWORD"),
      (theirs) => theirs.set("MAIL_TOKEN", "theirs-mail-99"),
    );
    expect(merge(clean).code).toBe(0);
    expect(Object.keys(clean.values())).toEqual(["API_KEY", "MAIL_TOKEN", "SENTRY_DSN"]);
    const conflict = mergingProject().parted(
      (ours) => ours.run("unset", "DB_PASSWORD"),
      (theirs) => theirs.set("DB_PASSWORD", "theirs-password-99"),
    );
    expect(merge(conflict)).toMatchObject({ code: 1, output: expect.stringContaining("both sides changed DB_PASSWORD") });
    conflict.project.ok(["resolve", "--ours"]);
    expect(Object.keys(conflict.values())).toEqual(["API_KEY", "MAIL_TOKEN", "SENTRY_DSN"]);
  });

  it("needs no key while no two sides touch one place, and keeps every token", () => {
    const merging = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99"),
      (theirs) => theirs.set("SENTRY_DSN", "theirs-dsn-99"),
    );
    const stranger = merging.project.sandbox.otherHome("stranger");
    Object.assign(merging.project.sandbox.env, stranger);
    expect(merge(merging).code).toBe(0);
    const row = (rev: string, name: string) =>
      merging.project
        .git("show", `${rev}:.env.vault`)
        .split("\n")
        .find((line) => line.startsWith(`${name}=`));
    expect(row("HEAD", "API_KEY")).toBe(row("HEAD^1", "API_KEY"));
    expect(row("HEAD", "SENTRY_DSN")).toBe(row("HEAD^2", "SENTRY_DSN"));
    expect(row("HEAD", "MAIL_TOKEN")).toBe(row("HEAD~1", "MAIL_TOKEN"));
  });

  it("without a key, additions at one place are a conflict that hides neither side", () => {
    const merging = mergingProject().parted(
      (ours) => ours.set("ADDED_BY_US", "added-by-us-99"),
      (theirs) => theirs.set("ADDED_BY_THEM", "added-by-them-99"),
    );
    const own = { ...merging.project.sandbox.env };
    Object.assign(merging.project.sandbox.env, merging.project.sandbox.otherHome("stranger"));
    expect(merge(merging)).toMatchObject({ code: 1, output: expect.stringContaining("no key is at hand") });
    const text = merging.project.read(".env.vault");
    expect(text).toMatch(/<{7}[\s\S]*ADDED_BY_US=[\s\S]*={7}[\s\S]*ADDED_BY_THEM=[\s\S]*>{7}/);
    Object.assign(merging.project.sandbox.env, own);
    merging.project.ok(["resolve"]);
    expect(merging.values()).toMatchObject({ ADDED_BY_US: "added-by-us-99", ADDED_BY_THEM: "added-by-them-99" });
  });

  it("degrades to git's own merge where envseal or node is gone, and loses neither side", () => {
    const merging = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99"),
      (theirs) => theirs.set("API_KEY", "theirs-api-key-99"),
    );
    expect(merging.project.envseal(["doctor"]).stdout).not.toContain("merge driver");
    rmSync(merging.project.copy(), { recursive: true });
    expect(merge(merging).code).toBe(1);
    expect(merging.project.read(".env.vault")).toMatch(/<{7} ours\nAPI_KEY=enc:\S+\n={7}\nAPI_KEY=enc:\S+\n>{7} theirs/);
    expect(merging.project.git("diff", "HEAD", "--", ".env.vault")).toContain("API_KEY=<v1 ");
    merging.project.git("config", "--unset", "core.hooksPath");
    merging.project.ok(["hooks", "uninstall"]);
    expect(merging.project.git("config", "--list", "--local")).not.toMatch(/envseal/);
    expect(merging.project.envseal(["doctor"]).stdout).toMatch(/fail\s+merge driver.*\n\s+fix: envseal hooks install/);
  });

  it.each([".env.vault", "envseal.json"])("a conflict in %s that git was told is settled is not settled", (path) => {
    const change = (name: string) => (side: Merging) =>
      path === "envseal.json" ? side.run("require", name, "-q") : side.set("API_KEY", `${name}-key-99`);
    const merging = mergingProject().parted(change("API_KEY"), change("MAIL_TOKEN"));
    if (path === "envseal.json") merging.project.git("config", "--remove-section", "merge.envseal-manifest");
    expect(merge(merging).code).toBe(1);
    merging.project.git("add", "-A");
    for (const args of [["resolve"], ["resolve", path], ["resolve", "--ours"]])
      expect(merging.project.fails(args)).toMatchObject({
        code: 4,
        error: "CONFLICT_MARKERS",
        stderr: expect.stringContaining(`git checkout -m -- ${path}`),
      });
    const none = expect.stringContaining("no vault and no manifest is unmerged");
    expect(merging.project.ok(["resolve", "other.vault"]).stderr).toEqual(none);
    merging.project.git("checkout", "-m", "--", path);
    merging.project.ok(["resolve", "--theirs", "--yes"]);
    expect(merging.project.git("ls-files", "--unmerged")).toBe("");
    expect(merging.project.ok(["resolve"]).stderr).toEqual(none);
  });

  it("a vault that does not open on their side is a conflict, not a result", () => {
    const merging = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99"),
      (theirs) => {
        const text = theirs.project.read(".env.vault");
        const [, token = ""] = /\nMAIL_TOKEN=(\S+)/.exec(text) ?? [];
        theirs.project.write(".env.vault", text.replace(/\nSENTRY_DSN=\S+/, `\nSENTRY_DSN=${token}`));
      },
    );
    expect(merge(merging)).toMatchObject({ code: 1, output: expect.stringContaining("their side line") });
  });

  it("a vault of more lines than people write is a conflict as a whole, and resolve settles it", () => {
    const many = (side: Merging, count: number) => {
      const text = side.project.read(".env.vault");
      side.project.write(".env.vault", text.replace(/\n#end /, `${"\n#".repeat(count)}\n#end `));
    };
    const merging = mergingProject().parted(
      (ours) => many(ours.set("API_KEY", "ours-api-key-99"), 33_000),
      (theirs) => many(theirs.set("MAIL_TOKEN", "theirs-mail-99"), 33_001),
    );
    const [ours, theirs] = [merging.project.git("show", "main:.env.vault"), merging.project.git("show", "side:.env.vault")];
    expect(merge(merging)).toMatchObject({ code: 1, output: expect.stringContaining("more than 32768 lines is not merged by name") });
    expect(merging.project.read(".env.vault") === `<<<<<<< ours\n${ours}=======\n${theirs}>>>>>>> theirs\n`).toBe(true);
    merging.project.ok(["resolve"]);
    expect(merging.values()).toEqual({ ...SECRETS, API_KEY: "ours-api-key-99", MAIL_TOKEN: "theirs-mail-99" });
  });

  it("takes what one side made public, and keeps it shown", () => {
    const merging = mergingProject({ ".env": "API_KEY=sk_live_api_0123456789\nPORT=3000\nREGION=eu-west-1\n" }).parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99"),
      (theirs) => theirs.run("set", "PORT=4000"),
    );
    expect(merge(merging).code).toBe(0);
    expect(merging.project.read(".env.vault")).toMatch(/^PORT='4000' # enc:/m);
    expect(merging.values()).toEqual({ API_KEY: "ours-api-key-99", PORT: "4000", REGION: "eu-west-1" });
  });
});

describe.skipIf(!terminalIsHere)(`resolve in a terminal${terminalNotice}`, () => {
  const conflicted = () => {
    const merging = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99"),
      (theirs) => theirs.set("API_KEY", "theirs-api-key-99"),
    );
    merging.tries("merge", "-m", "merged", "side");
    return merging;
  };

  it("shows the sides masked, or in clear where asked, and takes the side that is chosen", async () => {
    const merging = conflicted();
    const terminal = new Terminal(merging.project, ["resolve"]);
    await terminal.waitFor(/which side of API_KEY/);
    expect(terminal.screen).not.toContain("api-key-99");
    terminal.type("\u001b[B\r");
    await terminal.waitFor(/settled and staged/);
    expect(await terminal.end()).toBe(0);
    expect(merging.values().API_KEY).toBe("theirs-api-key-99");
  });

  it("takes another value, typed unseen, by way of git mergetool too", async () => {
    const merging = conflicted();
    const terminal = new Terminal(merging.project, ["mergetool", "-t", "envseal", "--no-prompt"], {}, ["git"]);
    await terminal.waitFor(/which side of API_KEY/);
    terminal.type("\u001b[B\u001b[B\r");
    await terminal.waitFor(/value of API_KEY/);
    terminal.type("a-third-value-99\r");
    expect(await terminal.end()).toBe(0);
    expect(terminal.screen).not.toContain("a-third-value-99");
    expect(merging.values().API_KEY).toBe("a-third-value-99");
    expect(merging.project.git("ls-files", "--unmerged")).toBe("");
  });

  it("stopped half-way it has written nothing", async () => {
    const merging = conflicted();
    const before = merging.project.read(".env.vault");
    const terminal = new Terminal(merging.project, ["resolve", "--reveal"]);
    await terminal.waitFor(/which side of API_KEY/);
    expect(terminal.screen).toContain('"ours-api-key-99"');
    terminal.type("\u0003");
    expect(await terminal.end()).toBe(2);
    expect(merging.project.read(".env.vault")).toBe(before);
  });
});
