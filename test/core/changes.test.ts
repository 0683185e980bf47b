import { describe, expect, it } from "vitest";
import { emptyManifest, withRecipient } from "../../src/core/changes.ts";

describe("a recipient's entry", () => {
  const empty = emptyManifest(new Uint8Array(12).fill(1));

  it("says how the identity is held where that is known, and else nothing", () => {
    const plain = withRecipient(empty, "ada", "age1x", "2026-01-01");
    expect(plain.recipients).toStrictEqual({ ada: { recipient: "age1x", added: "2026-01-01" } });
    const held = withRecipient(plain, "eve", "age1y", "2026-01-02", { kind: "recovery" });
    expect(held.recipients).toStrictEqual({
      ...plain.recipients,
      eve: { recipient: "age1y", added: "2026-01-02", custody: { kind: "recovery" } },
    });
    expect(empty.recipients).toEqual({});
  });
});
