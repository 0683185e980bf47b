import { describe, expect, it } from "vitest";
import { unb64u } from "../../../src/core/bytes.ts";
import type { LineEnd } from "../../../src/core/vault/document.ts";
import { type KeySource, openValues, openVault, type Unopened } from "../../../src/core/vault/open-vault.ts";
import { encodeFlags, encodeLine, KIND, type Place, sealToken } from "../../../src/core/vault/token.ts";
import { parseVault, serialiseVault, type VaultLine } from "../../../src/core/vault/vault.ts";
import { EnvsealError, type ErrorCode } from "../../../src/errors.ts";
import { errorOf } from "../../support/folders.ts";
import { idOf } from "../../support/keyring-builder.ts";
import { tokenByHand } from "../../support/tokens.ts";
import { MemoryProject } from "../../support/vaults.ts";

const fail = (code: ErrorCode): never => {
  throw new EnvsealError(code, "no");
};
const MIXED = "v: its lines together do not read as each line alone";

describe("an opened vault", () => {
  const project = new MemoryProject();
  const key = project.keyring.vaultKey(project.keyring.active.keyId, idOf(1));
  const since = unb64u(key.keyId) as Uint8Array;
  const line = (name: string, previous: string, raw: string, kind: Place["kind"] = KIND.secret, end: 0 | 1 = 0): VaultLine => ({
    kind: "assignment",
    name,
    shown: undefined,
    token: sealToken(key, { kind, name, previous }, encodeLine({ since, end, raw })),
    line: 0,
  });
  const end = (previous: string) =>
    sealToken(key, { kind: KIND.end, name: "", previous }, encodeFlags({ bom: false, eol: 1, finalNewline: true }));
  const sealed = (lines: VaultLine[], previous: string) =>
    serialiseVault({ environment: "default", id: idOf(1), lines, end: end(previous) });
  const keys = project.keyring.keysOf(idOf(1));
  const open = (text: string) => errorOf(() => openVault(parseVault(text), keys, "v"));
  const boot = (text: string) => errorOf(() => openValues(parseVault(text), keys, "v"));

  it("is refused where someone with the key sealed what is not one assignment of its name", () => {
    for (const raw of ["B=1", "A=1\nB=2", "# A=1", "A", "", "A=1\n"]) {
      const text = sealed([line("A", "", raw)], "A");
      for (const error of [open(text), boot(text)])
        expect(error, raw).toMatchObject({
          code: "TAMPERED",
          message: "v line 2: the token of A holds something else than its assignment",
        });
    }
    expect(open(sealed([line("A", "", "A=1")], "A"))).toBeUndefined();
  });

  it("is refused where someone with the key sealed what is no line, no comment and no end", () => {
    const garbage = (place: Place) => sealToken(key, place, Uint8Array.of(1, 2, 3));
    const value = garbage({ kind: KIND.secret, name: "A", previous: "" });
    const comment = garbage({ kind: KIND.comment, name: "", previous: "" });
    const wrong = (rows: VaultLine[], last = end("A")) => serialiseVault({ environment: "default", id: idOf(1), lines: rows, end: last });
    const good = line("A", "", "A=1");
    expect(open(wrong([{ ...good, token: value } as VaultLine]))?.message).toBe(
      "v line 2: the token of A holds something else than its assignment",
    );
    expect(open(wrong([{ kind: "comment", token: comment, line: 0 }, good]))).toMatchObject({
      code: "TAMPERED",
      message: "v line 2: the token of this comment holds something else",
    });
    expect(open(wrong([good], garbage({ kind: KIND.end, name: "", previous: "A" })))).toMatchObject({
      code: "TAMPERED",
      message: "v line 4: the token of the end line holds something else",
    });
    expect(open(sealed([line("A", "X", "# A=1")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: "v line 2: the token of A does not open: it was changed, or sealed for another place",
    });
  });

  it("is refused where a token has another nonce than its content gives; a loader alone does not look", () => {
    const place = { kind: KIND.secret, name: "A", previous: "" } as const;
    const foreign = tokenByHand(key, place, encodeLine({ since, end: 0, raw: "A=1" }), new Uint8Array(12).fill(7));
    const text = sealed([{ ...line("A", "", "A=1"), token: foreign } as VaultLine], "A");
    expect(open(text)).toMatchObject({
      code: "TAMPERED",
      message: "v line 2: the token of A does not open: it was changed, or sealed for another place",
    });
    expect(boot(text)).toBeUndefined();
  });

  it("says no more where nothing proves an origin, and what is proved where something does", () => {
    const text = sealed([line("A", "", "A=1")], "A").replace(/(?<=A=enc:\S{40})./, (char) => (char === "A" ? "B" : "A"));
    const asked: Unopened[] = [];
    const keysWith = (origin: KeySource["origin"]) => ({ keyFor: keys.keyFor.bind(keys), ...(origin && { origin }) });
    for (const source of [
      keysWith(undefined),
      keysWith((unopened) => {
        asked.push(unopened);
        return null;
      }),
    ])
      expect(errorOf(() => openVault(parseVault(text), source, "v"))).toMatchObject({ code: "TAMPERED" });
    expect(asked).toMatchObject([{ where: "v line 2", place: { kind: KIND.secret, name: "A", previous: "" } }]);
    const told = keysWith(() => new EnvsealError("MOVED_VALUE", "from elsewhere"));
    expect(errorOf(() => openVault(parseVault(text), told, "v"))).toMatchObject({ code: "MOVED_VALUE", message: "from elsewhere" });
    // A key that was destroyed, or is below the floor, is no question of origin.
    const low = { ...told, keyFor: () => fail("BELOW_FLOOR") };
    expect(errorOf(() => openVault(parseVault(text), low, "v"))).toMatchObject({ code: "BELOW_FLOOR" });
    const unknown = { ...told, keyFor: () => fail("KEY_UNKNOWN") };
    expect(errorOf(() => openVault(parseVault(text), unknown, "v"))).toMatchObject({ code: "MOVED_VALUE" });
  });

  it("tells which values are shown", () => {
    const text = project.seal(Buffer.from("A=1\nB=\n"), { isPublic: (name) => name === "B" });
    expect(text).toContain("B='' # enc:");
    expect([...project.open(text).assignments.values()].map((one) => [one.name, one.value, one.public])).toEqual([
      ["A", "1", false],
      ["B", "", true],
    ]);
  });

  it("is refused where the lines together read otherwise than each alone", () => {
    const swallowed = sealed([line("A", "", "A=x\\'"), line("B", "A", "B='y'")], "B");
    expect(["TAMPERED", undefined]).toContain(open(swallowed)?.code);
    const comment = (raw: string, end: LineEnd = 0): VaultLine => ({
      kind: "comment",
      token: sealToken(key, { kind: KIND.comment, name: "", previous: "" }, encodeLine({ since: new Uint8Array(6), end, raw })),
      line: 0,
    });
    expect(open(sealed([line("A", "", "A=1"), comment("A=2")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: MIXED,
    });
    expect(open(sealed([line("A", "", "A=1"), comment("B=2")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: MIXED,
    });
    // A comment without a line end takes the next line in.
    expect(open(sealed([comment("# c", 4), line("A", "", "A=1")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: MIXED,
    });
    expect(open(sealed([comment("export"), line("A", "", "A=1")], "A"))?.code).toBeUndefined();
    expect(open(sealed([comment("B='"), line("A", "", "A=1")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: MIXED,
    });
    expect(open(sealed([comment("B='"), line("A", "", "A='1'")], "A"))?.code).toBe("TAMPERED");
  });

  it("tells of no name that only put-together lines have, and keeps dotenv's reading of them to itself", () => {
    const comment = (raw: string): VaultLine => ({
      kind: "comment",
      token: sealToken(key, { kind: KIND.comment, name: "", previous: "" }, encodeLine({ since: new Uint8Array(6), end: 0, raw })),
      line: 0,
    });
    // Each line is authentic; behind a comment that opens a quote, the middle of a value comes to stand where names do.
    const multi = "A='-----BEGIN\nMIIsecret=abc\nMIIother=\"never closed\n-----END'";
    for (const rows of [
      [comment("# it's"), line("A", "", multi)],
      [comment("B='"), line("A", "", multi)],
      [comment("B='x"), line("A", "", multi)],
    ]) {
      const error = open(sealed(rows, "A")) as EnvsealError | undefined;
      if (error === undefined) continue;
      expect([error.code, error.message, error.cause]).toEqual(["TAMPERED", MIXED, undefined]);
      expect(`${error.message} ${error.hint} ${error.stack}`).not.toMatch(/MII|BEGIN|never/);
    }
    expect(open(sealed([comment("B='"), line("A", "", multi)], "A"))?.message).toBe(MIXED);
  });

  it("does not open what stands in the wrong place", () => {
    const unopened = (where: string) => ({
      code: "TAMPERED",
      message: `v ${where} does not open: it was changed, or sealed for another place`,
    });
    expect(open(sealed([line("A", "", "A=1", KIND.public)], "A"))).toMatchObject(unopened("line 2: the token of A"));
    expect(open(sealed([line("A", "X", "A=1")], "A"))).toMatchObject(unopened("line 2: the token of A"));
    expect(open(sealed([line("A", "", "A=1"), line("B", "", "B=1")], "B"))).toMatchObject(unopened("line 4: the token of B"));
    expect(open(sealed([line("A", "", "A=1"), line("B", "A", "B=1"), line("C", "A", "C=1")], "C"))).toMatchObject(
      unopened("line 6: the token of C"),
    );
    expect(open(sealed([line("A", "", "A=1"), line("B", "A", "B=1")], "A"))).toMatchObject(unopened("line 6: the token of the end line"));
  });
});
