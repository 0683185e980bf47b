import { spawnSync } from "node:child_process";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { afterAll, describe, expect, it } from "vitest";
import { type Scene, Template } from "../support/document-sandbox.ts";
import { type Play, type Plays, perform, playOf, textsOf } from "../support/document-steps.ts";
import { type Block, blocksOf, DOCUMENTS, isShell } from "../support/documents.ts";
import { isNightly } from "../support/sample.ts";
import { Sandbox } from "../support/sandbox.ts";
import { terminalIsHere, terminalNotice } from "../support/terminal.ts";
import { CI, README, RECOVERY } from "./documents/followed.ts";
import { TROUBLESHOOTING } from "./documents/troubleshooting.ts";

const templates: Template[] = [];
const boxes: Sandbox[] = [];
afterAll(() => {
  for (const made of [...templates, ...boxes]) made.remove();
});

function templateOf(sealed: boolean): () => Template {
  let made: Template | undefined;
  return () => {
    made ??= new Template(sealed);
    templates.push(made);
    return made;
  };
}
const sealed = templateOf(true);
const fresh = templateOf(false);

/** All of them take minutes: one in eight by default, every one with NIGHTLY=1. */
const isChosen = (index: number) => isNightly || index % 8 === 0;

function hasPlays(plays: Plays, blocks: readonly Block[]): void {
  expect(
    blocks.filter((block) => playOf(plays, block, blocks) === undefined).map(({ heading, line }) => `${heading} (line ${line})`),
  ).toEqual([]);
  const headings = new Set(blocks.map(({ heading }) => heading));
  expect(Object.keys(plays).filter((heading) => !headings.has(heading))).toEqual([]);
}

describe.runIf(terminalIsHere)(`TROUBLESHOOTING: each block, in the trouble it is for${terminalNotice}`, () => {
  const blocks = blocksOf("docs/guide/troubleshooting.md").filter(isShell);
  const played = blocks.filter((block) => playOf(TROUBLESHOOTING, block, blocks)?.skip === undefined);

  it("has a play for every block, and no other", () => hasPlays(TROUBLESHOOTING, blocks));

  it.each(played.filter((_, index) => isChosen(index)).map((block) => [`${block.heading} (line ${block.line})`, block] as const))(
    "%s",
    { timeout: 200_000 },
    async (_, block) => {
      const play = playOf(TROUBLESHOOTING, block, blocks) as Play;
      for (const shell of textsOf(block, play)) expect(await perform(sealed().scene(), shell, block.heading, play)).toEqual([]);
    },
  );
});

/** A page is followed from top to bottom: what a block leaves behind, the next one finds. */
const PAGES: [document: string, plays: Plays, start: () => Scene, missing: string][] = [
  ["README.md", README, () => fresh().scene(kept()), ""],
  ["docs/guide/ci.md", CI, () => sealed().scene(kept()), ""],
  ["docs/guide/recovery.md", RECOVERY, () => recoveryScene(), isNightly ? recoveryNeeds() : " (skipped: needs NIGHTLY=1)"],
];

/** Documents with commands that are tried in another way. */
const ELSEWHERE: Record<string, string> = {
  "docs/guide/migrate.md": "test/e2e/migrating.test.ts runs each section on files of the real tools",
  "docs/reference/cli.md": "its commands are one by one, for any project: the program's own parser reads them (test/docs.test.ts)",
  "docs/reference/format.md": "is about bytes",
  ...Object.fromEntries(
    DOCUMENTS.filter((path) => path.startsWith("examples/")).map((path) => [
      path,
      "test/examples does the same steps in a copy with real installations",
    ]),
  ),
};

it("every document with commands is followed here, or elsewhere", () => {
  const here = ["docs/guide/troubleshooting.md", ...PAGES.map(([document]) => document), ...Object.keys(ELSEWHERE)];
  expect(DOCUMENTS.filter((document) => blocksOf(document).some(isShell) && !here.includes(document))).toEqual([]);
});

function kept(): Sandbox {
  const box = new Sandbox();
  boxes.push(box);
  return box;
}

function recoveryScene(): Scene {
  const scene = sealed().scene(kept());
  const script = blocksOf("docs/guide/recovery.md").find(({ language }) => language === "python") as Block;
  scene.project.write("../recover.py", script.text);
  scene.project.write("../english.txt", `${wordlist.join("\n")}\n`);
  return scene;
}

function recoveryNeeds(): string {
  const age = spawnSync("age", ["--version"]).status === 0;
  const python = spawnSync("python3", ["-c", "import cryptography"]).status === 0;
  return age && python ? "" : " (skipped: needs age and python3-cryptography)";
}

for (const [document, plays, start, missing] of PAGES)
  describe.runIf(terminalIsHere && missing === "")(`${document}: followed from top to bottom${terminalNotice}${missing}`, () => {
    const blocks = blocksOf(document).filter(isShell);
    let scene: Scene | undefined;

    it("has a play for every block, and no other", () => hasPlays(plays, blocks));

    it.each(blocks.map((block) => [`${block.heading} (line ${block.line})`, block] as const))(
      "%s",
      { timeout: 200_000 },
      async (_, block) => {
        const play = playOf(plays, block, blocks) as Play;
        scene ??= start();
        if (play.skip !== undefined) return;
        for (const shell of textsOf(block, play)) expect(await perform(scene, shell, block.heading, play)).toEqual([]);
      },
    );
  });
