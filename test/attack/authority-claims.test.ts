import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fingerprint } from "../../src/age/fingerprint.ts";
import type { AccessEntry } from "../../src/core/authority/access-entry.ts";
import { withAuthority } from "../../src/core/authority/authority-changes.ts";
import { headOf } from "../../src/core/authority/authority-of.ts";
import { personOf } from "../../src/features/access/person.ts";
import { pinText } from "../../src/workspace/pin-text.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";
import { joined, signerFor, type World, world } from "./authority/world.ts";

/** Requests are claims: whoever writes one widens nothing, shields nobody, and gets into nobody's place by `--yes`. */

const forger = (project: string) => personOf(new Uint8Array(32).fill(9), project, "forger");

it("revoking somebody takes nothing from a name whose claim was given their recipient", () => {
  const here = world();
  const { project } = here;
  joined(here, "alice", "--admin");
  joined(here, "bob");
  const manifest = here.manifest();
  const { alice, bob } = manifest.recipients as Record<string, { recipient: string; added: string }>;
  here.put({ ...manifest, recipients: { ...manifest.recipients, alice: { ...alice, recipient: bob?.recipient } as never } });
  project.ok(["revoke", "bob", "--yes"]);
  expect(Object.keys(headOf(here.manifest()).admins).sort()).toEqual(["ada", "alice"]);
  expect(Object.keys(here.manifest().environments.default?.access ?? {}).sort()).toEqual(["ada", "alice"]);
  // The other way round: the leaver's own claim, or an entry that nobody signed.
  const now = here.manifest();
  joined(here, "carol");
  const then = here.manifest();
  here.put({
    ...then,
    recipients: { ...then.recipients, carol: { recipient: now.recipients.ada?.recipient, added: "2026-12-01" } as never },
  });
  project.ok(["revoke", "carol", "--yes"]);
  expect(Object.keys(headOf(here.manifest()).admins).sort()).toEqual(["ada", "alice"]);
});

it.each(["revoke", "grant"])("a rotator who took their entry and request out can lose the role: %s", (command) => {
  const here = world();
  const { project } = here;
  joined(here, "nightly", "--rotate");
  const manifest = here.manifest();
  const { nightly: _, ...access } = manifest.environments.default?.access ?? {};
  const { nightly: __, ...recipients } = manifest.recipients;
  here.put({ ...manifest, recipients, environments: { default: { ...manifest.environments.default, access } as never } });
  const { active } = here.manifest().environments.default?.statement ?? {};
  project.ok(command === "revoke" ? ["revoke", "nightly", "--yes"] : ["grant", "nightly", "--member", "--yes"]);
  expect(headOf(here.manifest()).rotators).toEqual({});
  if (command === "revoke") expect(here.manifest().environments.default?.statement.active).not.toBe(active);
});

it("nobody takes an admin's or a rotator's place by a changed request and --yes", () => {
  const here = world({ ".env": "API_KEY=sk_live_0123456789\n", ".env.staging": "API_KEY=sk_test_0123456789\n" });
  const { project } = here;
  const { recipient, signer } = forger(here.manifest().project);
  project.ok(["join", "--name", "nightly"], here.as("nightly"));
  project.ok(["grant", "nightly", "--rotate", "-e", "default", "--yes"]);
  project.ok(["join", "--name", "alice"], here.as("alice"));
  project.ok(["grant", "alice", "--admin", "--yes", "--all"]);
  project.ok(["revoke", "alice", "--yes"]);
  project.ok(["join", "--new", "--name", "alice-2"], here.as("alice"));
  const manifest = here.manifest();
  const { nightly, "alice-2": alice } = manifest.recipients;
  here.put({ ...manifest, recipients: { ...manifest.recipients, nightly: { ...nightly, signer } as never } });
  expect(project.fails(["grant", "nightly", "--rotate", "-e", "staging", "--yes"]).error).toBe("NEEDS_TERMINAL");
  here.put(
    withAuthority(
      { ...manifest, recipients: { ...manifest.recipients, "alice-2": { ...alice, recipient } as never } },
      { admins: { ...headOf(manifest).admins, "alice-2": { recipient: alice?.recipient as string, signer: alice?.signer as string } } },
      signerFor(here, "ada"),
    ),
  );
  expect(project.fails(["grant", "alice-2", "-e", "staging", "--yes"]).error).toBe("NEEDS_TERMINAL");
});

