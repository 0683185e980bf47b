import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unlock } from "../../src/age/unlock.ts";
import { wrapKey } from "../../src/age/wrap.ts";
import { withAuthority } from "../../src/core/authority/authority-changes.ts";
import { headOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { type StatementSigner, signingSeed } from "../../src/core/authority/statement.ts";
import { parseKeyString } from "../../src/core/keys/keystring.ts";
import { taggerOf, withGrant, withStatement, withWrapped } from "../../src/core/keys/manifest-edits.ts";
import { withEnvironment } from "../../src/core/keys/new-environment.ts";
import { parseManifest, serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { parseIdentityText } from "../../src/custody/identity-file.ts";
import { forgerOf } from "../support/forger.ts";
import { type Project, Sandbox } from "../support/sandbox.ts";

/** Somebody who holds a data key, or may rotate, signs what only an admin may: under his own name, and under an admin's. */

const SECRET = "sk_live_0123456789";
let sandbox: Sandbox;
let project: Project;
let good: string;
let vault: string;
const keys: Record<string, string> = {};
const identities: Record<string, Uint8Array> = {};
/** The homes of people, and of machines with the key that they were given. */
const machines: Record<string, Record<string, string>> = {};

beforeAll(() => {
  sandbox = new Sandbox();
  project = sandbox.project({ ".env": `API_KEY=${SECRET}\n`, ".env.production": `API_KEY=${SECRET}\n` });
  project.ok(["init", "--yes", "--no-hooks", "-q"]);
  machines.bob = project.teammate("bob", "--all");
  // `lowest` is above 1: there is something to lower.
  project.ok(["rotate", "-e", "default", "--reason", "compromised", "-q"]);
  for (const [name, ...args] of [
    ["server", "-e", "default"],
    ["nightly", "-e", "default", "--rotate"],
  ] as const) {
    const key = project.ok(["deploy-key", "create", name, "-q", ...args]).stdout.trim();
    keys[name] = key;
    machines[name] = { ...sandbox.otherHome(name), ENVSEAL_KEY: key };
    const parsed = parseKeyString(key, "the test");
    if (parsed.type === "identity") identities[name] = parsed.identity;
  }
  good = project.read("envseal.json");
  vault = project.read(".env.vault");
  const file = join(machines.bob.XDG_CONFIG_HOME as string, "envseal/identities", parseManifest(good).project);
  identities.bob = parseIdentityText(readFileSync(file, "utf8"), "bob");
  project.commitAll("good");
});
afterAll(() => sandbox.remove());

/** Each holder's seed under each name that it may be put to. */
const HANDS = ["bob", "server", "nightly"].flatMap((who) => [who, "ada"].map((name) => ({ who, name })));
const handOf = ({ who, name }: { who: string; name: string }, manifest: Manifest): StatementSigner => ({
  name,
  seed: signingSeed(identities[who] as Uint8Array, manifest.project),
});
const ringOf = (manifest: Manifest, who: string) =>
  unlock(manifest, "default", {
    type: "identity",
    identity: identities[who] as Uint8Array,
    pins: [],
    personal: false,
    environment: null,
    source: who,
  });

/** What is put into the repository: everybody refuses it, and `check` finds it. */
function expectRefused(manifest: Manifest, rule: RegExp): void {
  project.write("envseal.json", serialiseManifest(manifest));
  for (const env of [{}, machines.server]) {
    const { error, stdout } = project.fails(["get", "API_KEY", "-e", "default"], { env });
    expect([error, stdout]).toEqual(["FORGED_MANIFEST", ""]);
  }
  project.git("add", "envseal.json");
  const { code, stdout } = project.envseal(["check", "--staged"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(rule) });
  project.git("reset", "-q", "--hard");
}

describe("what only an admin may sign, signed by whoever may not", () => {
  const authority: [string, (manifest: Manifest, hand: StatementSigner) => Manifest][] = [
    [
      "himself as an admin",
      (manifest, hand) => {
        const { signer, recipient } = forgerOf(manifest);
        return withAuthority(manifest, { admins: { ...headOf(manifest).admins, mallory: { recipient, signer } } }, hand);
      },
    ],
    [
      "a lower `lowest`",
      (manifest, hand) => withAuthority(manifest, { environments: { ...headOf(manifest).environments, default: { lowest: 1 } } }, hand),
    ],
    [
      "a higher `lowest`",
      (manifest, hand) => {
        const { revision } = manifest.environments.default?.statement ?? { revision: 9 };
        return withAuthority(manifest, { environments: { ...headOf(manifest).environments, default: { lowest: revision + 1 } } }, hand);
      },
    ],
    [
      "an environment more",
      (manifest, hand) => {
        const tagger = taggerOf(new Uint8Array(32).fill(3), manifest.project, "staging");
        return withEnvironment(manifest, tagger, { created: "2026-11-21T00:00:00Z", publicPatterns: [] }, hand);
      },
    ],
    [
      "a rotator more",
      (manifest, hand) => {
        const { signer } = forgerOf(manifest);
        return withAuthority(
          manifest,
          { rotators: { ...headOf(manifest).rotators, mallory: { signer, environments: ["production"] } } },
          hand,
        );
      },
    ],
  ];
  for (const [what, change] of authority) {
    it.each(HANDS)(`${what}: $who, as $name`, (hand) => {
      const manifest = parseManifest(good);
      expectRefused(change(manifest, handOf(hand, manifest)), /forged-authority/);
    });
  }

  it("a lower `lowest`, signed by an admin's own key: none is ever taken back", () => {
    const manifest = parseManifest(good);
    const file = join(sandbox.home, "config/envseal/identities", manifest.project);
    const seed = signingSeed(parseIdentityText(readFileSync(file, "utf8"), "ada"), manifest.project);
    const environments = { ...headOf(manifest).environments, default: { lowest: 1 } };
    expectRefused(withAuthority(manifest, { environments }, { name: "ada", seed }), /lowers what counts of default/);
  });

  it.each(HANDS.filter(({ who, name }) => who !== "nightly" || name === "ada"))("an environment's statement: $who, as $name", (hand) => {
    const manifest = parseManifest(good);
    expectRefused(withStatement(manifest, "default", {}, handOf(hand, manifest)), /forged-manifest/);
  });

  it("a statement of an environment that is not the rotator's", () => {
    const manifest = parseManifest(good);
    const forged = withStatement(manifest, "production", {}, handOf({ who: "nightly", name: "nightly" }, manifest));
    project.write("envseal.json", serialiseManifest(forged));
    expect(project.fails(["get", "API_KEY", "-e", "production"]).error).toBe("FORGED_MANIFEST");
    // It spoils that environment alone.
    expect(project.ok(["get", "API_KEY", "-e", "default"]).stdout).toBe(`${SECRET}\n`);
    project.git("reset", "-q", "--hard");
  });

  it.each(HANDS)("somebody's access: $who, as $name, who holds the key", async (hand) => {
    const manifest = parseManifest(good);
    const { recipient } = forgerOf(manifest);
    const { tagger } = ringOf(manifest, hand.who);
    const granted = withGrant(manifest, "default", "mallory", { recipient, kind: "person" }, handOf(hand, manifest));
    const dataKey = ringOf(manifest, hand.who).dataKey(tagger.keyId, "the test");
    project.write("envseal.json", serialiseManifest(withWrapped(granted, tagger, "mallory", await wrapKey(dataKey, recipient))));
    expect(project.ok(["get", "API_KEY", "-e", "default"]).stdout).toBe(`${SECRET}\n`);
    project.git("add", "envseal.json");
    expect(project.envseal(["check", "--staged"])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/the access entry of mallory to default.*\[forged-access\]/),
    });
    // The next rotation leaves it out, whoever rotates.
    project.ok(["rotate", "-e", "default", "-q"], { env: machines.nightly });
    expect(Object.keys(project.manifest().environments.default.access)).not.toContain("mallory");
    project.git("reset", "-q", "--hard");
  });
});

