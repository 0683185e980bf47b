import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PLAINTEXT_FORMS, saysPlaintext } from "../../src/core/plaintext-forms.ts";
import { mayNamePlaintext, nameAsRead } from "../../src/guard/plaintext-names.ts";
import { inspectName } from "../../src/guard/rules.ts";
import { plaintextWith } from "../../src/project/plaintext.ts";
import { ROOT, sandbox } from "../support/sandbox.ts";

const isPlaintext = (path: string) => inspectName(path).length > 0;

describe("a name that some system or reader takes for an env file's", () => {
  it.each([
    ".env ",
    ".env.production ",
    ".env.",
    ".env. .",
    ".env\t",
    ".env\u00a0",
    " .env",
    ".env::$DATA",
    ".env.local::$DATA",
    ".env:stream",
    "ENV~1",
    "env~12",
    "ENV~1.PRO",
    "ENV~1.LOC",
    ".env-prod",
    ".env_staging",
    ".ENV-Prod",
    ".env-prod.local",
    ".env copy",
    ".env (1)",
    ".env@prod",
    ".env,v",
    ".e\u200bnv",
    "\ufeff.env",
    ".env\u2060.production",
    ".en\u00adv",
    ".e\u202env",
    ".env\ufe0f",
    "prod.e\u200dnv",
    ".dev.vars ",
    ".envrc:x",
    ".env-prod~",
    "a/b/.env \u200b",
    ".dev.vars.production",
    ".dev.vars-old",
    ".envrc.local",
    ".envrc.bak",
    ".envrc copy",
    ".envrc.example.local",
    ".flaskenv.local",
    ".flaskenv_old",
    "prod.env.bak",
    "prod.env.local",
    "prod.env-old",
    "prod.env.1",
    "prod.env.bak.2",
    "prod.env copy",
    "prod.env (1)",
    "PROD.ENV.BAK",
    ".env2",
    ".env2.bak",
    ".envs",
    ".envs.old",
    ".env.exampl\u200be.local",
  ])("is plaintext: %j", (path) => {
    expect(isPlaintext(path)).toBe(true);
    expect(isPlaintext(`apps/web/${path}`)).toBe(true);
    expect(mayNamePlaintext(Buffer.from(`100644 ${path.slice(path.lastIndexOf("/") + 1)}\0`))).toBe(true);
  });

  it.each([
    ".env.vault ",
    ".env.vault::$DATA",
    "ENV~1.VAU",
    "ENV~1.EXA",
    ".env.example ",
    ".env.dev.example",
    ".env.dev-azure.example",
    ".env.example.docker",
    ".env.prod.sample.txt",
    ".env-example",
    ".env_sample",
    ".env-dist",
    ".env.defaults",
    "example.env",
    "prod.example.env",
    "template.env",
    "env.sample",
    ".env-validator.ts",
    ".env_test.go",
    ".envoy.yaml",
    ".environment",
    ".environments",
    ".envsubst",
    ".envs.yaml",
    ".env2json",
    "environment.ts",
    "environment.prod.ts",
    "env.d.ts",
    "vite.env.d.ts",
    "jest.env.js",
    "app.env.json",
    "x.env.md",
    ".envrc.example",
    ".envrc-sample",
    ".dev.vars.example",
    ".flaskenv.template",
    ".flaskenv-tool.py",
    ".dev.varsity",
    "prod.env.example",
    "sample.env.bak",
    ".envrc.gpg",
    "prod.env.sops",
    "myenv~1",
    "env~",
    "env~x",
    ":.envx",
    "notes:env",
    "\u200benv",
    ".env.enc",
    ".env.production.enc",
    ".env.age",
    ".env.encrypted",
  ])("is none: %j", (path) => expect(isPlaintext(path)).toBe(false));

  it("takes no longer for a long name", () => {
    const long = `${".env ".repeat(5_000)}${"\u200b".repeat(20_000)}${" ".repeat(20_000)}x`;
    expect(isPlaintext(long)).toBe(true);
    expect(isPlaintext(` ${"x ".repeat(20_000)}`)).toBe(false);
  });
});

