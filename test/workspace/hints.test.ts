import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { atVault } from "../../src/guard/at-vault.ts";
import { ROOT, sealedProject } from "../support/sandbox.ts";

/** Where there are several environments these commands ask for one: a line that is pasted as it is printed would end with an error. */
const ASKS = /\benvseal (?:rotate|allow|require|public|keys (?:suspend|compromise|destroy)|deploy-key create)\b[^"`;,]*/g;
const COMPLETE = /-e |--all|-f |inEnvironment\(|environmentOption\(|chosenWith\(|atVault\(|\$\{(?:choice|scope|option)\}|, scope,/;

/** Lines that name a command without giving one to paste: what the reader chooses is more than an environment. */
const NAMED: Record<string, string> = {
  "features/rotation/commands/rotate.ts": "envseal rotate",
  "features/access/commands/deploy-key.ts": "envseal deploy-key create",
  "features/hooks/commands/hook.ts": "envseal allow RULE lets one through\\n",
  "custody/key.ts": "envseal deploy-key create",
  "vite.ts": "envseal public NAME)",
};

const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter(
  (path) => path.endsWith(".ts") && !/^(?:bin\/)?cli[/.]/.test(path),
);

describe("a command line in a message", () => {
  it.each(sources.map((path) => relative(".", path)))("is complete where there are several environments: %s", (path) => {
    const lines = readFileSync(join(ROOT, "src", path), "utf8").split("\n");
    const found = lines
      .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line))
      .flatMap((line) => (COMPLETE.test(line) ? [] : (line.match(ASKS) ?? [])));
    expect(found.filter((text) => !text.startsWith(NAMED[path] ?? "\0"))).toEqual([]);
  });
});

it("a fix about a vault is one of its environment and its project", () => {
  expect(atVault(".env.vault", "default")).toBe(" -e default");
  expect(atVault("services/api/.env.production.vault", "production")).toBe(" -e production --cwd services/api");
});

it("what old-token prints lets it through as it is pasted, with several environments", () => {
  const project = sealedProject({ ".env": "API_KEY=secret-one-0123456789\n", ".env.production": "API_KEY=secret-two-0123456789\n" });
  project.commitAll("init");
  const before = project.read(".env.production.vault");
  project.ok(["set", "API_KEY", "-e", "production", "-q"], { input: "secret-three-0123456789" });
  project.commitAll("changed");
  project.write(".env.production.vault", before);
  project.commitAll("back");
  const { stdout } = project.envseal(["check", "--range", "HEAD~1..HEAD"]);
  const line = /envseal (allow old-token [^;]*);/.exec(stdout)?.[1] as string;
  const words = line.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) as string[];
  expect(words).toContain("production");
  project.ok(words);
  project.commitAll("allowed");
  expect(project.envseal(["check", "--range", "HEAD~2..HEAD"]).stdout).not.toContain("old-token");
});
