import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { COMMANDS } from "../src/cli/commands.ts";
import { DESCRIPTIONS } from "../src/cli/descriptions.ts";
import { EXIT_MEANINGS, VARIABLES } from "../src/cli/environment.ts";
import {
  blocksOf,
  commandLinesIn,
  commandsInProse,
  complaint,
  complaintAboutName,
  DOCUMENTS,
  isShell,
  unknownOptionsIn,
} from "./support/documents.ts";
import { isNightly } from "./support/sample.ts";
import { ROOT } from "./support/sandbox.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `src/${name}`);

it("TROUBLESHOOTING has exactly one entry for each typed error, under its exit code", () => {
  const [, table = ""] = /const EXIT_CODES = \{([\s\S]*?)\} as const/.exec(read("src/errors.ts")) ?? [];
  const codes = [...table.matchAll(/^ {2}([A-Z_]+): (\d+),$/gm)].map(([, code, exit]) => `${exit} ${code}`);
  const entries: string[] = [];
  let exit = "";
  for (const line of read("docs/guide/troubleshooting.md").split("\n")) {
    exit = /^## Exit code (\d+)/.exec(line)?.[1] ?? exit;
    if (line.startsWith("### ")) entries.push(`${exit} ${line.slice(4)}`);
  }
  expect(codes.length).toBeGreaterThan(40);
  expect(entries.sort()).toEqual(codes.sort());
});

