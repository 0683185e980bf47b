import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unlock } from "../../src/age/unlock.ts";
import { wrapKey } from "../../src/age/wrap.ts";
import { signingSeed } from "../../src/core/authority/statement.ts";
import { withEntry, withStatement, withWrapped } from "../../src/core/keys/manifest-edits.ts";
import { parseIdentityText } from "../../src/custody/identity-file.ts";
import { type Merging, mergingProject } from "../support/team.ts";

/** What somebody who pushes branches, or left with an old key, gets out of a merge or past those who look; each with its mend. */

// biome-ignore lint/suspicious/noExplicitAny: whatever the attacker makes of it
type Json = any;

function manifestOf({ project }: Merging): Json {
  return JSON.parse(project.read("envseal.json"));
}

function write({ project }: Merging, manifest: Json): void {
  project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
}

function identityOf(manifest: Json, env: Record<string, string>): Uint8Array {
  return parseIdentityText(readFileSync(join(env.XDG_CONFIG_HOME as string, "envseal/identities", manifest.project), "utf8"), "it");
}

function ringOf(manifest: Json, env: Record<string, string>) {
  const identity = identityOf(manifest, env);
  return unlock(manifest, "default", { type: "identity", identity, pins: [], personal: false, environment: null, source: "it" });
}

const handOf = (name: string, manifest: Json, env: Record<string, string>) => ({
  name,
  seed: signingSeed(identityOf(manifest, env), manifest.project),
});

/** A key as whoever does not hold it may claim that it is: of his own line, and replaced. */
function retired(key: Json): Json {
  return { ...key, state: "deactivated", history: [...key.history, { state: "deactivated", at: key.created }] };
}

function keyIds(text: string): Set<string> {
  return new Set([...text.matchAll(/enc:v\d+\.([\w-]{8}):/g)].map(([, id]) => id as string));
}

/** Bob, a rotator, was revoked on main, and rotated on his branch with the key and the right he had there. Ends on his branch. */
function withLeaver(files?: Record<string, string>, others: string[] = []): { team: Merging; bob: Record<string, string>; ours: Json } {
  const team = mergingProject(files);
  const bob = team.person("bob", "--rotate", "-e", "default");
  for (const name of others) team.person(name);
  team.commit("bob is here");
  team.project.git("branch", "side");
  team.run("revoke", "bob", "--yes", "-q").commit("bob left");
  const ours = manifestOf(team);
  team.project.git("checkout", "-q", "side");
  team.project.ok(["rotate", "-q"], { env: bob });
  return { team, bob, ours };
}

