import { describe, expect, it } from "vitest";
import { parseAssignment, scanAssignment } from "../../src/core/assignment.ts";
import { b64u, unb64u } from "../../src/core/bytes.ts";
import { type Document, parseDocument, serialise } from "../../src/core/document.ts";
import { dedupe, emptyDocument, replaceValues, setValue, unsetValue } from "../../src/core/edit.ts";
import { openValues, openVault } from "../../src/core/open.ts";
import { quoteValue } from "../../src/core/quoting.ts";
import { encodeFlags, encodeLine, KIND, type Place, sealToken } from "../../src/core/token.ts";
import { parseVault, serialiseVault, type VaultLine } from "../../src/core/vault.ts";
import { diffVaults, type RowOpener } from "../../src/core/vault-diff.ts";
import { RowTable } from "../../src/core/vault-rows.ts";
import { errorOf } from "../support/folders.ts";
import { idOf } from "../support/rings.ts";
import { MemoryProject } from "../support/vaults.ts";

const doc = (text: string): Document => parseDocument(Buffer.from(text)).document;
const textOf = (document: Document) => Buffer.from(serialise(document)).toString();
const warned = (text: string) => parseDocument(Buffer.from(text)).warnings.map(({ code, line }) => `${code} ${line}`);
const refusal = (bytes: string | Uint8Array) => errorOf(() => parseDocument(Buffer.from(bytes as string), "f"))?.message ?? "accepted";

describe("a dotenv file", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["UTF-16, little end first", Uint8Array.of(0xff, 0xfe, 65, 0), "f is UTF-16"],
    ["UTF-16, big end first", Uint8Array.of(0xfe, 0xff, 0, 65), "f is UTF-16"],
    ["no UTF-8", Uint8Array.of(0xff, 65), "f is not valid UTF-8"],
    ["no UTF-8 behind its start", Uint8Array.of(65, 0xfe), "f is not valid UTF-8"],
    ["with a NUL", "A=1\nB=\0\n", "f holds a NUL byte on line 2"],
    ["with a NUL at its start", "\0", "f holds a NUL byte on line 1"],
    ["too large", new Uint8Array((16 << 20) + 1).fill(35), "f is larger than 16 MiB"],
    ["with a name that cannot be read back", "A=1\n__proto__=1\n", "f line 2: the name __proto__ cannot be read back"],
    ["with a quote left open", "A=1\n\nB='x\n", "f line 3: the quote that opens the value of B is never closed"],
    ["with text behind a quote", "A='x'y#z\n", "f line 1: there is text behind the closing quote of A"],
    ["with a name dotenv drops", "A=1\nB C=2\n", "accepted"],
    ["with a name of letters dotenv drops", "Ä=2\n", "f line 1: dotenv would drop this assignment"],
    ["with export before one", "export A/B=2\n", "f line 1: dotenv would drop this assignment"],
    ["with one behind CRLF", "\r\n\r\nA$=2\n", "f line 3: dotenv would drop this assignment"],
    ["with one behind CR", "\r\rA$=2\n", "f line 3: dotenv would drop this assignment"],
  ])("%s", (_, bytes, message) => {
    expect(refusal(bytes)).toContain(message);
  });

  it("of 16 MiB is read", () => expect(refusal(new Uint8Array(16 << 20).fill(35))).toBe("accepted"));

  it("is warned about where dotenv reads it otherwise than people do", () => {
    expect(warned("A=1\nA=2\nB=a#b\nwords\n# c\n\nb=1\n")).toEqual([
      "DUPLICATE_NAME 1",
      "CUT_AT_HASH 3",
      "NOT_AN_ASSIGNMENT 4",
      "CASE_VARIANT 7",
    ]);
    expect(warned("A=1 # c\nB='a#b'\nC=#\n  # x\n \t\n")).toEqual([]);
    expect(warned("A=1\na=1\nA=2\n")).toEqual(["DUPLICATE_NAME 1", "CASE_VARIANT 3"]);
    const [dead, live] = doc("A=1\nA=2\n").lines;
    expect([dead, live]).toMatchObject([{ dead: true }, { dead: false }]);
  });

  it("has the line end that most lines have", () => {
    const eol = (text: string) => doc(text).eol;
    expect([
      eol(""),
      eol("A=1"),
      eol("A=1\n"),
      eol("A=1\r\n"),
      eol("A=1\r"),
      eol("a\n\r\n"),
      eol("a\n\r"),
      eol("a\r\nb\r"),
      eol("\r\n\r\n\n"),
      eol("\r\r\n\r"),
    ]).toEqual([1, 1, 1, 2, 3, 1, 1, 2, 2, 3]);
    expect(doc("A=1\r\nB=2\nC=3\r\n").lines.map(({ end }) => end)).toEqual([0, 1, 0]);
    expect(doc("A=1").finalNewline).toBe(false);
    expect(doc("A=1\n").finalNewline).toBe(true);
    expect(doc("# a\u2028A=1\n").lines).toMatchObject([{ raw: "# a\u2028", end: 4 }, { raw: "A=1" }]);
    expect(doc("# a\u2029A=1\n").lines).toHaveLength(2);
    expect(doc("A='x\ny'\r\nB=1\n").lines.map(({ line }) => line)).toEqual([1, 3]);
  });

  it("is one assignment where a text is, and nothing else", () => {
    expect(parseAssignment("A='1'\u2028")).toMatchObject({ name: "A", value: "1" });
    expect(parseAssignment("export A='x' # c")).toMatchObject({ name: "A", value: "x" });
    for (const bad of ["", "# A=1", "A=1\nB=2", "A='1'\n", "A", "A=1\n"]) expect(parseAssignment(bad), JSON.stringify(bad)).toBeNull();
    expect(scanAssignment("x\nA=1\n", 2)).toMatchObject({ name: "A", value: "1", end: 5, valueFrom: 4, valueTo: 5, loss: undefined });
    expect(scanAssignment("A=  'x'  # c\n", 0)).toMatchObject({ value: "x", valueFrom: 4, valueTo: 7, end: 12 });
    expect(scanAssignment("A=\n", 0)).toMatchObject({ value: "", valueFrom: 2, valueTo: 2 });
    expect(scanAssignment('A="a\\nb\\rc"\n', 0)).toMatchObject({ value: "a\nb\rc" });
    expect(scanAssignment("A='a\r\nb\rc'\n", 0)).toMatchObject({ value: "a\nb\nc" });
    expect(scanAssignment("A='a\\'b'\n", 0)).toMatchObject({ value: "a\\'b" });
  });
});

