import { describe, expect, it } from "vitest";
import { sandbox } from "../support/sandbox.ts";
import { Merging, mergingProject, SECRETS } from "../support/team.ts";

const merge = (merging: Merging) => merging.tries("merge", "-m", "merged", "side");
const entry = ({ project }: Merging) => project.manifest().environments.default;
const keysOf = (merging: Merging) => entry(merging).statement;

/** The merged state is sound: it opens, and every check of a commit passes. */
function expectSound(merging: Merging, values: Record<string, string> = SECRETS): void {
  expect(merging.values()).toEqual(values);
  // That a vault is still under a key of before is told of, and opens.
  expect(merging.project.ok(["check", "--all"]).stdout.replace(/^warning .*\[unfinished-rotation\]\n.*\n/gm, "")).toBe("");
}

describe("merging envseal.json", () => {
  it("needs no key where both sides gave access, or took other things each", () => {
    const merging = mergingProject();
    const people: Record<string, Record<string, string>> = {};
    merging.parted(
      (ours) => {
        people.bob = ours.person("bob");
      },
      (theirs) => {
        people.carol = theirs.person("carol");
      },
    );
    Object.assign(merging.project.sandbox.env, merging.project.sandbox.otherHome("stranger"));
    expect(merge(merging).code).toBe(0);
    for (const name of ["bob", "carol"]) expect(merging.values({ env: people[name] as Record<string, string> })).toEqual(SECRETS);
  });

  it("signs what both sides changed of one environment, with the key at hand", () => {
    const merging = mergingProject().parted(
      (ours) => ours.run("require", "API_KEY"),
      (theirs) => theirs.run("require", "MAIL_TOKEN"),
    );
    expect(merge(merging).code).toBe(0);
    expect(entry(merging).settings.required).toEqual(["API_KEY", "MAIL_TOKEN"]);
    expectSound(merging);
  });

  it("without a key that is a conflict, which resolve settles and shows what it signs", () => {
    const merging = mergingProject().parted(
      (ours) => ours.run("require", "API_KEY"),
      (theirs) => theirs.run("require", "MAIL_TOKEN").run("rotate", "--fence", "-q"),
    );
    const own = { ...merging.project.sandbox.env };
    Object.assign(merging.project.sandbox.env, merging.project.sandbox.otherHome("stranger"));
    expect(merge(merging)).toMatchObject({ code: 1, output: expect.stringContaining("no key of it is at hand") });
    expect(merging.project.fails(["status"])).toMatchObject({
      error: "CONFLICT_MARKERS",
      stderr: expect.stringContaining("envseal resolve"),
    });
    Object.assign(merging.project.sandbox.env, own);
    const asked = merging.project.fails(["resolve"]);
    expect(asked).toMatchObject({ code: 2, error: "NEEDS_TERMINAL" });
    expect(asked.stderr).toContain("below the floor");
    merging.project.ok(["resolve", "--yes"]);
    expect(entry(merging).settings.required).toEqual(["API_KEY", "MAIL_TOKEN"]);
    expectSound(merging);
  });

  it("takes a scheduled rotation and what the other side did under the key before it: access, a vault, a value", () => {
    const merging = mergingProject();
    let carol: Record<string, string> = {};
    merging.parted(
      (ours) => ours.run("rotate", "-q"),
      (theirs) => {
        carol = theirs.person("carol");
        theirs.project.write("sub/.env", "SUB_KEY=sub-secret-0123456789\n");
        theirs.run("encrypt", "sub/.env", "-q", "--allow-older").set("MAIL_TOKEN", "theirs-mail-99");
      },
    );
    const result = merge(merging);
    expect(result, result.output).toMatchObject({ code: 0 });
    expect(Object.keys(entry(merging).access).sort()).toEqual(["ada", "carol"]);
    expectSound(merging, { ...SECRETS, MAIL_TOKEN: "theirs-mail-99" });
    expect(merging.values({ env: carol })).toEqual({ ...SECRETS, MAIL_TOKEN: "theirs-mail-99" });
    expect(merging.project.ok(["decrypt", "sub/.env", "--stdout"], { env: carol }).stdout).toBe("SUB_KEY=sub-secret-0123456789\n");
    expect(keysOf(merging).active).toBe(
      JSON.parse(merging.project.git("show", "HEAD^1:envseal.json")).environments.default.statement.active,
    );
  });

  it.each(["ours", "theirs"] as const)("two deploy keys of one name: the one that is taken opens, %s", (side) => {
    const merging = mergingProject();
    const create = () => merging.project.ok(["deploy-key", "create", "ci", "-q"]).stdout.trim();
    const keys = { ours: "", theirs: "" };
    merging.parted(
      () => {
        keys.ours = create();
      },
      () => {
        keys.theirs = create();
      },
    );
    expect(merge(merging)).toMatchObject({ code: 1, output: expect.stringContaining("both sides changed the recipient ci") });
    merging.project.ok(["resolve", "--yes", `--${side}`]);
    const get = (key: string) => merging.project.envseal(["get", "API_KEY"], { env: { ENVSEAL_KEY: key } }).stdout;
    expect(get(keys[side])).toBe(`${SECRETS.API_KEY}\n`);
    expect(get(keys[side === "ours" ? "theirs" : "ours"])).toBe("");
    expect(merging.project.ok(["recipients"]).stderr).toBe("");
  });

  it("takes a floor that one side raised, whatever of the other environments or members the other side changed", () => {
    const merging = mergingProject({ ".env": "API_KEY=sk_live_api_0123456789\n", ".env.production": "API_KEY=sk_live_api_9876543210\n" });
    const [bob, carol] = [merging.person("bob", "--all"), merging.person("carol", "--all")];
    merging.commit("people").parted(
      (ours) => ours.run("rotate", "-e", "production", "-q"),
      // Its second rotation leaves the tags under the floor's key, which is not the active one then.
      (theirs) => theirs.run("rotate", "-e", "default", "--fence", "-q").run("rotate", "-e", "default", "-q"),
    );
    expect(merge(merging)).toMatchObject({ code: 0, output: expect.not.stringContaining("below the floor") });
    merging.project.git("checkout", "-q", "side");
    merging.project.git("reset", "-q", "--hard", "HEAD");
    merging.project.git("merge", "-q", "-m", "merged", "main");
    for (const env of [bob, carol]) merging.project.ok(["list", "-e", "production"], { env });
    expect(merging.project.ok(["check", "--all"]).stdout.replace(/^warning .*\[unfinished-rotation\]\n.*\n/gm, "")).toBe("");
  });

  it("an environment that one side removed takes its vault along, whatever the other side did to that", () => {
    const merging = mergingProject({
      ".env": "API_KEY=sk_live_api_0123456789\n",
      ".env.production": "API_KEY=sk_live_api_9876543210\n",
    }).parted(
      (ours) => ours.run("rotate", "-e", "production", "-q"),
      (theirs) => theirs.run("env", "remove", "production", "--yes", "-q"),
    );
    expect(merge(merging).output).toContain(".env.production.vault");
    expect(merging.project.ok(["resolve"]).stderr).toContain("an admin removed the environment production");
    expect(merging.project.git("ls-files").split("\n")).not.toContain(".env.production.vault");
    merging.commit("merged");
    expect(merging.project.ok(["check", "--range", "HEAD^1..HEAD"]).stdout).toBe("");
  });

  it("access that a merge put back from before somebody lost theirs does not count, and status says who has to sign it again", () => {
    const merging = mergingProject();
    merging.person("bob");
    merging.person("dave");
    const { dave } = JSON.parse(merging.project.read("envseal.json")).environments.default.access;
    merging.run("revoke", "bob", "--yes", "-q");
    const told = "the access of dave to default was signed before somebody lost access";
    expect(merging.project.ok(["status"]).stdout).not.toContain(told);
    const put = JSON.parse(merging.project.read("envseal.json"));
    put.environments.default.access.dave = dave;
    merging.project.write("envseal.json", `${JSON.stringify(put, null, 2)}\n`);
    expect(merging.project.ok(["status"]).stdout).toContain(told);
    merging.run("grant", "dave", "--yes", "-q");
    expect(merging.project.ok(["status"]).stdout).not.toContain(told);
  });

  it("a role that one side gave goes where the other side took all access from that person", () => {
    const merging = mergingProject();
    merging.person("bob");
    merging.commit("bob").parted(
      (ours) => ours.run("grant", "bob", "--admin", "--yes", "-q"),
      (theirs) => theirs.run("revoke", "bob", "--yes", "-q", "--allow-older"),
    );
    expect(merge(merging).output).toContain("both sides changed the authority");
    expect(merging.project.ok(["resolve", "--yes"]).stderr).toContain("bob gets no role: one side took what bob had");
    expect(merging.project.ok(["recipients"]).stdout).not.toContain("bob");
    merging.commit("merged");
    expect(merging.project.ok(["check", "--range", "HEAD^1..HEAD"]).stdout).toBe("");
  });

  it("two rotations make a third key that leads to both; everyone opens, and so does all history", () => {
    const merging = mergingProject();
    const bob = merging.person("bob");
    merging.commit("bob").parted(
      (ours) => ours.run("rotate", "-q").set("API_KEY", "ours-api-key-99"),
      (theirs) => theirs.run("rotate", "-q", "--allow-older").set("MAIL_TOKEN", "theirs-mail-99"),
    );
    const result = merge(merging);
    expect(result).toMatchObject({ code: 1, output: expect.stringContaining("both sides rotated default") });
    // Both were due: nobody is suspected.
    expect(result.output).not.toContain("someone who left");
    const asked = merging.project.fails(["resolve"]);
    expect(asked.stderr).toMatch(/make a third key of default that leads to both, v2 \(\S+\) and v2 \(\S+\)/);
    merging.project.ok(["resolve", "--yes"]);
    const values = { ...SECRETS, API_KEY: "ours-api-key-99", MAIL_TOKEN: "theirs-mail-99" };
    expectSound(merging, values);
    merging.project.git("commit", "-qm", "merged");
    const { active, keys } = keysOf(merging);
    expect(keys[active]).toMatchObject({ version: 3, reason: "merge", state: "active" });
    expect(Object.keys(keys[active].links)).toHaveLength(2);
    const clone = merging.project.clone("clone");
    expect(clone.ok(["get", "API_KEY"], { env: bob }).stdout).toBe("ours-api-key-99\n");
    for (const revision of ["HEAD^1", "HEAD^2", "HEAD~1", "HEAD^2~1"])
      expect(clone.ok(["show", `${revision}:.env`], { env: bob }).stdout).toContain("SENTRY_DSN=dsn-sentry");
    expect(merging.project.ok(["check", "--range", "HEAD^1..HEAD"]).stdout).not.toContain("finding");
  });

  it("raises the floor to the third key where either side had raised it", () => {
    const merging = mergingProject().parted(
      (ours) => ours.run("rotate", "-q", "--reason", "compromised"),
      (theirs) => theirs.run("rotate", "-q", "--allow-older"),
    );
    merge(merging);
    merging.project.ok(["resolve", "--yes"]);
    const { active, floor } = keysOf(merging);
    expect(floor).toBe(active);
    expectSound(merging);
  });

  it("is finished by the next resolve where the first one got no further than the manifest", () => {
    const merging = mergingProject();
    merging.person("bob");
    merging.commit("bob").parted(
      (ours) => ours.run("rotate", "-q").set("API_KEY", "ours-api-key-99"),
      (theirs) => theirs.run("revoke", "bob", "--yes", "-q", "--allow-older").set("API_KEY", "theirs-api-key-99"),
    );
    merge(merging);
    // It cannot ask which value is meant.
    expect(merging.project.fails(["resolve", "--yes"]).error).toBe("NEEDS_TERMINAL");
    expect(keysOf(merging).keys[keysOf(merging).active]).toMatchObject({ reason: "merge" });
    merging.project.ok(["resolve", "--yes", "--ours"]);
    const { active, floor } = keysOf(merging);
    expect(floor).toBe(active);
    expect(new Set(merging.project.read(".env.vault").match(/(?<=enc:v3\.).{8}/g))).toEqual(new Set([active]));
    expectSound(merging, { ...SECRETS, API_KEY: "ours-api-key-99" });
    expect(merging.project.git("diff", "--name-only")).toBe("");
    expect(merging.project.ok(["resolve"]).stderr).toContain("no vault and no manifest is unmerged");
  });

  it("is finished when the vaults are settled, where the manifest alone was named first", () => {
    const merging = mergingProject().parted(
      (ours) => ours.run("rotate", "-q", "--fence").set("API_KEY", "ours-api-key-99"),
      (theirs) => theirs.run("rotate", "-q", "--allow-older").set("API_KEY", "theirs-api-key-99", { env: { ENVSEAL_ALLOW_OLDER: "1" } }),
    );
    merge(merging);
    expect(merging.project.ok(["resolve", "envseal.json", "--yes"]).stderr).toContain("when the rest is settled");
    merging.project.git("checkout", "--theirs", "--", ".env.vault");
    merging.project.git("add", ".env.vault");
    const note = "a rotation of default was interrupted";
    expect(merging.project.ok(["status"]).stdout).toContain(note);
    merging.project.ok(["resolve", "--yes"]);
    expect(merging.project.ok(["status"]).stdout).not.toContain(note);
    expect(keysOf(merging).floor).toBe(keysOf(merging).active);
    expectSound(merging, { ...SECRETS, API_KEY: "theirs-api-key-99" });
  });

  it("seals and fences the project whose manifest was settled, in whichever folder it was called", () => {
    const project = sandbox().project(
      { "a/.env": "A_KEY=value-of-a-0123456789\n", "b/.env": "B_KEY=value-of-b-0123456789\n" },
      { git: false },
    );
    for (const folder of ["a", "b"]) project.ok(["init", "--yes", "-q", "--cwd", folder]);
    project.git("init", "-q");
    project.write(".gitignore", ".env\n.envseal\n");
    project.commitAll("seal");
    const inB = ["--cwd", "b", "-q", "--allow-older"];
    const merging = new Merging(project).parted(
      () => project.ok(["rotate", "--fence", ...inB]),
      () => project.ok(["rotate", ...inB]),
    );
    merge(merging);
    project.ok(["resolve", "--yes", "--cwd", "a"]);
    const { active, floor, keys } = JSON.parse(project.read("b/envseal.json")).environments.default.statement;
    expect(keys[active].reason).toBe("merge");
    expect(floor).toBe(active);
    expect(project.read("b/.env.vault")).toContain(`.${active}:`);
    expect(project.git("diff", "--name-only")).toBe("");
  });
});

