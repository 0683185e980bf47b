import { describe, expect, it } from "vitest";
import { isNightly } from "../support/sample.ts";
import { type Options, type Project, sealedProject } from "../support/sandbox.ts";

/** 50 rotations and 200 commits in `npm run nightly`; a smaller history of the same kind here. */
const COMMITS = isNightly ? 210 : 18;
const REASONS = ["scheduled", "suspected", "offboarding", "compromised"];

/** A small generator with a seed (mulberry32): a failure comes back. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const ROLES = ["member", "rotate", "admin"] as const;
const ALLOWED = { ENVSEAL_ALLOW_OLDER: "1" };

interface Person {
  name: string;
  home: Options;
  role: (typeof ROLES)[number];
  /** The commits after which they had access; the last one's index when it was taken away. */
  from: number;
  until: number | null;
}

/** Years of a team: whoever may do a thing does it, from a home of their own. */
function generate(project: Project, pick: (below: number) => number) {
  const values: string[] = [];
  const people: Person[] = [];
  let value = "value-0";
  const commit = (what: string) => {
    project.commitAll(`${values.length} ${what}`);
    values.push(value);
  };
  const some = (hands: readonly Options[]) => hands[pick(hands.length)] as Options;
  commit("init");
  while (values.length < COMMITS) {
    const kind = values.length % 4;
    const present = people.filter(({ until }) => until === null);
    const homes = (...roles: Person["role"][]) => [{}, ...present.filter(({ role }) => roles.includes(role)).map(({ home }) => home)];
    if (kind === 0) {
      project.ok(["rotate", "-q", "--reason", REASONS[pick(4)] as string], some(homes("admin", "rotate")));
      commit("rotate");
    } else if (kind === 2 && pick(3) > 0) {
      const name = `person-${people.length}`;
      const role = ROLES[people.length % 3] as Person["role"];
      const home = { env: project.sandbox.otherHome(name) };
      project.ok(["join", "--name", name, "-q"], home);
      project.ok(["grant", name, "--yes", "-q", ...(role === "member" ? [] : [`--${role}`, "--all"])], some(homes("admin")));
      project.ok(["pin", "confirm", "--yes", "-q"], home);
      people.push({ name, home, role, from: values.length, until: null });
      commit(`grant ${name}`);
    } else if (kind === 3 && present.length > 1 && pick(2) === 0) {
      const leaver = present[pick(present.length)] as Person;
      project.ok(["get", "A"], leaver.home);
      const hands = homes("admin").filter((home) => home !== leaver.home);
      project.ok(["revoke", leaver.name, "--yes", "-q"], some(hands));
      leaver.until = values.length;
      commit(`revoke ${leaver.name}`);
    } else {
      value = `value-${values.length}`;
      project.ok(["set", "A", "-q"], { ...some(homes("admin", "rotate", "member")), input: value });
      commit("set");
    }
  }
  return { values, people, rotations: Object.keys(project.statement().keys).length - 1 };
}

describe("years of keys", () => {
  it("every commit opens with a current identity, and a revoked one opens nothing newer than its last version", () => {
    const project = sealedProject({ ".env": "A=value-0\nPORT=3000\n" });
    const { values, people, rotations } = generate(project, random(7));
    expect(rotations).toBeGreaterThanOrEqual(isNightly ? 50 : 4);
    const leavers = people.filter(({ until }) => until !== null);
    const newcomer = people.filter(({ until }) => until === null).at(-1) as Person;
    expect(leavers.length).toBeGreaterThan(0);
    expect(new Set(people.map(({ role }) => role)).size).toBe(3);
    project.ok(["get", "A"], newcomer.home);
    const commits = project.git("rev-list", "--reverse", "main").trim().split("\n");
    expect(commits).toHaveLength(values.length);
    const revoked = leavers.map(({ until }) => until as number);
    for (const [index, commit] of commits.entries()) {
      project.git("checkout", "-q", "--detach", commit);
      const get = (home: Options) => project.envseal(["get", "A"], { env: { ...home.env, ...ALLOWED } });
      expect(get({}).stdout, `commit ${index}`).toBe(`${values[index]}\n`);
      expect(get(newcomer.home).stdout, `commit ${index} by the newcomer`).toBe(`${values[index]}\n`);
      const leaver = leavers[index % leavers.length] as Person;
      const could = index >= leaver.from && index < (leaver.until as number);
      expect({ index, who: leaver.name, out: get(leaver.home).stdout }).toEqual({
        index,
        who: leaver.name,
        out: could ? `${values[index]}\n` : "",
      });
      // Whoever lost access could have made what looks like it: nobody reads it without saying so.
      if (revoked.some((until) => index < until)) expect(project.fails(["get", "A"]).error, `commit ${index}`).toBe("OLDER_CHECKOUT");
    }
  }, 1_800_000);
});

describe("two branches that both rotate", () => {
  it("meet in a conflict that says what to do, and what it says works", () => {
    const project = sealedProject({ ".env": "A=one\n" });
    const bob = { env: project.teammate("bob", "--admin") };
    project.commitAll("first");
    project.git("checkout", "-q", "-b", "theirs");
    project.ok(["rotate", "--reason", "suspected"], bob);
    project.ok(["set", "B"], { ...bob, input: "theirs" });
    project.commitAll("theirs");
    project.git("checkout", "-q", "main");
    project.ok(["rotate"]);
    project.ok(["set", "C"], { input: "ours" });
    project.commitAll("ours");
    expect(() => project.git("merge", "-q", "theirs")).toThrow();
    const refused = project.fails(["get", "A"]);
    expect(refused).toMatchObject({ code: 4, error: "CONFLICT_MARKERS" });
    expect(refused.stderr).toContain("take one side whole, with its vaults (git checkout --theirs envseal.json '*.vault'");
    // Bob is an admin: what he signed goes on from what Ada's machine has seen. Hers is from before his then.
    project.git("checkout", "--theirs", "envseal.json", "*.vault");
    expect(project.ok(["get", "B"]).stdout).toBe("theirs\n");
    project.git("checkout", "--ours", "envseal.json", "*.vault");
    expect(project.fails(["get", "A"])).toMatchObject({ code: 4, error: "OLDER_CHECKOUT" });
    expect(project.ok(["get", "C"], { env: { ENVSEAL_ALLOW_OLDER: "1" } }).stdout).toBe("ours\n");
    project.git("checkout", "--theirs", "envseal.json", "*.vault");
    project.ok(["set", "C"], { input: "ours" });
    project.commitAll("merged");
    expect(project.ok(["get", "B"]).stdout).toBe("theirs\n");
    expect(project.ok(["get", "C"], bob).stdout).toBe("ours\n");
    // Each branch's own commits open with the manifest that they have.
    project.git("checkout", "-q", "theirs");
    expect(project.ok(["get", "B"], bob).stdout).toBe("theirs\n");
  });
});