describe("writing a value", () => {
  it.each<[string, string]>([
    ["", ""],
    ["plain", "plain"],
    ["a/b:c@d%e+f,g=h~i!j?k*l^m-n_o.p", "a/b:c@d%e+f,g=h~i!j?k*l^m-n_o.p"],
    ["a b", "'a b'"],
    // dotenv closes at the last quote of a line.
    ["it's", "'it's'"],
    ["a\nb", "'a\nb'"],
    ["a\rb", '"a\\rb"'],
    ["x # y", "'x # y'"],
    ["$x", "'$x'"],
  ])("%j as %s", (value, written) => {
    expect(quoteValue(value)).toBe(written);
  });

  it("keeps the quotes it is asked for where they fit", () => {
    expect([quoteValue("x", "A", "'"), quoteValue("x", "A", '"'), quoteValue("x", "A", "`"), quoteValue("x", "A", "")]).toEqual([
      "'x'",
      '"x"',
      "`x`",
      "x",
    ]);
    expect(quoteValue("it's", "A", '"')).toBe('"it\'s"');
    expect(quoteValue("a b", "A", "")).toBe("a b");
    expect(quoteValue("a#b", "A", "")).toBe("'a#b'");
  });

  it("refuses what dotenv cannot hold, without the value", () => {
    for (const [value, message] of [
      ["se\0cret", "the value of A holds a NUL character"],
      ["se'\"`\n#cret", "dotenv syntax has no way to write the value of A"],
    ] as const) {
      const error = errorOf(() => quoteValue(value, "A"));
      expect(error).toMatchObject({ code: "BAD_VALUE", message });
      expect(JSON.stringify(error)).not.toContain("cret");
    }
  });

  it("changes one name's value, in its place, or none", () => {
    const document = doc("A=1\nB=2\n");
    expect(setValue(document, "A", "1")).toBe(document);
    expect(textOf(setValue(emptyDocument(), "A", "1"))).toBe("A=1\n");
    expect(textOf(setValue(doc("A='x' # c\n"), "A", "y z"))).toBe("A='y z' # c\n");
    expect(unsetValue(document, "C")).toBeNull();
    expect(textOf(unsetValue(doc("A=1\nA=2\nB=3\n"), "A") as Document)).toBe("B=3\n");
    expect(errorOf(() => setValue(doc("A=x'\n"), "B", "it's\n'"))).toBeUndefined();
  });

  it("replaces every value by what is read for it, dead ones too", () => {
    const upper = (text: string) => textOf(replaceValues(doc(text), ({ value }) => value.toUpperCase()));
    expect(upper("# a\nexport A='x' # c\nB=\"y\"\nC=`z`\nD=w\nE=\nD=v\n")).toBe("# a\nexport A='X' # c\nB=\"Y\"\nC=`Z`\nD=W\nE=\nD=V\n");
    const same = "A='1'\nB=2\n";
    expect(textOf(replaceValues(doc(same), ({ value }) => value))).toBe(same);
    expect(textOf(replaceValues(doc("A=1\n"), () => "a b"))).toBe("A=a b\n");
  });

  it("comments dead assignments out, every line of them", () => {
    const document = doc("A=1\n");
    expect(dedupe(document)).toBe(document);
    expect(textOf(dedupe(doc("A='x\ny'\nA=2\nB=3\n")))).toBe("# A='x\n# y'\nA=2\nB=3\n");
  });
});

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

  it("is refused where the lines together read otherwise than each alone", () => {
    const swallowed = sealed([line("A", "", "A=x\\'"), line("B", "A", "B='y'")], "B");
    expect(["TAMPERED", undefined]).toContain(open(swallowed)?.code);
    const comment = (raw: string): VaultLine => ({
      kind: "comment",
      token: sealToken(key, { kind: KIND.comment, name: "", previous: "" }, encodeLine({ since: new Uint8Array(6), end: 0, raw })),
      line: 0,
    });
    expect(open(sealed([line("A", "", "A=1"), comment("A=2")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: "v: opened, another line overrides A",
    });
    expect(open(sealed([line("A", "", "A=1"), comment("B=2")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: "v: opened, it sets B, for which it has no line",
    });
    expect(open(sealed([comment("export"), line("A", "", "A=1")], "A"))?.code).toBeUndefined();
    expect(open(sealed([comment("B='"), line("A", "", "A=1")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: "v: its lines do not make a readable file together",
    });
    expect(open(sealed([comment("B='"), line("A", "", "A='1'")], "A"))?.code).toBe("TAMPERED");
  });

  it("says what stands in the wrong place", () => {
    const text = sealed([line("A", "", "A=1", KIND.public)], "A");
    expect(open(text)).toMatchObject({ code: "MOVED_VALUE", message: "v line 2: A was sealed as public and is shown as a secret" });
    expect(open(sealed([line("A", "X", "A=1")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: expect.stringContaining("its ciphertext was changed, or the line before it was removed"),
    });
    expect(open(sealed([line("A", "", "A=1"), line("B", "", "B=1")], "B"))).toMatchObject({
      code: "TAMPERED",
      message: "v line 4: B was sealed as the first assignment: assignments before it were added, removed or moved",
    });
    expect(open(sealed([line("A", "", "A=1"), line("B", "A", "B=1"), line("C", "A", "C=1")], "C"))).toMatchObject({
      code: "TAMPERED",
      message: "v line 6: C was sealed behind A: assignments before it were added, removed or moved",
    });
    expect(open(sealed([line("A", "", "A=1"), line("B", "A", "B=1")], "A"))).toMatchObject({
      code: "TAMPERED",
      message: "v line 6: the end line was sealed behind A: assignments before it were added, removed or moved",
    });
  });
});

describe("a vault's diff", () => {
  const project = new MemoryProject();
  const isPublic = (name: string) => name.startsWith("P");
  const seal = (text: string, open = isPublic) => project.seal(Buffer.from(text), { isPublic: open });
  const keys = project.keyring.keysOf(idOf(1), true);
  const opener: RowOpener = {
    assignment: (_sheet, { token, shown, name, previous }) => {
      const kind = shown === undefined ? "" : "'x' # ";
      expect(typeof kind).toBe("string");
      const found = opened.get(token.text);
      return found ?? { problem: `no key for ${name} behind ${previous}` };
    },
    comment: (_sheet, token) => comments.get(token.text) ?? null,
  };
  const opened = new Map<string, { value: string; raw: string; since: string }>();
  const comments = new Map<string, string>();
  function version(text: string, open = isPublic): string {
    const made = seal(text, open);
    const vault = openVault(parseVault(made), keys);
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

  it("says what it can of what it cannot open", () => {
    const closed: RowOpener = { assignment: () => ({ problem: "no key" }), comment: () => null };
    const base = version("A=1\nB=2\n# x\n");
    expect(diff(base, version("A=9\nB=2\n# y\n"), closed)).toEqual(["edited A", "+1 -1"]);
    expect(diff(base, version("B=2\n# x\n"), closed)).toEqual(["removed A", "+0 -0"]);
    const sheets = [base, version("A=9\nB=2\n# x\n")].map((text) => table.read(text));
    const { changes } = diffVaults(table, sheets[0] ?? null, sheets[1] ?? null, closed);
    expect(changes).toMatchObject([
      { kind: "edited", problem: "no key", before: { version: 1, value: undefined }, after: { public: false } },
    ]);
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
