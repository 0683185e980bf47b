import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLI, type Project, ROOT, sealedProject } from "../../support/sandbox.ts";

export const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
export const HOSTILE: Record<string, string> = {
  API_KEY: KEY,
  PEM: "-----BEGIN KEY-----\r\nMIIEvQIBADANBg\n  indented line 7\n-----END KEY-----\n",
  QUOTES: `it's "quoted" \`here\` $(id) \${HOME} \\n`,
  UNICODE: "päss🔑wörd\u2028next",
  PERCENT: "100%25 %0A %0D %",
  SPACES: "  around  ",
  EMPTY: "",
  DELIMITER: "EOF\nenvseal_000000000000000000000000\nINJECTED=1\nINJECTED<<EOF\nx\nEOF",
  COMMAND: "::set-env name=INJECTED::1\n::stop-commands::x\n##[add-path]/evil\r::error::injected",
  ESCAPED: "x%0A::warning::injected",
};

/** Committed and pushed nowhere; `key` opens it. */
export function project(values = HOSTILE): { repo: Project; key: string } {
  const repo = sealedProject({ ".env": "API_KEY=1\n", "README.md": "# app\n" });
  for (const [name, value] of Object.entries(values)) repo.ok(["set", name, "-q"], { input: value === "" ? "\n" : `${value}\n` });
  const key = repo.ok(["deploy-key", "create", "ci", "-e", "default"]).stdout.trim();
  repo.commitAll("first");
  return { repo, key };
}

export const head = (repo: Project, revision = "HEAD") => repo.git("rev-parse", revision).trim();
export const pull = (base: string) => ({ pull_request: { base: { sha: base } }, repository: { default_branch: "main" } });
export const push = (before: string, branch = "main") => ({ ref: `refs/heads/${branch}`, before, repository: { default_branch: "main" } });
export const ZEROS = "0".repeat(40);

export const template = (name: string) => readFileSync(join(ROOT, "templates/ci", name), "utf8");

/** As init writes it, with this build for the program, and nothing to install. */
export const written = (name: string) =>
  template(name)
    .replace("[BRANCH]", '["main"]')
    .replace(/^( +)KEYS$/m, "$1ENVSEAL_KEY: ${{ secrets.ENVSEAL_KEY }}")
    .replaceAll("KEYS", "ENVSEAL_KEY")
    .replace("INSTALL", "true")
    .replace("PROGRAM", `node ${CLI}`);