/** Each stem with each ending, as `git diff` names them: with quotes and escapes where there is more than plain letters. */
const STEMS = [
  ".env",
  ".env.production",
  ".env.local",
  ".env-prod",
  ".env_x",
  "prod.env",
  ".envrc",
  ".dev.vars",
  ".flaskenv",
  ".env.keys",
  ".env.me",
  ".envs",
  ".env2",
  ".dev.vars.x",
  "prod.env-old",
]
  .concat([
    ".env.vault",
    ".env.a_b.vault",
    ".env.example",
    ".env.dev.example",
    ".env-sample",
    "example.env",
    ".env.enc",
    ".env.b.age",
    "ENV~1",
    "ENV~1.EXA",
  ])
  .concat([
    ".Env.Staging_EU",
    "envs",
    "env",
    ".envx",
    ".environment",
    "x.env.md",
    "readme",
    ".env.example.docker",
    ".env-a.ts",
    ".env-a.local",
    "\u00e9.env",
  ]);
const ENDINGS = [
  "",
  " ",
  ".",
  "\t",
  "\u00a0",
  "~",
  ".swp",
  "::$DATA",
  "\u200b",
  "\ufeff ",
  " copy",
  ".local",
  ".vault",
  ".example",
  ".bak",
  "-old.1",
  ".gpg",
  ".md",
  "\u00e9",
  "\n",
  '"',
  "\\",
];
const STARTS = ["", " ", "\u2060", "#", ".", "a:"];

it("the loader and guards tell plaintext by one list, but for what a template of it says", () => {
  const names = STEMS.flatMap((stem) => ENDINGS.map((end) => stem + end)).filter(
    (name) => name === nameAsRead(name) && !/~$|swp$/.test(name),
  );
  const { root } = sandbox();
  const known = names.filter((name) => saysPlaintext(name));
  expect(known.length).toBeGreaterThan(50);
  for (const name of known) {
    rmSync(root, { recursive: true });
    mkdirSync(root);
    writeFileSync(join(root, name), "TOKEN_OF_THIS=x\n");
    expect([name, plaintextWith("TOKEN_OF_THIS", [root])]).toEqual([name, join(root, name)]);
    expect([name, isPlaintext(name)]).toEqual([name, true]);
  }
});

describe("hooks/run, where there is no node", () => {
  it("has the forms of src/core/names.ts", () => {
    const text = readFileSync(join(ROOT, "hooks/run"), "utf8");
    for (const form of Object.values(PLAINTEXT_FORMS)) expect(text).toContain(`-e '/${form}/b found'`);
  });

  const body = readFileSync(join(ROOT, "hooks/run"), "utf8");
  const script = `${/^plaintext_names\(\) \{\n[\s\S]*?^\}$/m.exec(body)?.[0]}\nLC_ALL=C plaintext_names`;
  const shells = [["sh"], ["bash", "--posix"], ["busybox", "sh"]].filter(
    ([program]) => spawnSync(program as string, ["-c", ""]).error === undefined,
  );

  it.each(shells)("says the same of every name: %s", (...shell) => {
    const paths = STEMS.flatMap((stem) => STARTS.flatMap((start) => ENDINGS.map((end) => `${start}${stem}${end}`)))
      .concat(STEMS.map((stem) => `#${stem}#`))
      .map((name, index) => `${index}/${name}`);
    const project = sandbox().project();
    project.write("content", "A=1\n");
    const oid = project.git("hash-object", "-w", "content").trim();
    const added = project.execute(["git", "-c", "core.protectNTFS=false", "update-index", "-z", "--index-info"], {
      input: paths.map((path) => `100644 ${oid}\t${path}\0`).join(""),
    });
    expect(added).toMatchObject({ code: 0, stderr: "" });
    const staged = project.git("-c", "core.quotePath=true", "diff", "--cached", "--name-only");
    const [program = "", ...args] = shell;
    // busybox uses its own sed where it is told so.
    const text = program === "busybox" ? script.replaceAll(/\bsed -E/g, "busybox sed -E") : script;
    const told = spawnSync(program, [...args, "-c", text], { input: staged, encoding: "utf8" });
    expect(told.stderr).toBe("");
    const numbers = (rows: readonly string[]) => rows.map((row) => Number(/(\d+)\//.exec(row)?.[1])).sort((a, b) => a - b);
    const byShell = numbers(told.stdout.split("\n").filter(Boolean));
    const byNode = numbers(paths.filter(isPlaintext));
    const differ = paths.filter((_, index) => byShell.includes(index) !== byNode.includes(index));
    expect(differ).toEqual([]);
    expect(byNode.length).toBeGreaterThan(500);
    expect(paths.length - byNode.length).toBeGreaterThan(500);
  });
});
