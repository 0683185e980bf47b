import { describe, expect, it } from "vitest";
import { parseVault, readHeader, serialiseVault, showValue } from "../../../src/core/vault/vault.ts";
import { errorOf } from "../../support/folders.ts";
import { idOf, Ring } from "../../support/keyring-builder.ts";
import { MemoryProject } from "../../support/vaults.ts";

const base = Ring.start().grant("ada", 11);
const _third = base.rotate(2).rotate(3);

describe("a vault's text", () => {
  const project = new MemoryProject();
  const good = project.seal(Buffer.from("# c\nA=1\n\nB=2\n"), { isPublic: (name) => name === "B" });
  const rows = good.split("\n");
  const message = (text: string) => {
    const error = errorOf(() => parseVault(text, "v"));
    return error === undefined ? "accepted" : `${error.code} ${error.message}`;
  };
  const at = (index: number, row: string) => [...rows.slice(0, index), row, ...rows.slice(index + 1)].join("\n");

  it("is read with CRLF and blank lines, and written again as it was", () => {
    expect(serialiseVault(parseVault(good))).toBe(good);
    expect(serialiseVault(parseVault(good.replaceAll("\n", "\r\n")))).toBe(good);
    expect(serialiseVault(parseVault(good.replaceAll("\n", "\n\n")))).toBe(good);
    expect(serialiseVault(parseVault(`\n\n${good}`))).toBe(good);
  });

  it.each([
    ["empty", "", "v line 1: the file is empty"],
    ["only blank", "\n\n", "v line 1: the file is empty"],
    ["cut off", good.slice(0, -1), `v line ${rows.length - 1}: the file does not end with a line end`],
    ["without its end", `${rows.slice(0, -2).join("\n")}\n`, "the end line is missing"],
    ["with text behind its end", `${good}# x\n`, "v line"],
    ["with a second end", `${good}${rows.at(-2)}\n`, "there is text after the end line"],
    ["with a comment behind its end", `${good}${rows[1]}\n`, "there is text after the end line"],
    ["with a second header", `${rows[0]}\n${good}`, "v line 2: this comment is not one that a vault holds"],
    ["without its header", rows.slice(1).join("\n"), "v line 1: the header of a vault is missing"],
    ["of dotenv-vault", '#/---\nDOTENV_VAULT="x"\n', "v line 1: this is a vault of dotenv-vault"],
    ["of dotenv-vault without its head", 'DOTENV_VAULT_X="x"\n', "v line 1: this is a vault of dotenv-vault"],
    ["of a newer format", good.replace("envseal:1", "envseal:2"), "UNSUPPORTED_FORMAT v line 1: vault format 2"],
    ["of format 0", good.replace("envseal:1", "envseal:0"), "the header of a vault is missing"],
    ["of an environment that is none", good.replace(" default ", " local "), "v line 1: the header is damaged"],
    ["with a comment in clear", at(1, "# plain"), "v line 2: this comment is not one"],
    ["with a value in clear", at(2, "A=1"), "v line 3: A has a plaintext value"],
    ["with a damaged token", at(2, "A=enc:v1.x:A"), "v line 3: the token of A is damaged"],
    ["with no value", at(2, "A="), "v line 3: A has a plaintext value"],
    ["with a line that is none", at(2, "A"), "v line 3: this is no line of a vault"],
    ["with a name that is none", at(2, `__proto__=${rows[2]?.slice(2)}`), "v line 3: this is no line of a vault"],
    ["with export", at(2, `export ${rows[2]}`), "v line 3: this is no line of a vault"],
    ["with a name twice", at(3, rows[2] as string), "v line 4: A is set a second time (first on line 3)"],
    ["with a space before a line", at(2, ` ${rows[2]}`), "v line 3: this is no line of a vault"],
    ["with a space behind a line", at(2, `${rows[2]} `), "v line 3: the token of A is damaged"],
    ["with a shown value in other quotes", good.replace("B='2'", 'B="2"'), "the shown value of B is not written as a vault writes it"],
    ["with a shown value without quotes", good.replace("B='2'", "B=2"), "the shown value of B is not written"],
    ["with a shown value of one quote", good.replace("B='2'", "B='"), "the shown value of B is not written"],
    ["with a conflict", at(2, "<<<<<<< ours"), "CONFLICT_MARKERS v line 3"],
    ["with a conflict's middle", at(2, "======="), "CONFLICT_MARKERS v line 3"],
    ["with a conflict's base", at(2, "||||||| x"), "CONFLICT_MARKERS v line 3"],
    ["with a conflict's end", at(2, ">>>>>>> x"), "CONFLICT_MARKERS v line 3"],
    ["with a conflict for a header", `<<<<<<< ours\n${good}`, "CONFLICT_MARKERS v line 1"],
    ["with eight of a marker", at(2, "<<<<<<<<"), "MALFORMED_VAULT v line 3"],
    ["with a line too long", at(2, `A=${"x".repeat((2 << 20) - 1)}`), "v line 3: the line is longer than 2 MiB"],
    ["too large", `${good}${"\n".repeat(16 << 20)}`, "v line 1: the file is larger than 16 MiB"],
    ["of too many rows", at(2, "#\n".repeat(1 << 18)), "v line 262145: the file has more than 262144 lines"],
    ["of too many empty rows", `${good}${"\n".repeat(1 << 23)}`, "v line 262145: the file has more than 262144 lines"],
  ])("is refused where it is %s", (_, bad, what) => {
    expect(message(bad)).toContain(what);
  });

  it("says what to do about a value in clear, and what about a damaged token", () => {
    const hint = (row: string) => errorOf(() => parseVault(at(2, row), "v"))?.hint;
    expect(hint("A=plain")).toContain("envseal set A");
    expect(hint("A=enc:v1.x:A")).not.toContain("envseal set");
  });

  it("has a header of one form", () => {
    expect(readHeader(`# envseal:1 production ${idOf(1)}`, 1, "v")).toEqual({ environment: "production", id: idOf(1) });
    for (const bad of [
      `# envseal:1 production ${idOf(1)}x`,
      ` # envseal:1 production ${idOf(1)}`,
      `# envseal:1  production ${idOf(1)}`,
      `# envseal:01 production ${idOf(1)}`,
      `#envseal:1 production ${idOf(1)}`,
      `# envseal:1 ${"x".repeat(33)} ${idOf(1)}`,
    ])
      expect(errorOf(() => readHeader(bad, 1, "v"))).toMatchObject({ code: "MALFORMED_VAULT" });
  });

  it("shows a value in the first quotes that fit, or not at all", () => {
    expect(["a", "it's", "a'\"", "a'\\b", ""].map(showValue)).toEqual(["'a'", '"it\'s"', "`a'\"`", "`a'\\b`", "''"]);
    for (const value of ["a\nb", "a\rb", "a\u2028", "a\u2029", "a\0", "a\\", "'\"`"]) expect(showValue(value)).toBeUndefined();
  });

  it("is not written where no reader would take it", () => {
    const parsed = parseVault(good);
    const huge = { text: "x".repeat(2 << 20), version: 1, keyId: "", bodyAt: 0 };
    const with_ = (line: object) => errorOf(() => serialiseVault({ ...parsed, lines: [line as never] }));
    expect(with_({ kind: "assignment", name: "A", shown: undefined, token: huge, line: 1 })).toMatchObject({
      code: "BAD_VALUE",
      message: "the value of A is too large to be sealed",
    });
    const small = { kind: "assignment", name: "A", shown: undefined, token: { ...huge, text: "x" }, line: 1 };
    const lines = [small, { ...small, name: "B", token: huge }] as never;
    expect(errorOf(() => serialiseVault({ ...parsed, lines }))?.message).toBe("the value of B is too large to be sealed");
    expect(with_({ kind: "comment", token: huge, line: 1 })?.message).toBe("the file is too large to be sealed");
    const many = Array.from({ length: 9 }, (_, line) => ({
      kind: "comment",
      token: { ...huge, text: "x".repeat((2 << 20) - 8192) },
      line,
    }));
    expect(errorOf(() => serialiseVault({ ...parsed, lines: many as never }))?.message).toBe("the file is too large to be sealed");
    const values = many.map((line, index) => ({ ...line, kind: "assignment", name: `N${index}`, shown: undefined }));
    expect(errorOf(() => serialiseVault({ ...parsed, lines: values as never }))?.message).toBe("the file is too large to be sealed");
    expect(errorOf(() => serialiseVault({ ...parsed, lines: many.slice(2) as never }))).toBeUndefined();
    const blanks = Array.from({ length: (1 << 18) - 1 }, (_, line) => ({ kind: "blank" as const, line }));
    expect(errorOf(() => serialiseVault({ ...parsed, lines: blanks }))?.message).toBe("the file has too many lines to be sealed");
    expect(parseVault(serialiseVault({ ...parsed, lines: blanks.slice(1) })).lines.length).toBe((1 << 18) - 2);
  });
});