describe("a rotator's key", () => {
  it.each([
    ["grant", "mallory", "--yes", "-e", "default"],
    ["grant", "bob", "--yes", "--admin"],
    ["grant", "bob", "--yes", "--rotate", "-e", "default"],
    ["grant", "bob", "--yes", "--member"],
    ["deploy-key", "create", "other", "-e", "default"],
    ["deploy-key", "create", "other", "-e", "default", "--read-only"],
    ["env", "add", "staging"],
    ["env", "remove", "production", "--yes"],
    ["rotate", "-e", "production"],
    ["rotate", "--all"],
    ["keys", "destroy", "v1", "-e", "default", "--yes", "--waive-backup", "destroy v1 without a backup"],
    ["revoke", "ada", "--yes"],
    ["recovery", "create", "--recovery-file", "../words", "--yes"],
  ])("does not: %s %s %s %s", (...args) => {
    project.envseal(["join", "--name", "mallory", "-q"], { env: sandbox.otherHome("mallory") });
    const before = project.read("envseal.json");
    const { error } = project.fails(args, { env: machines.nightly });
    expect(error, args.join(" ")).toBe("NEEDS_ADMIN");
    expect(project.read("envseal.json")).toBe(before);
    project.git("reset", "-q", "--hard");
  });

  it("replaces a key and leaves people out; that nothing older counts is left for an admin, and everybody sees it", () => {
    project.write(".env.vault", vault);
    const lowest = () => project.manifest().authority.at(-1).environments.default.lowest;
    const before = lowest();
    const left = project.fails(["revoke", "bob", "--yes"], { env: machines.nightly });
    expect(left).toMatchObject({ error: "NEEDS_ADMIN", stderr: expect.stringContaining("envseal revoke bob") });
    const { statement, access } = project.manifest().environments.default;
    expect([statement.floor, Object.keys(access).includes("bob"), lowest()]).toEqual([statement.active, false, before]);
    expect(project.envseal(["get", "API_KEY", "-e", "default"], { env: machines.bob }).stdout).toBe("");
    project.git("add", "envseal.json", ".env.vault");
    for (const env of [{}, machines.server, sandbox.otherHome("stranger")]) {
      const { stdout, stderr } = project.envseal(["check", "--all"], { env });
      expect(stdout + stderr).toContain("unfinished-rotation");
    }
    project.ok(["rotate", "-q", "-e", "default"]);
    expect(lowest()).toBe(project.statement().revision);
    expect(project.statement().active).toBe(statement.active);
    project.git("reset", "-q", "--hard");
  });
});
