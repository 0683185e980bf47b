import { describe, expect, it } from "vitest";
import { withRecipient } from "../../../src/core/keys/manifest-edits.ts";
import { manifestOf } from "../../support/manifests.ts";

describe("a recipient's entry", () => {
  const empty = manifestOf();

  it("says how the identity is held where that is known, and else nothing", () => {
    const plain = withRecipient(empty, "ada", { recipient: "age1x", added: "2026-01-01" });
    expect(plain.recipients).toStrictEqual({ ada: { recipient: "age1x", added: "2026-01-01" } });
    const eve = { recipient: "age1y", signer: "ed25519:x", added: "2026-01-02", custody: { kind: "recovery" as const } };
    const held = withRecipient(plain, "eve", eve);
    expect(held.recipients).toStrictEqual({ ...plain.recipients, eve });
    expect(empty.recipients).toEqual({});
  });
});
