import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Project, ROOT, Sandbox } from "../support/sandbox.ts";

/** What other people's scanners say of what we commit: nothing; and of a key string: that it is one. */

const found = (program: string, args: readonly string[]) => spawnSync(program, args, { timeout: 60_000 }).status === 0;
const hasGitleaks = found("gitleaks", ["version"]);
const detectSecrets = ["detect-secrets", "/opt/python-tools/bin/detect-secrets"].find((program) => found(program, ["--version"]));
const secretlint = [
  "--yes",
  "--prefer-offline",
  "--package",
  "secretlint@13",
  "--package",
  "@secretlint/secretlint-rule-preset-recommend@13",
  "secretlint",
];
const hasSecretlint = found("npx", [...secretlint, "--version"]);
const notice = (has: boolean, what: string) => (has ? "" : ` (skipped: needs ${what})`);

/** A project with many values, several keys, recipients, a passphrase, public values and comments. */
function start(): Project {
  const names = ["DATABASE_URL", "API_KEY", "JWT_SECRET", "AWS_SECRET_ACCESS_KEY", "STRIPE_TOKEN", "PASSWORD", "SENTRY_DSN", "PRIVATE_KEY"];
  const lines = Array.from(
    { length: 150 },
    (_, index) => `${names[index % names.length]}_${index}=value-${index}-${"x".repeat(index % 90)}\n# a comment ${index}\n`,
  );
  const project = new Sandbox().project({
    ".env": `${lines.join("")}PORT=3000\nNEXT_PUBLIC_URL=https://example.com\n`,
    ".env.production": "TOKEN=1\n",
  });
  project.ok(["init", "--yes", "--no-hooks", "-q"]);
  project.write("../phrase", "orbit velvet cactus mango quartz lantern");
  project.ok(["recovery", "create", "--recovery-file", "../words"]);
  project.ok(["deploy-key", "create", "ci", "-e", "production"]);
  project.ok(["custody", "move", "passphrase", "--passphrase-file", "../phrase"]);
  project.ok(["unlock", "--passphrase-file", "../phrase"], { env: { XDG_RUNTIME_DIR: runtime(project) } });
  project.ok(["rotate", "--all", "-q", "--passphrase-file", "../phrase"], { env: { XDG_RUNTIME_DIR: runtime(project) } });
  return project;
}

function runtime(project: Project): string {
  const folder = join(project.sandbox.root, "run");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

const OURS = [".env.vault", ".env.production.vault", "envseal.json"];

describe("other scanners", () => {
  let project: Project;
  beforeAll(() => {
    project = start();
  });
  afterAll(() => project.sandbox.remove());

  it.runIf(hasGitleaks)(
    `gitleaks is silent on vaults and manifest, and catches a key string by our rule${notice(hasGitleaks, "gitleaks")}`,
    () => {
      const scan = (paths: readonly string[], ...args: string[]) => {
        mkdirSync(join(project.sandbox.root, "scanned"), { recursive: true });
        for (const path of paths) project.write(`../scanned/${path}`, project.read(path));
        const { stdout } = spawnSync(
          "gitleaks",
          [
            "dir",
            join(project.sandbox.root, "scanned"),
            "--no-banner",
            "--report-format",
            "json",
            "--report-path",
            "-",
            "--exit-code",
            "0",
            ...args,
          ],
          { encoding: "utf8" },
        );
        return (JSON.parse(stdout) as { RuleID: string; File: string }[]).map(({ RuleID, File }) => `${RuleID} ${File.split("/").pop()}`);
      };
      expect(scan(OURS)).toEqual([]);
      const key = project.ok(["deploy-key", "create", "web", "-e", "production", "--passphrase-file", "../phrase"], {
        env: { XDG_RUNTIME_DIR: runtime(project) },
      }).stdout;
      const readOnly = project.ok(["deploy-key", "create", "ro", "-e", "production", "--read-only", "--passphrase-file", "../phrase"], {
        env: { XDG_RUNTIME_DIR: runtime(project) },
      }).stdout;
      project.write("deploy.txt", key);
      project.write("read-only.txt", readOnly);
      // As in a database: the next column begins where the key ends.
      project.write("glued.txt", `ci${key.trim()}hello`);
      expect(scan(["deploy.txt", "glued.txt", "read-only.txt"], "--config", join(ROOT, "templates/gitleaks.toml")).sort()).toEqual([
        "envseal-key deploy.txt",
        "envseal-key glued.txt",
        "envseal-key read-only.txt",
      ]);
    },
  );

  it.runIf(detectSecrets !== undefined)(
    `detect-secrets is silent with our template, and goes on catching what is in clear${notice(detectSecrets !== undefined, "detect-secrets")}`,
    () => {
      const { repos } = parse(readFileSync(join(ROOT, "templates/detect-secrets.yaml"), "utf8"));
      const scan = (paths: readonly string[], args: readonly string[]) => {
        const options = { cwd: project.folder, encoding: "utf8" } as const;
        const { stdout } = spawnSync(detectSecrets as string, ["scan", "--no-verify", ...args, ...paths], options);
        return Object.entries(JSON.parse(stdout).results as Record<string, { type: string }[]>).map(
          ([path, secrets]) => `${path}: ${[...new Set(secrets.map(({ type }) => type))].sort().join(", ")}`,
        );
      };
      const { args } = repos[0].hooks[0];
      expect(scan(OURS, args)).toEqual([]);
      project.write("app.py", 'API_KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"\n');
      project.write("fake.env.vault", "API_KEY=enc:sk_live_4eC39HqLyjWDarjtT1zdp7dc\n");
      expect(scan(["app.py", "fake.env.vault"], args).map((row) => row.split(":")[0])).toEqual(["app.py", "fake.env.vault"]);
      // What it says without: its rule about names. Anything else would be for the format to mend.
      expect(scan(OURS, []).filter((row) => !/^\.env.*: Secret Keyword$|^envseal\.json: Base64 High Entropy String$/.test(row))).toEqual(
        [],
      );
    },
  );

  it.runIf(hasSecretlint)(`secretlint is silent on vaults and manifest${notice(hasSecretlint, "secretlint of npm")}`, () => {
    writeFileSync(project.path(".secretlintrc.json"), '{ "rules": [{ "id": "@secretlint/secretlint-rule-preset-recommend" }] }');
    const scan = (...paths: string[]) => {
      const { status, stdout, stderr } = spawnSync("npx", [...secretlint, ...paths], { cwd: project.folder, encoding: "utf8" });
      return { status, output: stdout + stderr.replace(/^npm .*\n/gm, "") };
    };
    expect(scan(...OURS)).toEqual({ status: 0, output: "" });
    const slack = ["xoxb", "123456789012", "1234567890123", "4eC39HqLyjWDarjtT1zdp7dc"].join("-");
    project.write("leak.txt", `token = "${slack}"\n`);
    expect(scan("leak.txt")).toMatchObject({ status: 1, output: expect.stringContaining("SLACK_TOKEN") });
  });
});
