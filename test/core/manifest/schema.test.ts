import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/core/json.ts";
import { MAX_ACCESS, MAX_ENVIRONMENTS, MAX_GONE, MAX_KEYS, MAX_RECIPIENTS, MAX_STATEMENTS } from "../../../src/core/limits.ts";
import { manifestShape } from "../../../src/core/manifest/manifest-shape.ts";
import { parseManifest } from "../../../src/core/manifest/manifest-text.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(read("../../../schema/envseal.schema.json")) as object,
);
const vectors = JSON.parse(read("../../vectors/manifest.json")) as { text: string; later: string };
const committed = vectors.text;
/** The one with the members that later releases act on: whatever may stand in a manifest stands in it. */
const manifest = JSON.parse(vectors.later) as Json;

const bySchema = (value: Json) => validate(value);
const byShape = (value: Json) => manifestShape(value, "the manifest") === null;
/** What a statement's members say about each other, for which JSON Schema has no words. */
const ACROSS =
  /is not sorted|one signing key to two names|an admin and a rotator|names an environment that is not there|says that it is gone|never was|extends what is not there/;

type Path = (string | number)[];

function at(root: Json, path: Path): Json {
  return path.reduce<Json>((value, step) => (value as Record<string, Json>)[step] as Json, root);
}

/** A copy of the manifest with what `path` leads to replaced, or removed. */
function edited(path: Path, change: (parent: Record<string, Json>, last: string) => void): Json {
  const copy = structuredClone(manifest);
  change(at(copy, path.slice(0, -1)) as Record<string, Json>, String(path.at(-1)));
  return copy;
}
const put = (path: Path, value: Json) =>
  path.length === 0
    ? value
    : edited(path, (parent, last) => {
        parent[last] = value;
      });
const rename = (path: Path, name: string) =>
  edited(path, (parent, last) => {
    parent[name] = parent[last] as Json;
    delete parent[last];
  });
const remove = (path: Path) =>
  edited(path, (parent, last) => {
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  });

function paths(value: Json, path: Path = []): Path[] {
  if (value === null || typeof value !== "object") return [path];
  return [path, ...Object.entries(value).flatMap(([name, member]) => paths(member, [...path, name]))];
}

const OTHER_TYPES: Json[] = [null, true, 0, -1, 1.5, "", "x", [], {}, ["x"], { x: 1 }];

/** Single changes of one value, by what it is. */
function changedValues(value: Json): Json[] {
  if (typeof value === "string") {
    const last = value.slice(-1);
    const changed = [
      `${value}x`,
      `${value}\n`,
      ` ${value}`,
      value.slice(1),
      value.slice(0, -1),
      value.toUpperCase(),
      `${value.slice(0, -1)}=`,
    ];
    return [...OTHER_TYPES, ...changed, `${value.slice(0, -1)}${last === "A" ? "B" : "A"}`, `${value.slice(0, -1)}B`, `${value}\u0000`];
  }
  if (typeof value === "number") return [...OTHER_TYPES, value - 1, value + 1, value + 0.5, -value, value * 2, value * 1e6, String(value)];
  return OTHER_TYPES;
}

const MEMBER_NAMES = ["", "x", "X", "é", "a b", "default", "local", "__proto_", "constructor", "aaaaaaaa", ".env.vault", "../.env.vault"];
MEMBER_NAMES.push("a//.env.vault", "./.env.vault", "a\\.env.vault", "/.env.vault", "a/.env.x.vault", "a/.env.X.vault", "...a/.env.vault");
MEMBER_NAMES.push(
  "a".repeat(32),
  "a".repeat(33),
  "a".repeat(64),
  "a".repeat(65),
  `${"d/".repeat(507)}.env.vault`,
  `${"d/".repeat(508)}.env.vault`,
);

const mutants: [string, Json][] = paths(manifest).flatMap((path): [string, Json][] => {
  const value = at(manifest, path);
  const label = path.join(".") || "the whole";
  const made: [string, Json][] = changedValues(value).map((other, index) => [`${label} changed (${index})`, put(path, other)]);
  if (path.length > 0) made.push([`${label} removed`, remove(path)]);
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const name of ["unknown", "tag", "kind", ...MEMBER_NAMES]) {
      if (!Object.hasOwn(value, name)) made.push([`${label} with ${name || "a nameless member"}`, put([...path, name], 1)]);
    }
    const [first] = Object.keys(value);
    if (first !== undefined) for (const name of MEMBER_NAMES) made.push([`${label}.${first} as ${name}`, rename([...path, first], name)]);
  }
  return made;
});

