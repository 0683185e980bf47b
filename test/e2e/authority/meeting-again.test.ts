import { describe, expect, it } from "vitest";
import { type Merging, mergingProject } from "../../support/team.ts";

type Env = Record<string, string>;
const head = ({ project }: Merging) => project.manifest().authority.at(-1);

/** Ada and Bea, who both decide; Rob rotates. */
function team() {
  const merging = mergingProject();
  const bea: Env = merging.person("bea", "--admin");
  const rob: Env = merging.person("rob", "--rotate", "--all");
  merging.commit("team");
  return { merging, bea, rob };
}

const staged = ({ project }: Merging) => project.envseal(["check", "--staged"]);

describe("two environments of one name", () => {
  it.each(["ours", "theirs"] as const)("are one again after resolve --%s, which guards and machines take", (side) => {
    const { merging, bea } = team();
    const { project } = merging;
    const add = (value: string, env: Env) => {
      project.ok(["env", "add", "stg", "-q", "-y"], { env });
      project.ok(["set", "S", "-e", "stg", "-q", "--allow-older"], { env, input: value });
    };
    const ada: Env = { ...project.sandbox.env };
    merging.parted(
      () => add("value-of-ada", ada),
      () => add("value-of-bea", bea),
    );
    expect(merging.tries("merge", "-q", "side").code).toBe(1);
    project.ok(["resolve", "-y", `--${side}`]);
    expect(staged(merging)).toMatchObject({ code: 0, stdout: "" });
    merging.commit("merged");
    const [owner, other, value] = side === "ours" ? [ada, bea, "value-of-ada"] : [bea, ada, "value-of-bea"];
    expect(project.ok(["get", "S", "-e", "stg"], { env: owner }).stdout).toBe(`${value}\n`);
    expect(project.fails(["get", "S", "-e", "stg"], { env: other }).error).toBe("NO_ACCESS");
    for (const env of [owner, other]) expect(project.ok(["check", "--all"], { env }).stdout).toBe("");
    for (const parent of ["HEAD^1", "HEAD^2"]) expect(project.envseal(["check", "--range", `${parent}..HEAD`])).toMatchObject({ code: 0 });
    // Whoever kept the other one cannot put it back.
    const entry = JSON.parse(project.git("show", `${side === "ours" ? "HEAD^2" : "HEAD^1"}:envseal.json`)).environments.stg;
    const manifest = project.manifest();
    manifest.environments.stg = entry;
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    expect(project.fails(["get", "S", "-e", "stg"], { env: other }).error).toBe("FORGED_MANIFEST");
    project.git("add", "-A");
    expect(staged(merging).code).toBe(1);
  });

  it.each([true, false])(
    "are one where a rotator rotated the one that was made again, unless the other side took that right: %s",
    (stays) => {
      const { merging, rob } = team();
      const { project } = merging;
      project.ok(["env", "add", "stg", "-q", "-y"]);
      merging.commit("stg");
      merging.parted(
        () => project.ok(stays ? ["require", "S", "-e", "stg", "-q"] : ["revoke", "rob", "-q", "-y"]),
        () => {
          project.ok(["env", "remove", "stg", "-q", "-y", ...(stays ? [] : ["--allow-older"])]);
          project.ok(["env", "add", "stg", "-q", "-y"]);
          project.ok(["set", "S", "-e", "stg", "-q"], { input: "value-of-the-branch" });
          project.ok(["grant", "rob", "--rotate", "-e", "stg", "-q", "-y"]);
          project.ok(["rotate", "-e", "stg", "-q"], { env: rob });
        },
      );
      expect(merging.tries("merge", "-q", "side").code).toBe(1);
      if (!stays) {
        const { error, stderr } = project.fails(["resolve", "-y", "--theirs", "--allow-older"]);
        return expect({ error, stderr }).toMatchObject({ error: "DIVERGED", stderr: expect.stringContaining("envseal rotate -e stg") });
      }
      project.ok(["resolve", "-y", "--allow-older"]);
      expect(staged(merging)).toMatchObject({ code: 0 });
      merging.commit("merged");
      expect(project.ok(["get", "S", "-e", "stg"]).stdout).toBe("value-of-the-branch\n");
      expect(project.ok(["check", "--all"]).stdout).toBe("");
      for (const parent of ["HEAD^1", "HEAD^2"])
        expect(project.envseal(["check", "--range", `${parent}..HEAD`])).toMatchObject({ code: 0 });
    },
  );

  it("may follow one another in one commit, and a machine that had access to the first opens the second", () => {
    const { merging, bea } = team();
    const { project } = merging;
    project.ok(["env", "add", "stg", "-q", "-y"]);
    project.ok(["grant", "bea", "-e", "stg", "-q", "-y"]);
    project.ok(["list", "-e", "stg"], { env: bea });
    merging.commit("stg");
    project.git("branch", "base");
    project.ok(["env", "remove", "stg", "-q", "-y"]);
    project.ok(["env", "add", "stg", "-q", "-y"]);
    project.ok(["set", "S", "-e", "stg", "-q"], { input: "secret-value" });
    project.git("add", "-A");
    expect(staged(merging)).toMatchObject({ code: 0 });
    merging.commit("again");
    expect(project.envseal(["check", "--range", "base..HEAD"])).toMatchObject({ code: 0 });
    expect(project.fails(["get", "S", "-e", "stg"], { env: bea }).error).toBe("NO_ACCESS");
    expect(project.ok(["check", "--all"], { env: bea }).stdout).toBe("");
    project.ok(["grant", "bea", "-e", "stg", "-q", "-y"]);
    expect(project.ok(["get", "S", "-e", "stg"], { env: bea }).stdout).toBe("secret-value\n");
  });
});