describe("the table of commands", () => {
  it("is what docs/reference/cli.md says: npm run docs", () => {
    execFileSync(process.execPath, ["scripts/docs.mjs", "--check"], { cwd: ROOT });
  });

  it.each(COMMANDS.map((spec) => [spec.name, spec] as const))(
    "%s: a paragraph, and one to four examples that parse",
    async (name, spec) => {
      expect(DESCRIPTIONS[name]).toMatch(/^\S[\s\S]{60,}\.$/);
      expect(spec.examples.length).toBeGreaterThanOrEqual(1);
      expect(spec.examples.length).toBeLessThanOrEqual(4);
      for (const line of spec.examples.flatMap(commandLinesIn)) expect([line, await complaint(line)]).toEqual([line, null]);
    },
  );

  it("describes nothing else", () => {
    expect(Object.keys(DESCRIPTIONS).sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
  });
});

describe("links of documents", () => {
  const documents = execFileSync("git", ["ls-files", "-z", "--", "*.md"], { cwd: ROOT, encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "" && !path.startsWith("test/fixtures/"));
  /** As the forge makes them: of equal headings the second gets -1. */
  const anchorsOf = (text: string) => {
    const seen = new Map<string, number>();
    const named = [...text.matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id);
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => {
      const words = title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "");
      const anchor = words.replace(/\s/g, "-");
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    });
    return [...named, ...headings];
  };

  it.each(documents)("lead to what is there: %s", (path) => {
    const text = read(path).replace(/```[\s\S]*?```|`[^`\n]*`/g, "");
    const links = [...text.matchAll(/\]\(([^)\s]*)\)/g)].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/.test(link));
    const broken = links.filter((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("reach every document from docs/README.md", () => {
    const index = read("docs/README.md");
    const missing = documents.filter(
      (path) =>
        /^docs\/(?!README|reference\/api\/|explanation\/decisions\/)/.test(path) && !index.includes(`(${path.slice("docs/".length)})`),
    );
    expect(missing).toEqual([]);
  });
});

it("CONTRIBUTING names files and folders that are there", () => {
  const rows = read("CONTRIBUTING.md")
    .split("\n")
    .filter((line) => line.startsWith("| "));
  const named = rows.flatMap((row) => row.match(/`[^`]+`/g) ?? []).map((name) => name.slice(1, -1).replace(/^src\//, ""));
  const paths = named.filter((name) => /^[a-z/-]+(?:\/|\.ts)?$/.test(name) && !name.startsWith("node:"));
  expect(paths.length).toBeGreaterThan(25);
  expect(paths.filter((path) => !existsSync(join(ROOT, "src", path)) && path !== "commands/")).toEqual([]);
});

it("every exit code has its meaning, and no other", () => {
  const used = new Set([0, ...[...read("src/errors.ts").matchAll(/^ {2}[A-Z_]+: (\d+),$/gm)].map(([, code]) => Number(code))]);
  expect(Object.keys(EXIT_MEANINGS).map(Number)).toEqual([...used].sort((a, b) => a - b));
});

it("every variable that sources, hooks and templates read is listed, and no other", () => {
  const files = [...sources.filter((path) => !path.startsWith("src/cli/")), "hooks/run", "action.yml"];
  const found = new Set(files.flatMap((path) => read(path).match(/\bENVSEAL_[A-Z_]*[A-Z]\b/g) ?? []));
  // The build's own constant, which is no variable.
  found.delete("ENVSEAL_VERSION");
  const listed = VARIABLES.flatMap(({ name }) => name.split(", ")).filter((name) => /^ENVSEAL_\w+$/.test(name));
  expect([...found].sort()).toEqual(listed.sort());
});

describe("the API reference: npm run docs", () => {
  const entries = { index: "index.ts", edge: "edge.ts", next: "next.ts", vite: "vite.ts" };

  it.each(Object.entries(entries))("docs/reference/api/%s.md has every export of the entry", (entry, source) => {
    const text = read(`src/${source}`);
    const declared = [...text.matchAll(/^export (?:async )?(?:function|interface|class|const|type) (\w+)/gm)].map(([, name]) => name);
    const passedOn = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(
      ([, names = ""]) => names.match(/\w+(?=\s*[,}]|\s*$)/g) ?? [],
    );
    const headings = [...read(`docs/reference/api/${entry}.md`).matchAll(/^### (\w+)/gm)].map(([, name]) => name);
    expect(headings.sort()).toEqual([...declared, ...passedOn].sort());
  });

  it.runIf(isNightly)("is what the sources say, every part of it documented", () => {
    const folder = mkdtempSync(join(tmpdir(), "envseal-api-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    execFileSync("npx", ["typedoc", "--out", folder], { cwd: ROOT });
    for (const name of readdirSync(join(ROOT, "docs/reference/api")))
      expect(readFileSync(join(folder, name), "utf8")).toBe(read(`docs/reference/api/${name}`));
  });
});

describe("every command that a document names exists as it stands there", () => {
  it.each(DOCUMENTS)("%s", async (document) => {
    const wrong: string[] = [];
    for (const block of blocksOf(document).filter(isShell))
      for (const line of commandLinesIn(block.text)) {
        const problem = await complaint(line);
        if (problem !== null) wrong.push(`${document}:${block.line} envseal ${line}: ${problem}`);
      }
    for (const line of commandsInProse(read(document))) {
      const problem = await complaintAboutName(line);
      if (problem !== null) wrong.push(`${document} envseal ${line}: ${problem}`);
    }
    expect(wrong).toEqual([]);
  });

  it("also what messages, hints, templates and the action tell people to run", () => {
    const templates = readdirSync(join(ROOT, "templates"), { recursive: true, encoding: "utf8" })
      .map((name) => `templates/${name}`)
      .filter((path) => statSync(join(ROOT, path)).isFile());
    const texts = [...sources, ...templates, "action.yml"].map((path) => read(path).replaceAll("envseal@VERSION", "envseal"));
    expect(texts.flatMap(unknownOptionsIn)).toEqual([]);
  });

  it("would catch what is misspelt", async () => {
    const block = 'VALUE=1\nprintf %s "$VALUE" | npx envseal set API_KEY --enviroment x && envseal exprot\n';
    const lines = commandLinesIn(block);
    expect(lines).toEqual(["set API_KEY --enviroment x", "exprot"]);
    for (const line of lines) expect(await complaint(line)).not.toBeNull();
    expect(await complaintAboutName("rotate --fense")).not.toBeNull();
    expect(unknownOptionsIn('hint: "envseal rotate --fense"')).toHaveLength(1);
  });
});

it.each(DOCUMENTS)("%s: every link within the repository leads somewhere", (document) => {
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-");
  const anchors = (path: string) => [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => slug(heading));
  const text = read(document).replace(/```[\s\S]*?```/g, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target).filter((target) => !/^[a-z]+:/.test(target));
  const broken = targets.filter((target) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? document : join(dirname(document), path);
    return !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchors(file).includes(anchor));
  });
  expect(broken).toEqual([]);
});

it.each(DOCUMENTS.filter((path) => path.startsWith("examples/")))("%s: every npm script and file it names is there", (document) => {
  const folder = dirname(document);
  const { scripts } = JSON.parse(read(`${folder}/package.json`));
  const shell = blocksOf(document)
    .filter(isShell)
    .map(({ text }) => text)
    .join("");
  const named = [...shell.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)].map(([, run, short]) => run ?? (short as string));
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  expect(named.length).toBeGreaterThan(0);
  expect(existsSync(join(ROOT, folder, ".env.example"))).toBe(true);
});