describe("what a merge does not make trusted", () => {
  /** Ada revokes Bob on main; Bob, who has the old key, goes on from before on his branch. */
  const left = (act: (side: Merging, bob: Record<string, string>) => unknown, ...role: string[]) => {
    const merging = mergingProject();
    const bob = merging.person("bob", ...role);
    merging.commit("bob");
    return merging.parted(
      (ours) => ours.run("revoke", "bob", "--yes", "-q"),
      (theirs) => act(theirs, bob),
    );
  };

  it("access that a leaver gave, as the admin whom he was", () => {
    let mallory: Record<string, string> = {};
    const merging = left((side, env) => {
      mallory = side.project.sandbox.otherHome("mallory");
      side.project.ok(["join", "--name", "mallory", "-q"], { env: mallory });
      side.project.ok(["grant", "mallory", "--yes", "-q"], { env });
    }, "--admin");
    expect(merge(merging)).toMatchObject({ code: 1, output: expect.stringContaining("access for mallory to default does not count") });
    const asked = merging.project.fails(["resolve"]);
    expect(asked).toMatchObject({ error: "NEEDS_TERMINAL" });
    expect(asked.stderr).toMatch(/access for mallory \(age1\w+\) has to be signed again/);
    expect(merging.project.git("ls-files", "--unmerged")).toContain("envseal.json");
    // Taken whole as text, it gives nothing.
    merging.project.git("checkout", "--ours", "--", "envseal.json", ".env.vault");
    const manifest = merging.project.manifest();
    const theirs = JSON.parse(merging.project.git("show", "side:envseal.json"));
    manifest.environments.default.access.mallory = theirs.environments.default.access.mallory;
    merging.project.write("envseal.json", JSON.stringify(manifest, null, 2));
    expect(merging.project.fails(["get", "API_KEY"], { env: mallory }).code).not.toBe(0);
    merging.project.ok(["rotate", "-q"]);
    expect(Object.keys(entry(merging).access)).toEqual(["ada"]);
  });

  it("the head of a leaver who made himself lasting: it parted from ours, and only an admin of both joins them", () => {
    const merging = left((side, env) => side.project.ok(["env", "add", "mine", "-q"], { env }), "--admin");
    expect(merge(merging)).toMatchObject({ code: 1, output: expect.stringContaining("both sides changed the authority") });
    const asked = merging.project.fails(["resolve"]);
    expect(asked).toMatchObject({ error: "NEEDS_TERMINAL" });
    expect(asked.stderr).toContain("signed by bob, whom the other side removed: look at what it did");
    expect(merging.project.git("ls-files", "--unmerged")).toContain("envseal.json");
  });

  it("a value that a leaver sealed under the key he kept", () => {
    const merging = left((side, env) => side.set("API_KEY", "a-leavers-value-99", { env }));
    const result = merge(merging);
    expect(result).toMatchObject({ code: 1, output: expect.stringContaining("API_KEY: sealed under a key older than the floor") });
    expect(merging.project.fails(["get", "API_KEY"]).error).toBe("CONFLICT_MARKERS");
    const asked = merging.project.fails(["resolve"]);
    expect(asked.stderr).toContain("someone who left may have done it: API_KEY");
    merging.project.ok(["resolve", "--yes"]);
    expect(merging.values().API_KEY).toBe("a-leavers-value-99");
  });

  it("an environment that someone made anew with a key of his own", () => {
    const merging = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99"),
      (theirs) => {
        const forger = theirs.project.sandbox.project({ ".env": "API_KEY=forged-value-0123\n" }, { name: "forger" });
        forger.ok(["init", "--yes", "-q", "--no-hooks"], { env: theirs.project.sandbox.otherHome("forger-home") });
        const forged = JSON.parse(forger.read("envseal.json"));
        const real = JSON.parse(theirs.project.read("envseal.json"));
        theirs.project.write("envseal.json", `${JSON.stringify({ ...forged, project: real.project }, null, 2)}\n`);
        theirs.project.write(".env.vault", forger.read(".env.vault"));
      },
    );
    const result = merge(merging);
    expect(result.code).toBe(1);
    expect(merging.project.fails(["resolve", "--yes"]).code).not.toBe(0);
    merging.project.git("merge", "--abort");
    expect(merging.values().API_KEY).toBe("ours-api-key-99");
  });

  it("an older manifest, genuine as it is, put back on a branch", () => {
    const merging = mergingProject();
    merging
      .run("rotate", "-q")
      .run("require", "API_KEY")
      .commit("rotate")
      .parted(
        (ours) => ours.run("require", "MAIL_TOKEN"),
        (theirs) => theirs.project.git("checkout", "HEAD~1", "--", "envseal.json", ".env.vault"),
      );
    const result = merge(merging);
    expect(result).toMatchObject({ code: 1, output: expect.stringContaining("one side set back to an earlier one") });
    merging.project.ok(["resolve", "--ours", "--yes"]);
    expect(entry(merging).settings.required).toEqual(["API_KEY", "MAIL_TOKEN"]);
    expectSound(merging);
  });

  it("an older manifest that a revert of the rotation put back without a conflict: no vault is sealed for it that it cannot open", () => {
    const merging = mergingProject();
    merging.run("rotate", "--fence", "-q").commit("rotate").set("API_KEY", "later-api-key-99").commit("later");
    expect(merging.tries("revert", "--no-edit", "HEAD~1").code).toBe(1);
    const refused = merging.project.fails(["resolve", "--yes"]);
    expect(refused).toMatchObject({ error: "DIVERGED", stderr: expect.stringContaining("git checkout HEAD -- envseal.json") });
    merging.project.git("checkout", "HEAD", "--", "envseal.json");
    merging.project.ok(["resolve", "--yes"]);
    expectSound(merging, { ...SECRETS, API_KEY: "later-api-key-99" });
  });

  it("two projects", () => {
    const merging = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-api-key-99"),
      (theirs) => {
        const text = theirs.project.read("envseal.json");
        theirs.project.write("envseal.json", text.replace(/"project": "\S+"/, '"project": "AAAAAAAAAAAAAAAA"'));
      },
    );
    merging.project.write("envseal.json", `${merging.project.read("envseal.json").trimEnd()}\n`);
    merging.run("require", "API_KEY").commit("require");
    expect(merge(merging)).toMatchObject({ code: 1, output: expect.stringContaining("two projects") });
    expect(merging.project.fails(["resolve", "--yes"])).toMatchObject({ code: 2, error: "DIVERGED" });
  });
});