describe("a merge that takes one side's envseal.json whole", () => {
  it.each(["ours", "theirs"])("is stopped where the other decided something: %s", (side) => {
    const { merging, bea } = team();
    const { project } = merging;
    merging.parted(
      () => project.ok(["grant", "bob", "--admin", "-q", "-y"], joinedAs(merging, "bob")),
      () => project.ok(["grant", "rob", "--member", "--all", "-q", "-y"], { env: bea }),
    );
    expect(merging.tries("merge", "-q", "side").code).toBe(1);
    project.git("checkout", `--${side}`, "envseal.json");
    project.git("add", "envseal.json");
    expect(staged(merging)).toMatchObject({ code: 1, stdout: expect.stringMatching(/left out|went back/) });
    merging.commit("merged by hand");
    project.git("branch", "early", "HEAD^1~1");
    const { code, stdout } = project.envseal(["check", "--range", "early..HEAD"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining("was left out, and a parent of the merge has it") });
    // To settle it afterwards is enough.
    project.ok(["resolve", "--with", side === "ours" ? "HEAD^2" : "HEAD^1", "-y", "-q"]);
    merging.commit("settled");
    expect(project.envseal(["check", "--range", "early..HEAD"])).toMatchObject({ code: 0 });
    expect(head(merging).rotators).toEqual({});
  });
});

/** Somebody asks for access on this branch; what is run afterwards is run by the first admin. */
function joinedAs({ project }: Merging, name: string) {
  project.ok(["join", "--name", name, "-q"], { env: project.sandbox.otherHome(name) });
  return {};
}

describe("branches that met before", () => {
  it("meet again where both merged the other and both went on: what either took away stays away", () => {
    const { merging, bea } = team();
    const { project } = merging;
    merging.person("bob");
    merging.person("zoe");
    merging.commit("more people").parted(
      () => project.ok(["grant", "bob", "--rotate", "--all", "-q", "-y"]),
      () => project.ok(["grant", "zoe", "--rotate", "--all", "-q", "-y"], { env: bea }),
    );
    const settled = (branch: string, env: Env) => {
      merging.tries("merge", "-q", branch);
      project.ok(["resolve", "-y", "-q"], { env });
      merging.commit(`merged ${branch}`);
    };
    project.git("branch", "first");
    settled("side", project.sandbox.env);
    project.git("checkout", "-q", "side");
    settled("first", bea);
    project.ok(["revoke", "bob", "-q", "-y"], { env: bea });
    merging.commit("bob left");
    project.git("checkout", "-q", "main");
    project.ok(["grant", "rob", "--member", "--all", "-q", "-y", "--allow-older"]);
    merging.commit("rob rotates no more");
    expect(merging.tries("merge", "-q", "side").code).toBe(1);
    expect(() => JSON.parse(project.git("show", ":1:envseal.json"))).toThrow();
    project.ok(["resolve", "-y"]);
    expect(staged(merging).code).toBe(0);
    merging.commit("met again");
    expect(Object.keys(head(merging).rotators)).toEqual(["zoe"]);
    expect(Object.keys(project.manifest().environments.default.access).sort()).toEqual(["ada", "bea", "rob", "zoe"]);
  });
});

describe("a merge that was resolved and given up", () => {
  it("is aborted by git at once, and resolved again by whoever says that it was thrown away", () => {
    const { merging, bea } = team();
    const { project } = merging;
    merging.parted(
      () => project.ok(["rotate", "-q", "--reason", "suspected"]),
      () => project.ok(["rotate", "-q", "--allow-older"], { env: bea }),
    );
    expect(merging.tries("merge", "-q", "side").code).toBe(1);
    project.ok(["resolve", "-y"]);
    // git compares the files that resolve staged with the index once; no filter of the repository may be started for it.
    project.git("status", "--short");
    expect(merging.tries("merge", "--abort")).toMatchObject({ code: 0 });
    expect(merging.tries("merge", "-q", "side").code).toBe(1);
    const before = project.read("envseal.json");
    const { error, stderr } = project.fails(["resolve", "-y"]);
    expect({ error, stderr }).toEqual({ error: "OLDER_CHECKOUT", stderr: expect.stringContaining("--allow-older") });
    expect(project.read("envseal.json")).toBe(before);
    project.ok(["resolve", "-y", "--allow-older"]);
    merging.commit("merged");
    expect(project.git("status", "--short")).toBe("");
  });
});
