import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RowTable, type Sheet } from "../../src/core/vault-rows.ts";
import { SheetReader } from "../../src/history/sheet-reader.ts";
import { runs } from "../support/arbitraries.ts";
import { merges } from "../support/merges.ts";
import { MemoryProject } from "../support/vaults.ts";

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
