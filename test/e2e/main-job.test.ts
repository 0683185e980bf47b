import { readFileSync } from "node:fs";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { sandbox, sealedProject } from "../support/sandbox.ts";

const ENV = "# database\nDB_URL='postgres://u:p@h/db'\nAPI_KEY=sk_live_0123456789 # stripe\r\nPORT=3000\nMULTI=\"a\nb\"\n";

describe("the main job", () => {
  it("seals, commits, clones, boots with an injected key, and gives back the very bytes", () => {
    const project = sandbox().project({ ".env": ENV, "app.cjs": "console.log(JSON.stringify(process.env))" });
    project.ok(["init", "--yes"]);
    const key = project.ok(["deploy-key", "create", "ci"]).stdout.trim();
    expect(key).toMatch(/^esk_default_[A-Za-z0-9_-]+$/);
    project.commitAll();
    expect(project.git("ls-files").split("\n")).not.toContain(".env");

    const clone = project.clone("clone");
    clone.install();
    const away = project.sandbox.otherHome("server");
    const booted = clone.node(["-r", "envseal/config", "app.cjs"], { env: { ...away, ENVSEAL_KEY: key } });
    expect(booted.stderr).toBe("");
    const env = JSON.parse(booted.stdout);
    expect(env).toMatchObject(parse(ENV));
    expect(env.ENVSEAL_KEY).toBeUndefined();
    expect(env.ENVSEAL_LOADED).toMatch(/^default:[\w-]{16}$/);

    clone.ok(["decrypt"], { env: { ...away, ENVSEAL_KEY: key } });
    expect(clone.bytes(".env").equals(Buffer.from(ENV))).toBe(true);
  });

  it("works outside git, and skips guards with a line", () => {
    const project = sandbox().project({ ".env": ENV }, { git: false });
    expect(project.ok(["init", "--yes"]).stderr).toContain("no git");
    expect(project.ok(["get", "PORT"]).stdout).toBe("3000\n");
    expect(project.ok(["decrypt", ".env", "--stdout"]).stdout).toBe(ENV);
  });

  it("seals several environments and a monorepo under one manifest", () => {
    const project = sealedProject({
      ".env": "A=1\n",
      ".env.production": "A=2\n",
      "apps/web/.env": "A=3\n",
      "apps/api/.env.production": "A=4\n",
      ".env.local": "A=personal\n",
      ".env.staging_eu": "A=5\n",
      "node_modules/x/.env": "A=6\n",
    });
    const manifest = JSON.parse(project.read("envseal.json"));
    expect(Object.keys(manifest.vaults).sort()).toEqual([
      ".env.production.vault",
      ".env.vault",
      "apps/api/.env.production.vault",
      "apps/web/.env.vault",
    ]);
    expect(Object.keys(manifest.environments).sort()).toEqual(["default", "production"]);
    expect(project.ok(["get", "A"], { cwd: project.path("apps/web") }).stdout).toBe("3\n");
    expect(project.ok(["get", "A", "-e", "production"], { cwd: project.path("apps/api") }).stdout).toBe("4\n");
    expect(project.ok(["get", "A", "-e", "production"], { cwd: project.path("apps/web") }).stdout).toBe("2\n");
    expect(project.ok(["get", "A", "-f", "apps/api/.env.production.vault"]).stdout).toBe("4\n");
  });

  it("is idempotent, and takes in files that came later", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    const before = [project.read("envseal.json"), project.read(".env.vault"), project.read(".gitignore"), project.read(".gitattributes")];
    // A clone in which the hooks are not armed lacks that alone.
    const arming = project.ok(["init", "--yes"]).stderr;
    expect(arming).toMatch(/^envseal init\n\n {2}hooks .*\n\nthe hooks of this clone are armed, and fire: .*\n$/);
    expect(project.ok(["hooks", "status"]).code).toBe(0);
    expect(project.ok(["init", "--yes"]).stderr).toContain("nothing to do");
    expect([project.read("envseal.json"), project.read(".env.vault"), project.read(".gitignore"), project.read(".gitattributes")]).toEqual(
      before,
    );
    project.write(".env.staging", "B=1\n");
    project.ok(["init", "--yes"]);
    expect(project.read(".env.vault")).toBe(before[1]);
    expect(project.ok(["get", "B", "-e", "staging"]).stdout).toBe("1\n");
  });

  it("keeps plaintext out of git, vaults in, and untracks what was tracked", () => {
    const project = sandbox().project({ ".env": "API_KEY=sk_live_0123456789\n", ".gitignore": ".env*\n" });
    project.git("add", "-f", ".env");
    project.git("commit", "-qm", "oops");
    const { stderr } = project.ok(["init", "--yes"]);
    expect(stderr).toContain("untrack");
    expect(stderr).toContain("git history still holds the plaintext");
    project.commitAll();
    expect(project.git("ls-files").trim().split("\n").sort()).toEqual([".env.vault", ".gitattributes", ".gitignore", "envseal.json"]);
    expect(project.read(".env")).toBe("API_KEY=sk_live_0123456789\n");
  });

  it("starts from a template's names, or from nothing", () => {
    const project = sealedProject({ ".env.example": "# c\nA=example\nB=2\n" });
    expect(project.ok(["list", "-q"]).stdout).toBe("A\nB\n");
    expect(project.ok(["get", "A"]).stdout).toBe("\n");
    const empty = sealedProject({});
    expect(empty.ok(["list", "-q"]).stdout).toBe("");
    empty.ok(["set", "A"], { input: "1" });
    expect(empty.ok(["get", "A"]).stdout).toBe("1\n");
  });

  it("writes recovery words only where they can be kept", () => {
    const project = sandbox().project({ ".env": "A=1\n" });
    expect(project.fails(["init"]).error).toBe("NEEDS_TERMINAL");
    expect(project.fails(["init"]).stderr).toContain("--yes");
    // The next `git add -A` would take them along, past every guard.
    expect(project.fails(["init", "--yes", "--recovery-file", "words.txt"]).error).toBe("USAGE");
    expect(project.git("status", "--porcelain")).toBe("?? .env\n");
    project.write(".gitignore", "words.txt\n");
    project.ok(["init", "--yes", "--recovery-file", "words.txt"]);
    expect(project.read("words.txt").split("\n", 1)[0]?.split(" ")).toHaveLength(24);
    const outside = sandbox().project({ ".env": "A=1\n" });
    const path = `${outside.sandbox.home}/words.txt`;
    outside.ok(["init", "--yes", "--recovery-file", path]);
    const [words = "", pin] = readFileSync(path, "utf8").split("\n");
    expect(words.split(" ")).toHaveLength(24);
    expect(pin).toBe(`pin: ${outside.ok(["pin"]).stdout.trim()}`);
  });
});