describe("who left with a key, and has a branch merged", () => {
  it("does not have our values sealed under a key of his own, whatever keys his manifest names", () => {
    const { team, bob, ours } = withLeaver();
    const fork = manifestOf(team);
    const ring = ringOf(fork, bob);
    const own = ring.statement.keys;
    const [first] = Object.keys(own).filter((id) => own[id]?.version === 1);
    const { active, keys } = ours.environments.default.statement;
    const members = { floor: first as string, keys: { ...own, [active]: retired(keys[active]) } };
    write(team, withStatement(fork, "default", members, handOf("bob", fork, bob)));
    team.project.ok(["set", "AAA", "-q"], { env: bob, input: "bait-value-0123456789" });
    team.project.git("checkout", "-q", "side");
    team.commit("theirs");
    team.project.git("checkout", "-q", "main");
    team.set("NEW_SECRET", "new-secret-0123456789").set("API_KEY", "sk_live_new_987654321").commit("ours");
    const { code } = team.tries("merge", "side", "-m", "merge");
    const ourLines = team.project.git("show", "main:.env.vault").split("\n");
    const fresh = team.project.read(".env.vault").split("\n");
    const theirLines = team.project.git("show", "side:.env.vault").split("\n");
    const made = fresh.filter((line) => line.includes("enc:") && !ourLines.includes(line) && !theirLines.includes(line));
    expect(made.filter((line) => line.includes(ring.active.keyId))).toEqual([]);
    expect(code).not.toBe(0);
  });

  it.each(["merge", "cherry-pick"])("has nothing sealed under our key from below a floor that only the other side raised: %s", (how) => {
    const team = mergingProject();
    const { project } = team;
    const env = team.person("bob");
    team.commit("bob is here");
    const old = project.clone("old");
    old.git("config", "core.hooksPath", join(project.sandbox.root, "no-hooks"));
    team.run("rotate", "-q").commit("scheduled");
    project.git("branch", "feature");
    // Whom the first key was lost to is known on main alone. What stands there behind another line now is sealed anew.
    project.ok(["keys", "compromise", "v1", "--yes", "-q"]);
    project.ok(["unset", "SENTRY_DSN", "-q"]);
    team.commit("fenced on main");
    project.git("checkout", "-q", "feature");
    old.ok(["set", "EVIL", "-q"], { env, input: "sealed-under-the-first-key-99" });
    project.write(".env.vault", old.read(".env.vault"));
    team.commit("bob's");
    const { code, output } = team.tries(how, ...(how === "merge" ? ["-m", "merge"] : []), "main");
    expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/EVIL.*: sealed under a key older than the floor/) });
    expect(project.fails(["resolve"]).stderr).toMatch(/someone who left may have done it: .*EVIL/);
  });

  it("does not have his values sealed under our key where his manifest is turned down", () => {
    const { team, bob } = withLeaver();
    team.project.ok(["set", "MAIL_TOKEN", "-q"], { env: bob, input: "tok-of-the-leaver-0123456" });
    team.commit("theirs");
    team.project.git("checkout", "-q", "main");
    team.project.ok(["edit", "-q"], {
      env: { EDITOR: `sed -i.bak 's/^# about MAIL_TOKEN/BETWEEN=between-0123456789/'` },
    });
    team.commit("ours");
    team.tries("merge", "side", "-m", "merge");
    team.project.git("checkout", "--ours", "envseal.json");
    const result = team.project.envseal(["decrypt", ".env", "--stdout"]);
    expect(result.stdout).not.toContain("tok-of-the-leaver");
    expect(keyIds(team.project.git("show", "main:.env.vault")).size).toBe(1);
  });

  it("gives nobody the third key under a colleague's name, nor under a name that no admin granted", async () => {
    const { team, bob } = withLeaver({ ".env": "API_KEY=sk_live_api_0123456789\n" }, ["carol"]);
    const { project } = team;
    const mallory = project.sandbox.otherHome("mallory");
    const recipient = project.ok(["join", "--name", "mallory", "--print", "-q"], { env: mallory }).stdout.trim();
    expect(project.fails(["grant", "mallory", recipient, "--yes", "-q"], { env: bob }).error).toBe("NEEDS_ADMIN");
    const fork = manifestOf(team);
    const ring = ringOf(fork, bob);
    const { access } = fork.environments.default;
    let forged = withEntry(fork, "default", {
      access: { ...access, carol: { ...access.carol, recipient }, mallory: { ...access.carol, recipient } },
    });
    // He holds the key: what he wraps and tags is genuine, but for an admin's signature.
    const wrapped = await wrapKey(ring.dataKey(ring.active.keyId, "it"), recipient);
    for (const name of ["carol", "mallory"]) forged = withWrapped(forged, ring.tagger, name, wrapped);
    write(team, forged);
    team.commit("theirs");
    project.git("checkout", "-q", "main");
    team.tries("merge", "side", "-m", "merge");
    const asked = project.fails(["resolve", "--theirs"]);
    expect(asked).toMatchObject({ error: expect.stringMatching(/^NEEDS_/), stderr: expect.stringContaining("both sides rotated default") });
    // The worst choice, and everything vouched for.
    project.ok(["resolve", "--yes", "--theirs"]);
    const { statement, access: merged } = manifestOf(team).environments.default;
    const held = Object.values(merged).filter((entry: Json) => entry.recipient === recipient && entry.tag?.includes(statement.active));
    expect(held).toEqual([]);
    expect(project.envseal(["get", "API_KEY"], { env: mallory }).stdout).toBe("");
  });
});