const CUSTODIES: Json[] = [
  { kind: "file" },
  { kind: "keychain" },
  { kind: "command" },
  { kind: "deploy" },
  { kind: "recovery" },
  { kind: "recovery", confirmed: "2026-01-01" },
  { kind: "kms", provider: "aws", key: "alias/x", sealed: "age:AAAA" },
];
const PBKDF2 = {
  kind: "passphrase",
  kdf: "pbkdf2-sha256",
  iterations: 600_000,
  salt: "A".repeat(22),
  sealed: `aead:${"A".repeat(102)}`,
};
const custodyOf = (custody: Json) => put(["recipients", "bob", "custody"], custody);

describe("schema/envseal.schema.json and the manifest's shape", () => {
  it("both accept the vectors' manifests", () => {
    for (const value of [manifest, JSON.parse(committed) as Json]) {
      expect(bySchema(value)).toBe(true);
      expect(byShape(value)).toBe(true);
      expect(() => parseManifest(JSON.stringify(value))).not.toThrow();
    }
  });

  it("agree on how many statements and earlier statements there are at most", () => {
    const [first] = at(manifest, ["authority"]) as Json[];
    for (const count of [0, 1, MAX_STATEMENTS, MAX_STATEMENTS + 1]) {
      const mutant = put(["authority"], new Array<Json>(count).fill(first as Json));
      expect([bySchema(mutant), byShape(mutant)], String(count)).toEqual([count <= MAX_STATEMENTS, count <= MAX_STATEMENTS]);
    }
    const digests = ["AAAA", "AAAE", "AAAI"].map((end) => `sha256:${"A".repeat(39)}${end}`);
    const [one, two] = digests as [string, string];
    for (const [previous, isRight] of [
      [[], true],
      [[one, two], true],
      [[one, one], false],
      [digests, false],
    ] as const) {
      const mutant = put(["authority", 1, "previous"], [...previous]);
      expect([bySchema(mutant), byShape(mutant)], previous.join()).toEqual([isRight, isRight]);
    }
  });

  it.each<[path: Path, most: number, name: (index: number) => string]>([
    [["recipients"], MAX_RECIPIENTS, (index) => `r${index}`],
    [["environments"], MAX_ENVIRONMENTS, (index) => `e${index}`],
    [["environments", "production", "access"], MAX_ACCESS, (index) => `r${index}`],
    [["environments", "production", "statement", "keys"], MAX_KEYS, (index) => String(index).padStart(8, "A")],
    [["authority", 1, "environments"], MAX_ENVIRONMENTS, (index) => `e${index}`],
    [["authority", 1, "gone"], MAX_GONE, (index) => `e${index}`],
  ])("agree on how many members %s has at most", (path, most, name) => {
    const { authority } = manifest as { authority: Json[] };
    const whole = put(["authority", 1], { ...(authority[1] as object), gone: { e0: { revision: 1 } }, rotators: {} } as Json);
    const of = (value: Json) => at(value, path) as Record<string, Json>;
    const [member] = Object.values(of(whole)) as [Json];
    for (const count of [most, most + 1]) {
      const mutant = structuredClone(whole);
      const record = of(mutant);
      for (const key of Object.keys(record)) delete record[key];
      for (let index = 0; index < count; index++) record[name(index)] = member;
      const problem = manifestShape(mutant, "the manifest");
      if (count > most) expect(problem).toContain(`more than ${most} members`);
      else expect(problem === null || ACROSS.test(problem), String(problem)).toBe(true);
      expect(bySchema(mutant), String(count)).toBe(count <= most);
    }
  });

  it("agree on every single change of it", () => {
    const refused = mutants.filter(([label, mutant]) => {
      const problem = manifestShape(mutant, "the manifest");
      expect(bySchema(mutant), `${label}: ${problem}`).toBe(problem === null || ACROSS.test(problem));
      return problem !== null;
    });
    expect(refused.length).toBeGreaterThan(4000);
    expect(mutants.length - refused.length).toBeGreaterThan(100);
  });

  it("agree on every kind of custody, and on one member missing, added or of another type", () => {
    for (const custody of [...CUSTODIES, PBKDF2] as Record<string, Json>[]) {
      expect(byShape(custodyOf(custody)), String(custody.kind)).toBe(true);
      expect(bySchema(custodyOf(custody)), String(custody.kind)).toBe(true);
      for (const name of [...Object.keys(custody), "url", "confirmed", "hint"]) {
        const { [name]: present, ...rest } = custody;
        for (const other of [...OTHER_TYPES, "2026-02-30", "scrypt"]) {
          const mutant = custodyOf({ ...custody, [name]: other });
          expect(bySchema(mutant), `${String(custody.kind)} with another ${name}`).toBe(byShape(mutant));
        }
        if (present !== undefined)
          expect(bySchema(custodyOf(rest)), `${String(custody.kind)} without ${name}`).toBe(byShape(custodyOf(rest)));
      }
    }
  });

  it.each([
    ["n", [2 ** 16, 2 ** 17, 2 ** 17 + 1, 2 ** 18, 2 ** 18 + 1, 2 ** 19]],
    ["r", [7, 8, 16, 17]],
    ["p", [0, 1, 2, 3]],
  ])("agree on the bounds of scrypt's %s", (name, values) => {
    for (const value of values) {
      const mutant = put(["recipients", "alice", "custody", name], value);
      expect(bySchema(mutant), String(value)).toBe(byShape(mutant));
    }
  });

  it("agree on the bounds of PBKDF2", () => {
    for (const iterations of [599_999, 600_000, 2_000_000, 2_000_001]) {
      const mutant = custodyOf({ ...PBKDF2, iterations });
      expect(bySchema(mutant), String(iterations)).toBe(byShape(mutant));
    }
  });

  it.each([
    ["environments", 256, (index: number) => `e${index}`],
    ["vaults", 4096, (index: number) => `d${index}/.env.staging.vault`],
  ] as const)("agree on how many %s there are at most", (member, most, nameOf) => {
    const entries = at(manifest, [member]) as Record<string, Json>;
    const entry = Object.entries(entries).find(([name]) => name.includes("staging"))?.[1] as Json;
    for (const [count, isRight] of [
      [most, true],
      [most + 1, false],
    ] as const) {
      const mutant = put([member], Object.fromEntries(Array.from({ length: count }, (_, index) => [nameOf(index), entry])));
      expect([bySchema(mutant), byShape(mutant)]).toEqual([isRight, isRight]);
    }
  });

  /** What JSON Schema has no words for, and who checks it instead. Anything not listed here must agree. */
  const shapeAlone: [string, Json][] = [
    ["a vault's path that is not NFC", rename(["vaults", ".env.staging.vault"], "cafe\u0301/.env.vault")],
    [
      "a vault's path of more than 1024 UTF-16 units, but fewer characters",
      rename(["vaults", ".env.staging.vault"], `${"🔑".repeat(510)}/.env.vault`),
    ],
  ];
  it.each(shapeAlone)("the shape alone refuses %s", (_, mutant) => {
    expect([bySchema(mutant), byShape(mutant)]).toEqual([true, false]);
  });

  const retired = Object.entries(at(manifest, ["environments", "production", "statement", "keys"]) as Record<string, { state: string }>)
    .filter(([, { state }]) => state !== "active")
    .map(([keyId]) => keyId);
  const readerAlone: [string, Json][] = [
    ["an active key that is not there", put(["environments", "production", "statement", "active"], "AAAAAAAA")],
    ["a floor that is not there", put(["environments", "production", "statement", "floor"], "AAAAAAAA")],
    ["no active key", put(["environments", "staging", "statement", "keys"], {})],
    ["two active keys", put(["environments", "production", "statement", "keys", retired[0] as string, "state"], "active")],
    [
      "a link to a key that is not there",
      put(["environments", "staging", "statement", "keys"], at(manifest, ["environments", "production", "statement", "keys"])),
    ],
    ["a key without its tag", remove(["environments", "production", "access", "alice", "tag"])],
    ["a tag without its key", remove(["environments", "production", "access", "alice", "wrapped"])],
    ["a key of a later revision than its statement", put(["environments", "production", "statement", "revision"], 3)],
    ["an admin's recipient with a typing error", put(["authority", 0, "admins", "alice", "recipient"], `age1${"q".repeat(58)}`)],
    ["two heads", remove(["authority", 3])],
    ["no authority", put(["authority"], [])],
    ["a vault of an environment that is not there", put(["vaults", ".env.staging.vault", "environment"], "preview")],
    [
      "two paths that differ by case",
      put(["vaults", "APPS/web/.env.production.vault"], at(manifest, ["vaults", "apps/web/.env.production.vault"])),
    ],
  ];
  it.each(readerAlone)("the reader alone refuses %s", (_, mutant) => {
    expect([bySchema(mutant), byShape(mutant)]).toEqual([true, true]);
    expect(() => parseManifest(JSON.stringify(mutant))).toThrow(expect.objectContaining({ code: "MALFORMED_MANIFEST" }));
  });

  it.each([
    ["a member named twice", committed.replace('"envseal": 1', '"envseal": 1,\n  "envseal": 1')],
    ["a member named twice, once by an escape", committed.replace('"envseal": 1', '"envseal": 1,\n  "\\u0065nvseal": 1')],
    ["half a surrogate pair", committed.replace("old” laptop", "\\ud83d")],
    ["a number that is no integer", committed.replace('"cryptoperiodDays": 365', '"cryptoperiodDays": 365.5')],
    ["text that is no JSON", `${committed},`],
  ])("the reader alone refuses %s in the text", (_, text) => {
    expect(text).not.toBe(committed);
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: "MALFORMED_MANIFEST" }));
  });
});
