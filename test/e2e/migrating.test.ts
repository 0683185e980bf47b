import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { dotenvKey, dotenvVault, dotenvx, sopsCase, sopsIdentity } from "../support/peers.ts";
import { sampled } from "../support/sample.ts";
import { CLI, ROOT, sandbox } from "../support/sandbox.ts";

const document = readFileSync(join(ROOT, "docs/guide/migrate.md"), "utf8");

/** Each section with commands: its heading and the commands. */
const sections = document
  .split("\n## ")
  .map(
    (text) => [text.split("\n")[0] as string, [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]).join("")] as const,
  )
  .filter(([, commands]) => commands !== "");

interface Start {
  files: Record<string, string>;
  env?: Record<string, string>;
  values: Record<string, string>;
}

const real = dotenvx("2.38.2");
const STARTS: Record<string, Start> = {
  "From plain .env files": { files: { ".env": "A=1\n" }, values: { A: "1" } },
  "From dotenvx": { files: { ".env.production": real.file, ".gitignore": ".env.keys\n", ".env.keys": real.keys }, values: real.values },
  "From dotenv-vault": {
    files: { ".env.vault": dotenvVault().file },
    env: { DOTENV_KEY: dotenvKey("production") },
    values: dotenvVault().values.production as Record<string, string>,
  },
  "From SOPS": { files: { ".env.production.enc": sopsCase().file }, env: { SOPS_AGE_KEY: sopsIdentity() }, values: sopsCase().values },
  "From git-crypt": {
    files: { ".env.production": "A='1' # x\n", ".gitattributes": ".env.production filter=git-crypt diff=git-crypt\n" },
    values: { A: "1" },
  },
};

it("has a start for each section with commands", () => {
  expect(sections.map(([title]) => title)).toEqual(Object.keys(STARTS));
});

it.each(sampled(sections, 2))("MIGRATING, %s: every command works, and the app gets the values", (title, commands) => {
  const { files, env = {}, values } = STARTS[title] as Start;
  const project = sandbox().project({ ...files, "app.js": "console.log(JSON.stringify(process.env))" });
  project.git("config", "filter.git-crypt.clean", "cat");
  project.git("add", "-A");
  project.git("commit", "-qm", "before", "--no-verify");
  project.write("../bin/envseal", `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  chmodSync(project.path("../bin/envseal"), 0o755);
  const done = spawnSync("sh", ["-ec", commands], {
    cwd: project.folder,
    env: { ...project.sandbox.env, ...env, PATH: `${project.path("../bin")}:${project.sandbox.env.PATH}` },
    encoding: "utf8",
  });
  expect(done.status, done.stderr).toBe(0);
  expect(JSON.parse(done.stdout.split("\n").find((line) => line.startsWith("{")) as string)).toMatchObject(values);
  expect(project.git("ls-files", "-o", "--exclude-standard")).toContain("envseal.json");
  // What git would now record holds nothing of the old tool, and nothing in clear.
  project.git("add", "-A");
  project.ok(["check", "--all"]);
});
