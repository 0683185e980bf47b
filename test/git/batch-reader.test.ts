import { describe, expect, it } from "vitest";
import { BatchReader } from "../../src/git/batch-reader.ts";

const OID = "1234567890".repeat(4);
const stream = (...contents: string[]) => contents.map((content) => `${OID} blob ${content.length}\n${content}\n`).join("");

/** What is asked of rows, and what is visited, where the bytes come in chunks of so many. */
function read(bytes: string, size: number) {
  const visited: string[] = [];
  const rows: string[] = [];
  const reader = new BatchReader(
    ({ oid }, content) => visited.push(`${oid.slice(0, 4)} ${content}`),
    (row) => rows.push(row.toString("latin1")) === 0,
  );
  for (let at = 0; at < bytes.length; at += size) {
    reader.push(Buffer.from(bytes.slice(at, at + size)));
    reader.look();
  }
  expect(reader.idle).toBe(true);
  return { visited, rows: rows.join("") };
}

describe("objects in a row", () => {
  it.each([1, 7, 60, 1000])("are asked of without git's headers, in chunks of %i", (size) => {
    const { visited, rows } = read(stream("x =", "key=value", "", "last\n"), size);
    expect(visited).toEqual(["1234 x =", "1234 key=value", "1234 ", "1234 last\n"]);
    expect(rows).not.toMatch(/blob|\d/);
    expect(rows.replaceAll(/\x01+\n/g, "|")).toMatch(/^\|?x =\n\|?key=value\n\|?\n\|?last\n\n$/);
  });
});
