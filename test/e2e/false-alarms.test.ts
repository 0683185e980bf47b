import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { corpusFiles, corpusIsHere, corpusNotice } from "../support/corpus.ts";
import { run } from "../support/managers.ts";
import { sampled } from "../support/sample.ts";
import { Project, ROOT, sandbox } from "../support/sandbox.ts";

/** Where nothing is wrong nothing is said: no finding that stops, and no warning. */

/** Made here, so that the replay of this repository's history does not find them in this file. */
const secret = (name: string, length: number) => createHash("sha256").update(name).digest("hex").slice(0, length);

const DOTENV = `NODE_ENV=development
PORT=3000
APP_NAME=storefront
APP_URL=http://localhost:3000
LOG_LEVEL=debug
AWS_REGION=us-east-1
AWS_BUCKET=storefront-assets
DATABASE_URL=postgresql://postgres:${secret("database", 12)}@localhost:5432/storefront?schema=public
REDIS_URL=redis://localhost:6379
JWT_SECRET=${secret("jwt", 32)}
SESSION_COOKIE=storefront_session
STRIPE_SECRET_KEY=sk_test_${secret("stripe", 24)}
SENTRY_DSN=https://${secret("sentry", 32)}@o123456.ingest.sentry.io/4501234
MAIL_FROM=hello@example.com
NEXT_PUBLIC_API=https://api.example.com
VITE_TITLE=Vite App
FEATURE_FLAGS=checkout,search,reviews
`;

/** The same with other words, put together here: this file is a part of the history that is replayed. */
const ELSEWHERE = DOTENV.replaceAll("storefront", ["shop", "front"].join(""))
  .replace("hello@example.com", ["hi", "example.org"].join("@"))
  .replace("checkout,search,reviews", ["cart", "find", "rate"].join(","));

/** Every commit of the repository up to the vault's passes, and says nothing. */
function proveSilent(project: Project): void {
  project.write(".env", DOTENV);
  project.ok(["init", "--yes", "--no-hooks", "-q"]);
  project.ok(["hooks", "install", "-q"]);
  project.git("add", "-A");
  expect(run(project, "git", ["commit", "-qm", "first commit"])).toEqual({ code: 0, output: "" });
  expect(project.ok(["check", "--all", "-q"])).toMatchObject({ stdout: "", stderr: "" });
  expect(project.ok(["scan", "-q"])).toMatchObject({ stdout: "", stderr: "" });
  expect(project.ok(["scan", "--history", "-q"])).toMatchObject({ stdout: "", stderr: "" });
}

const hasHistory = existsSync(join(ROOT, ".git"));
const hasRegistry = spawnSync("npm", ["ping", "--fetch-retries=0", "--fetch-timeout=5000"], { timeout: 15_000 }).status === 0;
const registryNotice = hasRegistry ? "" : " (skipped: needs the npm registry)";
/** A connection may stand still for ever. */
const FETCH_MS = 120_000;
const NO_ANSWER = "skipped: needs the npm registry, which did not answer";

describe("no alarm", () => {
  it.runIf(hasHistory)(`in this repository's own history${hasHistory ? "" : " (skipped: needs the repository)"}`, () => {
    const box = sandbox();
    box.project().git("clone", "-q", ROOT, "../own");
    const project = new Project(box, join(box.root, "own"));
    project.write(".env", ELSEWHERE);
    project.ok(["init", "--yes", "--no-hooks", "-q"]);
    // The published vectors hold real key strings, identities and words: found rightly, and let through for a reason.
    for (const path of ["test/vectors/keystrings.json", "test/vectors/manifest.json", "test/vectors/bip39.json"])
      project.ok(["allow", "key-in-file", "--path", path, "--reason", "published test vectors", "-q"]);
    // Earlier versions of these tests held one.
    for (const path of ["test/guard/rows.test.ts", "test/guard/encoded-places.test.ts"])
      project.ok(["allow", "key-in-file", "--path", path, "--reason", "a key made up for a test", "-q"]);
    const [first = ""] = project.git("rev-list", "--max-parents=0", "HEAD").split("\n");
    expect(project.ok(["check", "--range", `${first}..HEAD`, "-q"])).toMatchObject({ stdout: "", stderr: "" });
  });

  it.runIf(corpusIsHere)(`in encrypted files of the corpus${corpusNotice}`, () => {
    const project = sandbox().project();
    for (const [index, [, content]] of corpusFiles().entries()) if (index % 8 === 0) project.write(`apps/${index}/.env`, content);
    project.ok(["init", "--yes", "--no-hooks", "-q"]);
    project.git("add", "-A");
    expect(project.git("diff", "--cached", "--name-only", "--", ":(glob)**/.env.vault").split("\n").length).toBeGreaterThan(10);
    expect(project.ok(["check", "--staged", "-q"])).toMatchObject({ stdout: "", stderr: "" });
  });

  const generators = [
    ["create-vite", ["app", "--template", "react-ts", "--no-interactive"]],
    ["create-next-app", ["app", "--yes", "--ts", "--skip-install", "--disable-git"]],
  ] as const;
  it.runIf(hasRegistry).for(sampled(generators, 2))(`in the first commit of %s${registryNotice}`, ([program, args], { skip }) => {
    const box = sandbox();
    const env = { ...process.env, CI: "1" };
    const made = spawnSync("npx", ["--yes", program, ...args], { cwd: box.root, env, encoding: "utf8", timeout: FETCH_MS });
    skip(made.signal !== null, NO_ANSWER);
    expect(made.status, made.stdout + made.stderr).toBe(0);
    const project = new Project(box, join(box.root, "app"));
    expect(existsSync(project.path("package.json"))).toBe(true);
    project.git("init", "-q");
    proveSilent(project);
  });

  it.runIf(hasRegistry)(`in the first commit of the NestJS starter${registryNotice}`, ({ skip }) => {
    const box = sandbox();
    const made = spawnSync("npm", ["pack", "--silent", "@nestjs/schematics"], { cwd: box.root, encoding: "utf8", timeout: FETCH_MS });
    skip(made.signal !== null, NO_ANSWER);
    expect(spawnSync("tar", ["-xzf", made.stdout.trim()], { cwd: box.root }).status).toBe(0);
    const project = box.project({}, { name: "app" });
    cpSync(join(box.root, "package/dist/lib/application/files/ts"), project.folder, { recursive: true });
    fill(project.folder);
    expect(existsSync(project.path("package.json"))).toBe(true);
    proveSilent(project);
  });
});

/** What the schematic does: its names in place of the placeholders. */
function fill(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) fill(path);
    else writeFileSync(path, readFileSync(path, "utf8").replaceAll(/<%=? ?\w* ?%>/g, "storefront"));
    const name = entry.name.replaceAll(/__\w*__/g, "").replace(/\.template$/, "");
    if (name !== entry.name) renameSync(path, join(folder, name));
  }
}
