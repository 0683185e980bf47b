import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BatchReader, type GitObject, namesIn } from "../../src/git/batch-reader.ts";
import { LeakSearch } from "../../src/guard/leaks.ts";
import { runs } from "../support/arbitraries.ts";

const VALUE = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
const search = new LeakSearch([{ name: "API_KEY", value: VALUE, vault: ".env.vault", environment: "default", version: 1, current: true }]);

interface Item {
  type: GitObject["type"];
  content: Buffer;
}

const oidOf = (index: number) => index.toString(16).padStart(40, "0");
const streamOf = (items: readonly Item[]) =>
  Buffer.concat(
    items.flatMap(({ type, content }, index) => [Buffer.from(`${oidOf(index)} ${type} ${content.length}\n`), content, Buffer.from("\n")]),
  );

/** What each visited object held, joined from its parts. */
function read(items: readonly Item[], cuts: readonly number[], skip?: (row: Buffer) => boolean): Map<string, Buffer> {
  const seen = new Map<string, Buffer>();
  const reader = new BatchReader(({ oid }, content, { from }) => {
    expect(from).toBe(seen.get(oid)?.length ?? 0);
    seen.set(oid, Buffer.concat([seen.get(oid) ?? Buffer.alloc(0), content]));
  }, skip);
  const stream = streamOf(items);
  let at = 0;
  for (let index = 0; at < stream.length; index++) {
    const chunk = stream.subarray(at, at + (cuts[index % cuts.length] as number));
    reader.push(chunk);
    at += chunk.length;
  }
  reader.look();
  expect({ idle: reader.idle, count: reader.count }).toEqual({ idle: true, count: items.length });
  return seen;
}

const content = fc.oneof(
  fc.string().map((text) => Buffer.from(text)),
  fc.nat({ max: 200_000 }).map((size) => Buffer.alloc(size, "x\n")),
  fc
    .constantFrom(VALUE, VALUE.slice(0, 20), VALUE.slice(20), `a ${Buffer.from(VALUE).toString("base64")} b`)
    .map((text) => Buffer.from(text)),
);
const item = fc.record({ type: fc.constantFrom<GitObject["type"]>("blob", "commit", "tag", "tree"), content });
const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1000, max: 200_000 })), { minLength: 1, maxLength: 5 });

describe("the reader of many objects", () => {
  it("gives each object whole, wherever the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), cuts, (items, where) => {
        const seen = read(
          items,
          where.map((size) => Math.max(size, 50)),
        );
        expect([...seen.keys()]).toEqual(items.map((_item, index) => oidOf(index)));
        for (const [index, { content: own }] of items.entries()) expect(seen.get(oidOf(index))?.equals(own)).toBe(true);
      }),
      runs(100),
    );
  });

  it("finds in rows of objects what it finds in each: not across two, and in all that holds something", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), cuts, (items, where) => {
        const found = (seen: Map<string, Buffer>) =>
          [...seen].filter(([oid, bytes]) => items[Number.parseInt(oid, 16)]?.type !== "tree" && search.inspect("x", bytes).length > 0);
        const by = where.map((size) => Math.max(size, 50));
        const rows = read(items, by, (row) => search.isClean(row));
        expect(found(rows).map(([oid]) => oid)).toEqual(found(read(items, by)).map(([oid]) => oid));
        const trees = items.flatMap(({ type }, index) => (type === "tree" ? [oidOf(index)] : []));
        expect([...rows.keys()]).toEqual(expect.arrayContaining(trees));
      }),
      runs(100),
    );
  });

  it("finds a value across the parts of a large object's row, and none across two objects", () => {
    const halves = [VALUE.slice(0, 16), VALUE.slice(16)].map((text): Item => ({ type: "blob", content: Buffer.from(text) }));
    expect([...read(halves, [1000], (row) => search.isClean(row)).values()]).toEqual([]);
    const large: Item = { type: "blob", content: Buffer.alloc(20 << 20, "x\n") };
    large.content.write(VALUE, (16 << 20) - 10);
    expect(
      read([large], [65_536], () => true)
        .get(oidOf(0))
        ?.includes(VALUE),
    ).toBe(true);
  });

  it("stops at an object that is not there", () => {
    const reader = new BatchReader(() => {});
    reader.push(Buffer.from(`${oidOf(1)} missing\n`));
    expect(() => reader.look()).toThrow(/cannot read/);
  });

  it("has shown and counted what came before an object that is not there", () => {
    const seen: string[] = [];
    const reader = new BatchReader(({ oid }) => seen.push(oid));
    const before: Item[] = ["a", "b"].map((text) => ({ type: "blob", content: Buffer.from(text) }));
    reader.push(Buffer.concat([streamOf(before), Buffer.from(`${oidOf(2)} missing\n`)]));
    expect(() => reader.look()).toThrow(/cannot read/);
    expect({ seen, count: reader.count }).toEqual({ seen: [oidOf(0), oidOf(1)], count: 2 });
  });

  it("counts no object that its visitor failed at", () => {
    const reader = new BatchReader(({ oid }) => {
      if (oid === oidOf(1)) throw new Error("no");
    });
    reader.push(streamOf(["a", "b", "c"].map((text) => ({ type: "blob", content: Buffer.from(text) }))));
    expect(() => reader.look()).toThrow("no");
    expect(reader.count).toBe(1);
  });

  it("tells the names in a tree, and none in what is no tree", () => {
    const tree = Buffer.concat([".env", "a b ü"].flatMap((name) => [Buffer.from(`100644 ${name}\0`), Buffer.alloc(20, 7)]));
    expect(namesIn({ oid: oidOf(1), type: "tree", size: 0 }, tree)).toEqual([".env", "a b ü"]);
    expect(namesIn({ oid: oidOf(1), type: "tree", size: 0 }, Buffer.from("no tree"))).toEqual([]);
  });
});