const exposed = ({ project }: Merging, ...args: string[]): string[] =>
  JSON.parse(project.ok(["exposure", "--json", ...args]).stdout).flatMap((report: Json) => report.values.map((value: Json) => value.name));

describe("exposure misses no value that somebody could read", () => {
  const VALUE = "first-on-a-branch-0123456789";
  const compromise = (team: Merging) => {
    team.run("rotate", "-q", "--reason", "compromised").commit("rotate");
    for (const name of ["API_KEY", "DB_PASSWORD", "MAIL_TOKEN", "SENTRY_DSN"]) team.set(name, `all-new-for-${name}`);
    return team.commit("all new");
  };

  it("that stood on a branch which was never merged, or merged without a trace", () => {
    const team = mergingProject();
    team.project.git("checkout", "-qb", "side");
    team.set("API_KEY", VALUE).commit("side");
    team.project.git("checkout", "-q", "main");
    compromise(team).set("API_KEY", VALUE);
    expect(exposed(team)).toEqual(["API_KEY"]);
  });

  it("that stood in another vault of the environment, or in a comment", () => {
    const team = mergingProject({ ".env": "API_KEY=sk_live_api_0123456789\n# OLD_KEY=commented-out-0123456789\n" });
    team.project.write("sub/.env", `SUB_KEY=${VALUE}\n`);
    team.run("encrypt", "sub/.env", "-q").commit("sub");
    compromise(team).project.ok(["unset", "SUB_KEY", "-q", "-f", "sub/.env"]);
    team.set("API_KEY", VALUE).set("MAIL_TOKEN", "commented-out-0123456789");
    expect(exposed(team)).toEqual(["API_KEY", "MAIL_TOKEN"]);
  });

  it("that a recipient could open by a key which today's manifest does not know", () => {
    const team = mergingProject();
    team.project.git("branch", "side");
    team.run("rotate", "-q");
    team.person("bob");
    team.commit("bob came to a line that is given up");
    team.project.git("checkout", "-q", "side");
    team.run("rotate", "-q", "--allow-older").commit("theirs");
    team.project.git("branch", "-f", "main", "main");
    team.tries("merge", "-s", "ours", "-m", "merge", "main");
    team.project.envseal(["rotate", "-q"]);
    expect(exposed(team, "--recipient", "bob").sort()).toEqual(["API_KEY", "DB_PASSWORD", "MAIL_TOKEN", "SENTRY_DSN"]);
  });

  it("in a vault that is not in the work tree", () => {
    const team = mergingProject();
    team.run("rotate", "-q", "--reason", "compromised").commit("rotate");
    team.project.git("rm", "-q", "--cached", ".env.vault");
    team.project.write(".env.vault.bak", team.project.read(".env.vault"));
    team.project.git("clean", "-fdq", "--", ".env.vault");
    expect(team.project.envseal(["exposure", "--exit-code"]).code).toBe(1);
  });
});

describe("a driver that cannot start", () => {
  it("does not lose their side", () => {
    const team = mergingProject().parted(
      (ours) => ours.set("API_KEY", "ours-0123456789"),
      (theirs) => theirs.set("API_KEY", "theirs-0123456789"),
    );
    const node = join(team.project.sandbox.root, "node");
    writeFileSync(node, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    Object.assign(team.project.sandbox.env, { ENVSEAL_NODE: node });
    expect(team.tries("merge", "side", "-m", "merge").code).not.toBe(0);
    expect(team.project.read(".env.vault")).toContain("<<<<<<<");
  });
});
