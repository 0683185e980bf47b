import { describe, expect, it } from "vitest";
import { b64u } from "../../../src/core/bytes.ts";
import { parseDocument } from "../../../src/core/vault/document.ts";
import { type OpenedVault, openVault } from "../../../src/core/vault/open-vault.ts";
import { sealDocument } from "../../../src/core/vault/seal-vault.ts";
import { KIND } from "../../../src/core/vault/token.ts";
import { parseVault, serialiseVault } from "../../../src/core/vault/vault.ts";
import { diffVaults, type RowOpener } from "../../../src/core/vault/vault-diff.ts";
import { RowTable } from "../../../src/core/vault/vault-rows.ts";
import { idOf, Ring } from "../../support/keyring-builder.ts";
import { MemoryProject } from "../../support/vaults.ts";

describe("a vault's diff", () => {
  const project = new MemoryProject();
  const isPublic = (name: string) => name.startsWith("P");
  const seal = (text: string, open = isPublic) => project.seal(Buffer.from(text), { isPublic: open });
  const keys = project.keyring.keysOf(idOf(1), true);
  const opener: RowOpener = {
    assignment: ({ id, rows }, { row, token, name, previous }) => {
      expect([id, rows.includes(row)]).toEqual([idOf(1), true]);
      return opened.get(token.text) ?? { problem: `no key for ${name} behind ${previous}` };
    },
    comment: ({ id }, token) => {
      expect(id).toBe(idOf(1));
      return comments.get(token.text) ?? null;
    },
  };
  const opened = new Map<string, { value: string; raw: string; since: string }>();
  const comments = new Map<string, string>();
  function version(text: string, open = isPublic): string {
    const made = seal(text, open);
    return note(openVault(parseVault(made), keys), made);
  }
  function sealed(ring: Ring, text: string, open = (_name: string) => false): string {
    const key = ring.keyring.vaultKey(ring.active, idOf(1));
    const { document } = parseDocument(Buffer.from(text));
    const made = serialiseVault(sealDocument(document, { environment: "default", vaultId: idOf(1), key, isPublic: open }));
    return note(openVault(parseVault(made), ring.keyring.keysOf(idOf(1))), made);
  }
  /** Keeps what its tokens hold, for the opener. */
  function note(vault: OpenedVault, made: string): string {
    for (const { place, content, token } of vault.opened) {
      if (place.kind === KIND.comment) comments.set(token.text, content.raw);
      else opened.set(token.text, { value: vault.assignments.get(place.name)?.value ?? "", raw: content.raw, since: b64u(content.since) });
    }
    return made;
  }
  const table = new RowTable();
  function diff(before: string | null, after: string | null, use = opener) {
    const [old, now] = [before, after].map((text) => (text === null ? null : table.read(text)));
    const { changes, comments: lines } = diffVaults(table, old ?? null, now ?? null, use);
    return [
      ...changes.map(({ kind, name, from }) => `${kind} ${name}${from === undefined ? "" : ` from ${from}`}`),
      `+${lines.added} -${lines.removed}`,
    ];
  }

  it("tells what came, went, changed, and how", () => {
    const base = version("A=1\nB=2\nC=3\n# x\n");
    expect(diff(base, base)).toEqual(["+0 -0"]);
    expect(diff(null, base)).toEqual(["added A", "added B", "added C", "+1 -0"]);
    expect(diff(base, null)).toEqual(["removed A", "removed B", "removed C", "+0 -1"]);
    expect(diff(null, null)).toEqual(["+0 -0"]);
    expect(diff(base, version("A=1\nB=9\nC='3'\n# y\n# z\n"))).toEqual(["changed B", "format C", "+2 -1"]);
    expect(diff(base, version("A=1\nC=3\n# x\n"))).toEqual(["removed B", "+0 -0"]);
    expect(
      diff(
        base,
        version("A=1\nB=2\nC=3\n# x\n", () => true),
      ),
    ).toEqual(["public A", "public B", "public C", "+0 -0"]);
    expect(
      diff(
        version("A=1\n", () => true),
        version("A=1\n"),
      ),
    ).toEqual(["secret A", "+0 -0"]);
  });

  it("tells a name from another one by its value, where that is long enough", () => {
    expect(diff(version("OLD=secret\nB=1\n"), version("B=1\nNEW=secret\n"))).toEqual(["renamed NEW from OLD", "+0 -0"]);
    expect(diff(version("OLD=short\n"), version("NEW=short\n"))).toEqual(["added NEW", "removed OLD", "+0 -0"]);
    expect(diff(version("OLD=secret\n"), version("NEW=secret\nTWO=secret\n"))).toEqual(["renamed NEW from OLD", "added TWO", "+0 -0"]);
    expect(diff(version("OLD=secret\n"), version("NEW=another\n"))).toEqual(["added NEW", "removed OLD", "+0 -0"]);
  });

  it("takes no changed value for a renamed one", () => {
    expect(diff(version("A=secret\n"), version("A=another\nB=secret\n"))).toEqual(["changed A", "added B", "+0 -0"]);
    expect(diff(version("OLD=secret\nA=1\n"), version("A=secret\n"))).toEqual(["changed A", "removed OLD", "+0 -0"]);
  });

  it("says what it can of what it cannot open", () => {
    const closed: RowOpener = { assignment: () => ({ problem: "no key" }), comment: () => null };
    const base = version("A=1\nB=2\n# x\n");
    expect(diff(base, version("A=9\nB=2\n# y\n"), closed)).toEqual(["edited A", "+1 -1"]);
    expect(diff(base, version("B=2\n# x\n"), closed)).toEqual(["edited B", "removed A", "+0 -0"]);
    const sheets = [base, version("A=9\nB=2\n# x\n")].map((text) => table.read(text));
    const { changes } = diffVaults(table, sheets[0] ?? null, sheets[1] ?? null, closed);
    expect(changes).toMatchObject([
      { kind: "edited", problem: "no key", before: { version: 1, value: undefined }, after: { public: false } },
    ]);
  });

  it("tells a rotation from a change, opened or not", () => {
    const [first, second] = [Ring.start(), Ring.start().rotate(2)];
    const closed: RowOpener = { assignment: (_sheet, { token }) => ({ problem: `no key ${token.version}` }), comment: () => null };
    const base = sealed(first, "A=1\nB=2\n");
    expect(diff(base, sealed(second, "A=1\nB=2\n"))).toEqual(["rotated A", "rotated B", "+0 -0"]);
    expect(diff(base, sealed(second, "A=1\nB=3\n"))).toEqual(["rotated A", "changed B", "+0 -0"]);
    expect(diff(base, sealed(second, "A=1\nB='2'\n"))).toEqual(["rotated A", "format B", "+0 -0"]);
    expect(diff(base, sealed(second, "A=1\nB=2\n"), closed)).toEqual(["rotated A", "rotated B", "+0 -0"]);
    // Behind another name its value may have changed as well.
    expect(diff(base, sealed(first, "A=1\nC=3\nB=2\n"))).toEqual(["added C", "+0 -0"]);
    expect(diff(base, sealed(first, "A=1\nC=3\nB=9\n"), closed)).toEqual(["added C", "edited B", "+0 -0"]);
    expect(diff(base, sealed(second, "A=1\nC=3\nB=2\n"), closed)).toEqual(["rotated A", "added C", "rotated B", "+0 -0"]);
    expect(
      diff(
        base,
        sealed(first, "C=3\nB=2\n", (name) => name === "B"),
        closed,
      ),
    ).toEqual(["added C", "edited B", "removed A", "+0 -0"]);
  });

  it("says why a side cannot be opened: the later one's reason where both cannot", () => {
    const base = version("A=1\nB=2\n");
    const [later, all] = [version("A=9\nB=8\nC=3\n"), new Map(opened)];
    const without = (...texts: string[]) => {
      const missing = new Set(texts.flatMap((text) => text.match(/enc:\S+/g) ?? []));
      const some: RowOpener = {
        assignment: (_sheet, { token, name }) =>
          (missing.has(token.text) ? undefined : all.get(token.text)) ?? { problem: `${name} ${token.text.slice(-4)}` },
        comment: () => null,
      };
      const sheets = [base, later].map((text) => table.read(text));
      return diffVaults(table, sheets[0] ?? null, sheets[1] ?? null, some).changes;
    };
    const end = (text: string, name: string) => new RegExp(`^${name}=\\S*(\\S{4})$`, "m").exec(text)?.[1];
    expect(without()).toMatchObject([{ kind: "changed" }, { kind: "changed" }, { kind: "added", name: "C" }]);
    for (const change of without()) expect(change).not.toHaveProperty("problem");
    expect(without(base)).toMatchObject([
      { kind: "edited", name: "A", problem: `A ${end(base, "A")}`, before: { value: undefined }, after: { value: "9" } },
      { kind: "edited", name: "B" },
      { kind: "added", name: "C" },
    ]);
    expect(without(later)).toMatchObject([
      { kind: "edited", problem: `A ${end(later, "A")}`, before: { value: "1" }, after: { value: undefined } },
      { kind: "edited" },
      { kind: "added", problem: `C ${end(later, "C")}` },
    ]);
    expect(without(base, later)[0]).toMatchObject({ problem: `A ${end(later, "A")}` });
  });

  it("counts comments of one text under two keys, each as often as it stands there", () => {
    const [one, two] = [Ring.start(), Ring.start().rotate(2)];
    expect(diff(sealed(one, "# x\n# y\nA=1\n"), sealed(two, "# x\n# y\nA=1\n"))).toEqual(["rotated A", "+0 -0"]);
    expect(diff(sealed(one, "# x\n# x\n# x\nA=1\n"), sealed(two, "# x\nA=1\n"))).toEqual(["rotated A", "+0 -2"]);
    expect(diff(sealed(one, "# x\nA=1\n"), sealed(two, "# x\n# x\n# y\nA=1\n"))).toEqual(["rotated A", "+2 -0"]);
  });

  it("reads a damaged version as far as it goes", () => {
    const good = version("A=1\nB=2\n");
    const bad = table.read(good.replace(/^B=.*$/m, "B=plain"));
    expect(bad.problem).toMatch(/^the vault line 4: B has a plaintext value/);
    expect([...table.assignments(bad).keys()]).toEqual(["A"]);
    const headless = table.read(good.replace(/^.*\n/, "x\n"));
    expect(headless).toMatchObject({ environment: "", id: "", problem: expect.stringContaining("the header of a vault is missing") });
    expect([...table.assignments(headless).keys()]).toEqual(["A", "B"]);
    const crlf = table.read(good.replaceAll("\n", "\r\n"));
    expect(crlf).toMatchObject({ environment: "default", id: idOf(1), problem: null });
    expect([...table.assignments(crlf).values()].map(({ name, previous }) => [name, previous])).toEqual([
      ["A", ""],
      ["B", "A"],
    ]);
    expect([...table.assignments(table.read(good), () => false)]).toEqual([]);
  });

  it("finds in two versions what one of them alone has", () => {
    const [base, later] = ["# x\nA=1\n", "# x\n# y\nA=1\nB=2\n"].map((text) => table.read(version(text)));
    const names = (before = base, after = base) => {
      const { comments: tokens, ...rows } = table.changes(before ?? null, after ?? null);
      return [[...rows.before.keys()], [...rows.after.keys()], tokens.before.length, tokens.after.length];
    };
    expect(names()).toEqual([[], [], 0, 0]);
    expect(names(base, later)).toEqual([[], ["B"], 0, 1]);
    expect(names(later, base)).toEqual([["B"], [], 1, 0]);
    expect(table.changes(null, null)).toEqual({ before: new Map(), after: new Map(), comments: { before: [], after: [] } });
  });

  it("keeps its marks apart, however many versions there are", () => {
    const own = new RowTable();
    const texts = Array.from({ length: 6 }, (_, index) =>
      version(Array.from({ length: 300 }, (_unused, row) => `N${row}=${index * 300 + row}\n`).join("")),
    );
    const sheets = texts.map((text) => own.read(text));
    for (let index = 1; index < sheets.length; index++) {
      const { before, after } = own.changes(sheets[index - 1] ?? null, sheets[index] ?? null);
      expect([before.size, after.size]).toEqual([300, 300]);
      expect(own.changes(sheets[index] ?? null, sheets[index] ?? null).after.size).toBe(0);
    }
  });
});
