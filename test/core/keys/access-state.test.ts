import { describe, expect, it } from "vitest";
import { type AccessEntry, signAccess } from "../../../src/core/authority/access-entry.ts";
import { accessTag } from "../../../src/core/keys/tags.ts";
import { PROJECT, person } from "../../support/authority.ts";
import { ADMIN, manifestOf, Ring, recipient } from "../../support/keyring-builder.ts";

const base = Ring.start().grant("ada", 11);
const ada = base.entry.access.ada as AccessEntry;
const scope = { project: PROJECT, environment: "default" };

/** How an entry stands that somebody put in place of ada's. */
const state = (ring: Ring, entry: AccessEntry, name = "ada") =>
  ring.with(ring.forged({ access: { [name]: entry } })).keyring.accessState(name);

describe("an access entry is", () => {
  it("genuine where an admin signed it and a holder wrapped the active key for it", () => {
    expect(base.keyring.accessState("ada")).toBe("genuine");
    expect(base.rotate(2).keyring.accessState("ada")).toBe("genuine");
    expect(base.rotate(2).fence().keyring.accessState("ada")).toBe("genuine");
    expect(base.fence().keyring.accessState("ada")).toBe("genuine");
  });

  it("waiting where it is signed, and holds no key or an earlier one", () => {
    expect(base.admit("bob", 12).keyring.accessState("bob")).toBe("waiting");
    const { wrapped: _, tag: __, ...bare } = ada;
    expect(state(base, bare)).toBe("waiting");
    expect(state(base.rotate(2), ada)).toBe("waiting");
    expect(state(base.rotate(2), bare)).toBe("waiting");
  });

  it("outdated where somebody lost access since, whatever it holds", () => {
    const fence = base.rotate(2).fence();
    expect(state(fence, ada)).toBe("outdated");
    const bare = base.admit("bob", 12).entry.access.bob as AccessEntry;
    expect(state(fence, bare, "bob")).toBe("outdated");
    // Also where a holder of the new key wrapped it.
    expect(state(fence, { ...ada, tag: accessTag(fence.keyring.tagger, "ada", recipient(11)) })).toBe("outdated");
  });

  it("outdated where a rotator replaced the key because of somebody, and it waited from before", () => {
    const bare = base.admit("bob", 12).entry.access.bob as AccessEntry;
    for (const reason of ["offboarding", "suspected", "compromised", "fence"] as const) {
      const cut = base.rotate(2, { reason });
      expect(state(cut, bare, "bob")).toBe("outdated");
      expect(state(cut, ada)).toBe("outdated");
      expect(cut.keyring.accessState("ada")).toBe("genuine");
      expect(cut.admit("bob", 12).keyring.accessState("bob")).toBe("waiting");
      // A later key changes nothing about it.
      expect(state(cut.rotate(3), bare, "bob")).toBe("outdated");
    }
    expect(state(base.rotate(2), bare, "bob")).toBe("waiting");
  });

  it("spoiled where nobody signed it who may, or it is from after the statement", () => {
    const signed = (change: Partial<AccessEntry>, by = ADMIN, name = "ada") => signAccess(scope, name, { ...ada, ...change }, by);
    expect(state(base, signed({}))).toBe("genuine");
    for (const entry of [
      signed({}, person("eve", 13)),
      signed({}, { ...person("eve", 13), name: ADMIN.name }),
      signed({ since: base.statement.revision + 1 }),
      signed({}, ADMIN, "bob"),
      { ...ada, recipient: recipient(12) },
      { ...ada, kind: "deploy" as const },
      { ...ada, direct: false },
      { ...ada, signatures: { ...ada.signatures, eve: ada.signatures[ADMIN.name] as string } },
    ])
      expect(state(base, entry)).toBe("spoiled");
    expect(base.keyring.accessState("bob")).toBe("spoiled");
    expect(base.keyring.accessState("toString")).toBe("spoiled");
  });

  it("spoiled where the tag is not of the active key's holders", () => {
    const { tag } = ada as { tag: string };
    expect(state(base, { ...ada, tag: `${tag.slice(0, -2)}AA` })).toBe("spoiled");
    const other = signAccess(scope, "ada", { ...ada, recipient: recipient(12) }, ADMIN);
    expect(state(base, other)).toBe("spoiled");
  });

  it("of its own environment and project", () => {
    const two = manifestOf({ environments: { default: { access: [person("ada", 11)] }, staging: { access: [person("ada", 11)] } } });
    const staging = two.environments.staging?.access.ada as AccessEntry;
    const ring = new Ring(two, base.dataKey);
    expect(state(ring, staging)).toBe("spoiled");
    expect(state(ring, ada)).toBe("genuine");
  });
});