/** An entry that nobody signed, for somebody who asked for access. */
function forgeEntry(here: World, name: string, kind: string): { recipient: string; signer: string } {
  const manifest = here.manifest();
  const { access } = manifest.environments.default as { access: Record<string, AccessEntry> };
  const { wrapped: _, tag: __, ...ada } = access.ada as AccessEntry;
  const { recipient, signer } = manifest.recipients[name] as { recipient: string; signer: string };
  const forged = { ...access, [name]: { ...ada, recipient, signer, kind } };
  here.put({ ...manifest, environments: { default: { ...manifest.environments.default, access: forged } as never } });
  return { recipient, signer };
}

it.each(["recovery", "deploy"])("grant signs no kind that whoever joins wrote: %s", (kind) => {
  const here = world();
  here.project.ok(["join", "--name", "bob"], here.as("bob"));
  const person = forgeEntry(here, "bob", kind);
  here.project.ok(["grant", "bob", "--yes", "--fingerprint", fingerprint(person)]);
  expect(here.manifest().environments.default?.access.bob?.kind).toBe("person");
});

it("a backup restored signs no kind that somebody wrote for the name of whoever restores it", () => {
  const here = world();
  const { project } = here;
  project.write("../phrase", "correct horse battery staple 42\n");
  project.ok(["backup", "create", "../backup", "-q", "--passphrase-file", "../phrase"]);
  forgeEntry(here, "ada", "recovery");
  project.ok(["backup", "restore", "../backup", "--passphrase-file", "../phrase", "--yes"]);
  expect(here.manifest().environments.default?.access.ada?.kind).toBe("person");
});

it("ENVSEAL_PIN counts where something is signed, and carries the pin to a machine that has none", () => {
  const here = world();
  const { project, as } = here;
  joined(here, "mallory", "--admin");
  joined(here, "bob", "--admin");
  const before = here.manifest();
  const signer = signerFor(here, "mallory");
  project.ok(["revoke", "mallory", "--yes"]);
  const ENVSEAL_PIN = pinText(here.manifest());
  const now = project.read("envseal.json");
  here.put(withAuthority(before, {}, signer));
  expect(project.fails(["grant", "bob", "--member", "--yes"], { env: { ...as("bob").env, ENVSEAL_PIN } }).error).toBe("PIN_MISMATCH");
  project.write("envseal.json", now);
  const env = { ...as("fresh").env, ENVSEAL_PIN };
  project.ok(["join", "--name", "dora"], { env });
  project.ok(["grant", "dora", "--admin", "--yes", "--all"]);
  project.ok(["grant", "bob", "--member", "--yes"], { env });
});

it.runIf(terminalIsHere)(`what came with a pull while somebody was asked is not signed${terminalNotice}`, async () => {
  const here = world();
  const { project, sandbox } = here;
  joined(here, "bob");
  const manifest = here.manifest();
  const mallory = forger(manifest.project);
  const own = { recipient: mallory.recipient, signer: mallory.signer };
  const pins = join(sandbox.home, "state/envseal/pins", `${manifest.project}.json`);
  const seen = readFileSync(pins, "utf8");
  const terminal = new Terminal(project, ["grant", "bob", "--admin"]);
  await terminal.waitFor(/make bob an admin/);
  const swapped = withAuthority(manifest, { admins: { ...headOf(manifest).admins, forger: own } }, mallory);
  here.put(swapped);
  terminal.type("y\r");
  await terminal.waitFor(/FORGED_MANIFEST/);
  expect(readFileSync(pins, "utf8")).toBe(seen);
  expect(here.manifest()).toEqual(swapped);
});

it("an environment may be called constructor", () => {
  const here = world({ ".env.constructor": "API_KEY=sk_live_0123456789\n" });
  here.project.ok(["rotate", "--fence"]);
  expect(here.project.ok(["get", "API_KEY", "-e", "constructor"]).stdout).toBe("sk_live_0123456789\n");
});
