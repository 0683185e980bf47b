import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

/** Rooms and folders from the top down: imports go downwards only. DESIGN.md, Layers. */
const LEVELS: readonly (readonly string[])[] = [
  ["bin"],
  ["cli"],
  ["setup"],
  ["values", "hooks", "backup", "environments"],
  ["merge", "access", "check"],
  ["rotation"],
  ["history", "migrate"],
  ["vite", "next", "preload"],
  ["index", "edge"],
  ["workspace"],
  ["loader"],
  ["custody", "ui"],
  ["guard"],
  ["project"],
  ["system", "age", "git"],
  ["core"],
  ["crypto"],
  ["context"],
  ["errors"],
  ["printable"],
];

/** The folders of core/ from the top down; files in core/ itself are below them all. */
const CORE_LEVELS = ["merging", "manifest", "keys", "authority", "vault"];

interface Import {
  from: string;
  to: string;
}

const SRC = resolve(import.meta.dirname, "../src");

function sources(folder = SRC): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(join(folder, entry.name)) : entry.name.endsWith(".ts") ? [join(folder, entry.name)] : [],
  );
}

function importsOf(path: string, text: string): Import[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] as string);
  const from = relative(SRC, path);
  return specifiers.map((specifier) => ({
    from,
    to: specifier.startsWith(".") ? relative(SRC, resolve(dirname(path), specifier)) : specifier,
  }));
}

/** The room of a file under features/, or its folder at the top, or a file there by its own name. */
function areaOf(path: string): string {
  const [top = "", second = ""] = path.replace(/\.ts$/, "").split("/");
  return top === "features" ? second : top;
}
const levelOf = (area: string) => LEVELS.findIndex((areas) => areas.includes(area));
const coreLevelOf = (path: string) => {
  const [, folder = "", file] = path.split("/");
  return file === undefined ? CORE_LEVELS.length : CORE_LEVELS.indexOf(folder);
};
const isCommand = (path: string) => /^features\/[^/]+\/commands\//.test(path);

/** What breaks the rules, one line each. */
function violations(imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, to }) => {
    const found: string[] = [];
    const area = areaOf(from);
    if (to === "#crypto") {
      if (levelOf(area) > levelOf("crypto")) found.push(`${from} imports #crypto`);
      return found;
    }
    if (!to.endsWith(".ts")) {
      if (area === "core") found.push(`core is pure: ${from} imports ${to}`);
      if (area === "loader" && !to.startsWith("node:") && to !== "dotenv")
        found.push(`the loader has no other dependency: ${from} imports ${to}`);
      return found;
    }
    const other = areaOf(to);
    if (area === "loader" && other === "ui") found.push(`the loader knows no terminal: ${from} imports ${to}`);
    const isBelow = levelOf(other) > levelOf(area) || (area === "core" && other === "core" && coreLevelOf(to) > coreLevelOf(from));
    const isBeside = area === other && (area !== "core" || coreLevelOf(to) === coreLevelOf(from));
    if (!isBelow && !isBeside) found.push(`${from} imports ${to}, which is not below it`);
    else if (isCommand(to) && area !== "cli" && area !== "bin") found.push(`only the table of commands imports one: ${from} imports ${to}`);
    return found;
  });
}

