import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { recipientNames } from "../../src/age/unlock.ts";
import { withAuthority } from "../../src/core/authority/authority-changes.ts";
import { environmentNames, headOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { withNewRoot } from "../../src/core/authority/new-root.ts";
import type { StatementSigner } from "../../src/core/authority/statement.ts";
import { withLowest } from "../../src/core/keys/fence.ts";
import { withEntry, withGrant, withGrantsSigned, withRecipient, withSettings, withStatement } from "../../src/core/keys/manifest-edits.ts";
import { serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { personOf } from "../../src/features/access/person.ts";
import { createEnvironment } from "../../src/workspace/create-vault.ts";
import type { Options, Project } from "../support/sandbox.ts";
import { identityOf, joined, signerFor, type World, world } from "./authority/world.ts";

/** Whoever writes, signs or lets something through asks for what a reader is only warned of. */

const TWO = { ".env": "API_KEY=sk_live_0123456789\n", ".env.production": "API_KEY=sk_prod_0123456789\n" };
const mallory = (project: string) => personOf(new Uint8Array(32).fill(7), project, "mallory");
const withoutRecord = ({ project }: World, name: string): Options => ({
  env: { ...project.sandbox.otherHome(name), XDG_STATE_HOME: `${project.sandbox.root}/no-record` },
});

/** What a keyless writer makes of a public repository: a root of his own over the genuine keys. */
function otherRoot(manifest: Manifest): Manifest {
  const { recipient, signer, ...hand } = mallory(manifest.project);
  const kept = new Map(environmentNames(manifest).map((name) => [name, Object.keys(manifest.environments[name]?.access ?? {})]));
  return withNewRoot(manifest, { mallory: { recipient, signer } }, kept, hand);
}

/** The authority of before a removal, continued by whoever was removed, with the keys and entries of now. */
function forkOf(now: Manifest, before: Manifest, hand: StatementSigner): Manifest {
  let fork: Manifest = { ...now, authority: before.authority };
  for (const name of environmentNames(fork)) {
    fork = withStatement(fork, name, {}, hand);
    fork = withGrantsSigned(fork, name, Object.keys(fork.environments[name]?.access ?? {}), hand);
  }
  return withLowest(fork, environmentNames(fork), hand);
}

/** What the driver makes of two sides. */
function driven(project: Project, [base, ours, theirs]: readonly [Manifest, Manifest, Manifest], options: Options = {}) {
  for (const [name, side] of Object.entries({ base, ours, theirs })) project.write(`../${name}`, serialiseManifest(side));
  const { code, stderr } = project.envseal(["merge-driver", "../base", "../ours", "../theirs", "7", "envseal.json"], options);
  return { code, stderr, text: project.read("../ours") };
}

/** A merge of the three that git has left to a person. */
function unmerged(project: Project, sides: readonly [Manifest, Manifest, Manifest]): void {
  const oids = sides.map((side, index) => {
    project.write(`../side-${index}`, serialiseManifest(side));
    return project.git("hash-object", "-w", `../side-${index}`).trim();
  });
  project.git("rm", "-q", "--cached", "envseal.json");
  const stages = oids.map((oid, index) => `100644 ${oid} ${index + 1}\tenvseal.json`).join("\n");
  execFileSync("git", ["update-index", "--index-info"], { cwd: project.folder, env: project.sandbox.env, input: `${stages}\n` });
}

describe("a merge wraps and signs nothing", () => {
  it("under an authority that nobody confirmed on this machine", () => {
    const here = world();
    joined(here, "bob");
    const root = otherRoot(here.manifest());
    const { recipient, ...hand } = mallory(root.project);
    const sides = [
      root,
      withRecipient(root, "zoe", { recipient, added: "2026-12-01" }),
      withGrant(root, "default", "mallory", { recipient, kind: "person" }, hand),
    ] as const;
    const { code, stderr } = driven(here.project, sides, withoutRecord(here, "bob"));
    expect([code, stderr]).toEqual([1, expect.stringContaining("is not confirmed on this machine")]);
    // An admin of an authority that was confirmed grants on one branch: the other one's merge wraps the key, as it should.
    const own = here.manifest();
    const ada = signerFor(here, "ada");
    const honest = [
      own,
      withRecipient(own, "zoe", { recipient, added: "2026-12-01" }),
      withGrant(own, "default", "mallory", { recipient, kind: "person" }, ada),
    ] as const;
    const merged = driven(here.project, honest);
    expect(merged.code, merged.stderr).toBe(0);
    expect(JSON.parse(merged.text).environments.default.access.mallory.wrapped).toMatch(/^age:/);
  });

  it("that a removed admin put on top of what was, on a machine that knows better", () => {
    const here = world();
    joined(here, "bob", "--admin");
    const before = here.manifest();
    const bob = signerFor(here, "bob");
    here.project.ok(["revoke", "bob", "--yes", "-q"]);
    const fork = forkOf(here.manifest(), before, bob);
    const sides = [
      fork,
      withRecipient(fork, "zoe", { recipient: bob.recipient, added: "2026-12-01" }),
      withGrant(fork, "default", "bob", { recipient: bob.recipient, kind: "person" }, bob),
    ] as const;
    const { code, stderr, text } = driven(here.project, sides);
    expect([code, stderr]).toEqual([1, expect.stringContaining("somebody lost access or a right")]);
    expect(text).not.toContain('"wrapped": "age:AAAA');
  });

  it("that no side had rightly: a statement without a signature that holds", () => {
    const here = world(TWO);
    const base = here.manifest();
    const { statement } = base.environments.production as Manifest["environments"][string];
    const forged = withEntry(base, "production", { statement: { ...statement, revision: statement.revision + 1 } });
    const ours = withRecipient(base, "zoe", { recipient: mallory(base.project).recipient, added: "2026-12-01" });
    const { code, stderr } = driven(here.project, [base, ours, forged]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("do not count on the side that changed them either")]);
    unmerged(here.project, [base, ours, forged]);
    expect(here.project.fails(["resolve", "--yes"])).toMatchObject({ error: "FORGED_MANIFEST" });
    expect(here.project.git("ls-files", "-u")).toContain("envseal.json");
  });
});

it("guards let nothing through for an environment that a removed admin's fork has", async () => {
  const here = world();
  const { project } = here;
  joined(here, "bob", "--admin");
  const before = here.manifest();
  const [ada, bob] = [signerFor(here, "ada"), signerFor(here, "bob")];
  project.ok(["revoke", "bob", "--yes", "-q"]);
  project.commitAll("revoked");
  const holders = [{ name: "ada", recipient: ada.recipient, kind: "person" as const }];
  const wanted = { environment: "evil", holders, publicPatterns: [], created: "2026-12-01T00:00:00Z" };
  const { manifest, keyring } = await createEnvironment(forkOf(here.manifest(), before, bob), wanted, bob);
  here.put(withSettings(manifest, keyring.tagger, { allow: [{ rule: "plaintext-file", reason: "ok" }] }));
  project.commitAll("fork");
  project.git("add", "-f", ".env");
  const { code, stdout } = project.envseal(["check", "--staged", "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(stdout).findings.map(({ rule }: { rule: string }) => rule)).toContain("plaintext-file");
});

it("a pin is checked from it up: a forgery that is committed already is found without a key", () => {
  const here = world();
  const { project } = here;
  const ci = { env: project.sandbox.otherHome("ci") };
  const pin = project.ok(["pin"]).stdout.trim();
  for (const how of [["--all"], ["--range", "HEAD..HEAD"]]) project.ok(["check", ...how, `--pin=${pin}`], ci);
  const manifest = here.manifest();
  const { name, recipient, signer, seed } = mallory(manifest.project);
  here.put(withAuthority(manifest, { admins: { ...headOf(manifest).admins, [name]: { recipient, signer } } }, { name: "ada", seed }));
  project.commitAll("forged");
  for (const how of [["--all"], ["--range", "HEAD..HEAD"]])
    for (const pinned of [[`--pin=${pin}`], []]) {
      const { code, stdout } = project.envseal(["check", ...how, ...pinned, "--json"], ci);
      expect([code, stdout], [...how, ...pinned].join(" ")).toEqual([1, expect.stringContaining("forged-authority")]);
    }
});

it("a signing key that was put in the place of the one that was compared gets no role by --yes", () => {
  const here = world();
  joined(here, "bob");
  const manifest = here.manifest();
  const claim = manifest.recipients.bob as Manifest["recipients"][string];
  here.put(withRecipient(manifest, "bob", { ...claim, signer: mallory(manifest.project).signer }));
  expect(here.project.fails(["grant", "bob", "--admin", "--yes"]).error).toBe("NEEDS_TERMINAL");
  const shown = JSON.parse(here.project.ok(["recipients", "--json"]).stdout).find((one: { name: string }) => one.name === "bob");
  expect(shown.signer).toBe(claim.signer);
  here.put(manifest);
  here.project.ok(["grant", "bob", "--admin", "--yes"]);
});

it("an entry that nobody signed names nobody, and a request takes no one's name", () => {
  const here = world();
  joined(here, "bob");
  joined(here, "dave");
  const manifest = here.manifest();
  const dave = identityOf(here, "dave");
  const { recipient } = signerFor(here, "dave");
  const { access } = manifest.environments.default as Manifest["environments"][string];
  const forged = { ...access, ada: { ...access.ada, recipient } } as typeof access;
  expect(recipientNames(withEntry(manifest, "default", { access: forged }), dave)).toEqual(["dave"]);
  const { dave: _, ...others } = access;
  const asked = withRecipient(withEntry(manifest, "default", { access: others }), "bob", { recipient, added: "2026-12-01" });
  expect(recipientNames(asked, dave)).toEqual(["dave"]);
});

it("a rotator lowers no floor that a machine has seen, whatever else that machine reads in between", () => {
  const here = world(TWO);
  const { project } = here;
  joined(here, "nightly", "--rotate");
  const old = here.manifest().environments.production?.statement.floor as string;
  project.ok(["rotate", "-e", "production", "--reason", "compromised", "-q"]);
  project.ok(["get", "API_KEY", "-e", "production"]);
  here.put(withStatement(here.manifest(), "production", { floor: old }, signerFor(here, "nightly")));
  for (let round = 0; round < 2; round++) {
    expect(project.fails(["get", "API_KEY", "-e", "production"]).error).toBe("OLDER_CHECKOUT");
    project.ok(["get", "API_KEY", "-e", "default"]);
  }
});

describe("what a merge without the driver left of somebody who lost the right", () => {
  function left() {
    const here = world();
    joined(here, "rob", "--rotate");
    const { project } = here;
    project.ok(["grant", "rob", "--member", "--yes", "-q"]);
    const { authority } = here.manifest();
    project.git("checkout", "-q", "envseal.json");
    project.ok(["rotate", "-q", "--allow-older"], here.as("rob"));
    project.commitAll("rob's branch");
    here.put({ ...here.manifest(), authority });
    return here;
  }

  it("is named as that, and an admin signs it again", () => {
    const here = left();
    const { project } = here;
    for (const person of [{}, here.as("rob")])
      expect(project.fails(["get", "API_KEY"], person)).toMatchObject({
        error: "FORGED_MANIFEST",
        stderr: expect.stringContaining("was signed by rob, who has no right to any more"),
      });
    // Of what is in a file nothing says when it was signed: only a commit under whose own authority it counted does.
    expect(project.ok(["resolve", "--yes"]).stderr).toContain("no vault and no manifest is unmerged");
    expect(project.fails(["resolve", "--with", "HEAD", "--yes"], here.as("rob")).error).toBe("NEEDS_ADMIN");
    project.ok(["resolve", "--with", "HEAD", "--yes"]);
    for (const person of [{}, here.as("rob")]) expect(project.ok(["get", "API_KEY"], person).stdout).toBe("sk_live_0123456789\n");
  });

  it("is nobody's to sign where nobody ever had the right, or whoever had it lost access", () => {
    const here = left();
    const { project } = here;
    const manifest = here.manifest();
    const { statement, access } = manifest.environments.default as Manifest["environments"][string];
    const { rob: _, ...others } = access;
    for (const forged of [
      withEntry(manifest, "default", { statement: { ...statement, revision: statement.revision + 1 } }),
      withEntry(manifest, "default", { access: others }),
    ]) {
      here.put(forged);
      expect(project.envseal(["resolve", "--yes"]).stderr).not.toContain("signed again");
      expect(project.fails(["get", "API_KEY"]).error).toBe("FORGED_MANIFEST");
    }
  });

  it("is nobody's access: neither an old entry of a former admin's, nor one that they sign with the key they had", () => {
    const here = world();
    const { project } = here;
    joined(here, "bea", "--admin");
    const bea = signerFor(here, "bea");
    joined(here, "eve");
    const granted = withGrant(here.manifest(), "default", "eve", { recipient: signerFor(here, "eve").recipient, kind: "person" }, bea);
    const old = granted.environments.default?.access.eve;
    project.ok(["revoke", "eve", "--yes", "-q"]);
    project.ok(["grant", "bea", "--member", "--yes", "-q"]);
    project.commitAll("bea is a member");
    const manifest = here.manifest();
    const { access } = manifest.environments.default as Manifest["environments"][string];
    const { recipient } = mallory(manifest.project);
    for (const forged of [
      withEntry(manifest, "default", { access: { ...access, eve: old as (typeof access)[string] } }),
      withGrant(manifest, "default", "mallory", { recipient, kind: "person" }, bea),
    ]) {
      here.put(forged);
      project.envseal(["resolve", "--yes"]);
      expect(here.manifest().environments.default?.access).toEqual(forged.environments.default?.access);
    }
  });
});

describe("whoever lost access", () => {
  it("asks for nothing: not after their environment was removed, nor after half of a revoke", () => {
    const here = world(TWO);
    const { project } = here;
    joined(here, "bob");
    project.ok(["deploy-key", "create", "ci", "-e", "production", "-q"]);
    const claim = here.manifest().recipients.bob as Manifest["recipients"][string];
    project.commitAll("ci");
    project.ok(["env", "remove", "production", "--yes", "-q"]);
    expect(project.ok(["status"]).stdout).not.toContain("ci asks");
    project.commitAll("removed");
    project.ok(["revoke", "bob", "--yes", "-q"]);
    project.commitAll("revoked");
    here.put(withRecipient(here.manifest(), "bob", claim));
    const { stdout } = project.ok(["status"]);
    expect(stdout).toContain("bob had access once");
    expect(stdout).not.toContain("bob asks for access");
    project.ok(["join", "--name", "carol"], here.as("carol"));
    expect(project.ok(["status"]).stdout).toContain("carol asks for access");
  });
});

describe("an entry in an earlier commit that no admin signed", () => {
  it("makes nobody who asks for access one who had it", () => {
    const here = world();
    const { project, manifest, put, as } = here;
    project.ok(["join", "--name", "bob", "-q"], as("bob"));
    project.commitAll("bob asks");
    const honest = project.read("envseal.json");
    const { default: environment } = manifest().environments;
    const [own] = Object.values(environment?.access ?? {});
    const { recipient } = manifest().recipients.bob as { recipient: string };
    const access = { ...environment?.access, bob: { ...own, recipient } };
    put({ ...manifest(), environments: { default: { ...environment, access } } } as ReturnType<typeof manifest>);
    project.commitAll("an entry");
    project.write("envseal.json", honest);
    project.commitAll("and none");
    const { stdout } = project.ok(["status"]);
    expect(stdout).toContain("bob asks for access");
    expect(stdout).not.toContain("had access once");
    expect(project.ok(["grant", "bob", "--yes"]).stderr).not.toContain("had access before");
  });
});
