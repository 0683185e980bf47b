import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_ROWS } from "../../../src/core/limits.ts";
import { RowTable, type Sheet } from "../../../src/core/vault/vault-rows.ts";
import { SheetReader } from "../../../src/features/history/version-reader.ts";
import { runs } from "../../support/arbitraries.ts";
import { merges } from "../../support/merges.ts";
import { MemoryProject } from "../../support/vaults.ts";

const project = new MemoryProject();

/** The rows as text: numbers differ from table to table. */
const textsOf = (table: RowTable, sheet: Sheet) => ({
  ...{ environment: sheet.environment, id: sheet.id, problem: sheet.problem, count: sheet.rows.length },
  assignments: [...table.assignments(sheet)].map(([name, { token, previous }]) => [name, token.text, previous]),
  comments: table.changes(null, sheet).comments.after.map(({ text }) => text),
});

const damage = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.replace("\n\n", "\n<<<<<<< ours\n"),
  (text: string) => text.replaceAll("\n", "\r\n"),
  (text: string) => text.replaceAll("\n\n", "\n"),
  (text: string) => text.slice(0, -30),
  (text: string) => `\uFEFF${text}`,
  (text: string) => text.replace("=enc:", "=\u00e9enc:"),
  () => "",
  () => "\n",
  () => "no vault",
);

describe("reading versions one after the other", () => {
  it.each([
    ["more rows than a vault may have", "#\n".repeat(MAX_ROWS + 1), 0, `the file has more than ${MAX_ROWS} lines`],
    ["more empty rows", "\n".repeat(MAX_ROWS + 1), 0, `the file has more than ${MAX_ROWS} lines`],
    ["as many as it may have", "#\n".repeat(MAX_ROWS - 1), MAX_ROWS - 1, null],
    ["rows that are none, and then one", `${"x\n".repeat(999)}#\n`, 1, "the vault line 2: this is no line of a vault"],
    ["a thousand that are none", `${"x\n".repeat(1000)}#\n`, 0, "the vault line 2: this is no line of a vault"],
  ])("reads a version of %s no further than that", (_, rows, count, problem) => {
    const text = `# envseal:1 default AAAAAAAAAAAAAAAA\n${rows}`;
    for (const sheet of [new RowTable().read(text), new SheetReader(new RowTable()).read(Buffer.from(text))])
      expect([sheet.rows.length, sheet.problem, sheet.environment]).toEqual([count, problem, "default"]);
  });

  it("gives what reading each by itself gives, whatever came before", () => {
    fc.assert(
      fc.property(merges, fc.array(damage, { minLength: 5, maxLength: 5 }), fc.boolean(), ({ base, ours, theirs }, damages, long) => {
        const grown = (text: string) =>
          long ? Array.from({ length: 40 }, (_, index) => `LONG_${index}=${"x".repeat(100 + index)}\n`).join("") + text : text;
        const texts = [base, ours, theirs, base, ours].map((text, index) =>
          (damages[index] as (text: string) => string)(project.seal(Buffer.from(grown(text)))),
        );
        const [table, alone] = [new RowTable(), new RowTable()];
        const reader = new SheetReader(table);
        for (const text of texts) expect(textsOf(table, reader.read(Buffer.from(text)))).toEqual(textsOf(alone, alone.read(text)));
      }),
      runs(150),
    );
  });
});