/** Calls that put each item of a list on the stack, of which some 120,000 end the program: append and largest do not. */
function spreads(text: string): boolean {
  return [...text.matchAll(/(?:\.(?:push|unshift|splice)|Math\.(?:max|min)|fromCharCode)\(/g)].some(({ 0: call, index }) => {
    for (let at = index + call.length, depth = 0; depth >= 0 && at < text.length; at++) {
      const letter = text[at] as string;
      if (depth === 0 && text.startsWith("...", at)) return true;
      if ("([{".includes(letter)) depth++;
      else if (")]}".includes(letter)) depth--;
    }
    return false;
  });
}

function reachedFrom(file: string, graph: ReadonlyMap<string, readonly string[]>, found = new Set<string>()): Set<string> {
  for (const next of graph.get(file) ?? []) if (!found.has(next)) reachedFrom(next, graph, found.add(next));
  return found;
}

/** Each cycle that a walk along the imports comes back to, as `a > b > a`. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, way: readonly string[]) => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(" > "));
    if (way.includes(file) || done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return found;
}

/** Globals that would make core impure or unportable. */
const IMPURE = /\b(process|Buffer|console|setTimeout|performance|globalThis|crypto)\s*[.(]|\bDate\b|Math\.random/;

/** Ways to decrypt without a tag: who may flip bits of a stream cipher reads in what comes of it what was encrypted. */
const UNCHECKED = /aes-\d+-(?:ctr|cbc|cfb|ofb|ecb)|\bpeek|Peek|\b(?:ctr|cbc|cfb|ecb|salsa20|chacha20|xchacha20|chacha8|chacha12)\s*[,(}]/;

describe("the architecture", () => {
  const all = sources().map((path): [string, string] => [path, readFileSync(path, "utf8")]);

  it("knows every area", () => {
    expect(all.map(([path]) => areaOf(relative(SRC, path))).filter((area) => levelOf(area) === -1)).toEqual([]);
  });

  it("points down only", () => {
    expect(all.flatMap(([path, text]) => violations(importsOf(path, text)))).toEqual([]);
  });

  it.each([
    ["upwards", "core/vault/token.ts", 'import { x } from "../../project/find.ts"'],
    ["a node module in core", "core/vault/token.ts", 'import { readFileSync } from "node:fs"'],
    ["a package in core", "core/vault/token.ts", 'import { parse } from "dotenv"'],
    ["a command in a command", "features/values/commands/get.ts", 'import { run } from "./set.ts"'],
    ["a command in its room", "features/values/example.ts", 'import { run } from "./commands/set.ts"'],
    ["a room on the same level", "features/merge/bases.ts", 'import { checkTree } from "../check/tree.ts"'],
    ["a folder of core above", "core/vault/token.ts", 'import { keyIdOf } from "../keys/commitment.ts"'],
    ["a folder from a file of core itself", "core/bytes.ts", 'import { Keyring } from "./keys/keyring.ts"'],
    ["the terminal in the loader", "loader/load.ts", 'import { say } from "../ui/output.ts"'],
    ["a dependency in the loader", "loader/load.ts", 'import { cac } from "cac"'],
    ["lazily upwards", "git/repo.ts", 'await import("../features/values/commands/get.ts")'],
  ])("would catch a planted violation: %s", (_, path, text) => {
    expect(violations(importsOf(join(SRC, path), text))).toHaveLength(1);
  });

  it("keeps core pure", () => {
    const core = all.filter(([path]) => areaOf(relative(SRC, path)) === "core");
    expect(core.length).toBeGreaterThan(15);
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|`[^`]*`|"[^"\n]*"/gm, "");
    expect(core.filter(([, text]) => IMPURE.test(code(text))).map(([path]) => relative(SRC, path))).toEqual([]);
    expect(IMPURE.test("const now = new Date()")).toBe(true);
    expect(IMPURE.test("process.env.X")).toBe(true);
  });

  it("decrypts nothing whose tag it does not check", () => {
    expect(all.filter(([, text]) => UNCHECKED.test(text)).map(([path]) => relative(SRC, path))).toEqual([]);
    // A stream that is read before its end says that it fails after its text was used: each result waits for final().
    const early = all.filter(
      ([, text]) => (text.match(/createDecipheriv\(/g) ?? []).length !== (text.match(/decipher\.final\(\)/g) ?? []).length,
    );
    expect(early.map(([path]) => relative(SRC, path))).toEqual([]);
    for (const planted of [
      'createDecipheriv("aes-256-ctr", key, iv)',
      'import { ctr, gcm } from "@noble/ciphers/aes.js"',
      "suite.aeadPeek(key, nonce, text)",
      'import { xorStream as chacha20 } from "@noble/ciphers/chacha.js"; chacha20(key, nonce, text)',
    ])
      expect(planted).toMatch(UNCHECKED);
  });

  it("spreads no list of any length into arguments", () => {
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    expect(all.filter(([, text]) => spreads(code(text))).map(([path]) => relative(SRC, path))).toEqual([]);
    for (const call of ["a.push(...b)", "a.push(x, ...b)", "a.unshift(\n  ...f(b),\n)", "Math.max(0, ...b)", "Math.max(...b)"])
      expect(spreads(call), call).toBe(true);
    for (const call of ["append(a, [x, ...b])", "a.push([x, ...b])", "a.push({ ...b })", "a.push({ c: 1, ...b })"])
      expect(spreads(call), call).toBe(false);
  });

  it("has no cycle of files, type imports included", () => {
    const graph = new Map(all.map(([path, text]) => [relative(SRC, path), importsOf(path, text).map(({ to }) => to)]));
    expect(cyclesIn(graph)).toEqual([]);
    expect(
      cyclesIn(
        new Map([
          ["a", ["b"]],
          ["b", ["c"]],
          ["c", ["b"]],
        ]),
      ),
    ).toEqual(["b > c > b"]);
  });

  it("keeps in workspace/ what two commands or more reach", () => {
    const graph = new Map(all.map(([path, text]) => [relative(SRC, path), importsOf(path, text).map(({ to }) => to)]));
    const reached = new Map<string, number>();
    for (const command of [...graph.keys()].filter(isCommand))
      for (const file of reachedFrom(command, graph)) reached.set(file, (reached.get(file) ?? 0) + 1);
    const files = [...graph.keys()].filter((path) => areaOf(path) === "workspace");
    expect(files.length).toBeGreaterThan(15);
    expect(files.filter((path) => (reached.get(path) ?? 0) < 2)).toEqual([]);
  });

  it("keeps files small", () => {
    expect(all.filter(([, text]) => text.split("\n").length > 300).map(([path]) => relative(SRC, path))).toEqual([]);
  });
});

it("folders are made by makeFolder: Node's own recursive may never end", () => {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const found = files.filter((path) => /mkdirSync\([^;]*recursive/.test(readFileSync(join(SRC, path), "utf8")));
  expect(found).toEqual([]);
});
