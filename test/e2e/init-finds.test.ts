import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dotenvx, sopsCase } from "../support/peers.ts";
import { type Project, sandbox } from "../support/sandbox.ts";

const secret = (name: string) => createHash("sha256").update(name).digest("hex").slice(0, 40);
const INIT = ["init", "--yes", "--no-hooks", "--name", "ada"];
const vaultsOf = (project: Project) => Object.keys(JSON.parse(project.read("envseal.json")).vaults).sort();
const environmentsOf = (project: Project) => Object.keys(JSON.parse(project.read("envseal.json")).environments).sort();

describe("init", () => {
  it("seals the others where one file of the tree is malformed, and says which and why", () => {
    const bad = `B=1\nC='${secret("bad")}\n`;
    const project = sandbox().project({ ".env": "A=1\n", "apps/web/.env": bad, "apps/api/.env": "D=4\n" });
    project.git("add", "-f", "apps/web/.env", ".env");
    const { stderr } = project.ok(INIT);
    expect(stderr).toMatch(/skip {6}apps\/web\/\.env: not sealed; mend it and run init again: .*apps\/web\/\.env line 2/);
    expect(stderr).not.toContain(secret("bad").slice(0, 8));
    expect(vaultsOf(project)).toEqual([".env.vault", "apps/api/.env.vault"]);
    expect(project.read("apps/web/.env")).toBe(bad);
    // What has no vault is not taken from the others.
    expect(project.git("ls-files").split("\n").filter(Boolean)).toEqual(["apps/web/.env"]);
    expect(project.ok(INIT).stderr).toMatch(/^nothing to do: .*\n.*apps\/web\/\.env: not sealed/);
    project.write("apps/web/.env", "B=1\n");
    project.ok([...INIT, "-q"]);
    expect(vaultsOf(project)).toEqual([".env.vault", "apps/api/.env.vault", "apps/web/.env.vault"]);
  });

  it("stops where the only file is malformed", () => {
    const project = sandbox().project({ ".env": "A='1\n" });
    expect(project.fails(INIT).error).toBe("MALFORMED_DOTENV");
    expect(existsSync(project.path("envseal.json"))).toBe(false);
  });

  it("takes no file that another tool encrypted for an environment", () => {
    const sops = sopsCase().file;
    const value = /ENC\[[^\]]+\]/.exec(sops)?.[0];
    const project = sandbox().project({
      ".env": "A=1\n",
      ".env.enc": sops,
      ".env.production.enc": JSON.stringify({ data: value, sops: { mac: value } }),
      ".env.staging.age": "age-encryption.org/v1\n\u0001",
      "deploy/prod.env": dotenvx("2.38.2").file,
      "deploy/.env.gpg": Buffer.from([0x85, 0x01, 0x0c, 0xff]),
    });
    const { stderr } = project.ok(INIT);
    expect(environmentsOf(project)).toEqual(["default"]);
    expect(vaultsOf(project)).toEqual([".env.vault"]);
    expect(stderr).toContain(".env.enc: sops encrypted it; seal it afterwards: envseal import sops .env.enc");
    expect(stderr).toContain(".env.production.enc: encrypted by SOPS; decrypt it with that, and run init again");
    expect(stderr).toContain("deploy/prod.env: dotenvx encrypted it; seal it afterwards: envseal import dotenvx deploy/prod.env");
    expect(stderr).toContain("deploy/.env.gpg: encrypted by its name, and by no tool that is known here");
    expect(stderr).not.toMatch(/in clear (?!,)|untrack/);
    expect(stderr).toContain(".env.staging.age: encrypted by its name");
  });

  it("names plaintext that no vault could be beside, with what to do", () => {
    const project = sandbox().project({
      "config/dev.env": "A=1\n",
      "config/Prod EU.env": "A=1\n",
      ".envrc": "export A=1\n",
      "worker/.dev.vars": "A=1\n",
      "config/example.env": "A=\n",
      ".env-staging": "A=1\n",
    });
    const { stderr } = project.ok(INIT);
    expect(stderr).toContain(
      "config/dev.env: its name is none that envseal seals or opens; rename it to config/.env.dev and run init again",
    );
    expect(stderr).toContain(
      "config/Prod EU.env: its name is none that envseal seals or opens; put its secrets into a vault (envseal set NAME)",
    );
    expect(stderr).toContain(".envrc: its name is none");
    expect(stderr).toContain("worker/.dev.vars: its name is none");
    expect(stderr).toContain(".env-staging: no vault could be named after it; rename it to .env.staging");
    expect(stderr).not.toContain("example.env");
    project.git("mv", "-k", "config/dev.env", "config/.env.dev");
    project.write("config/.env.dev", "A=1\n");
    project.ok([...INIT, "-q"]);
    expect(vaultsOf(project)).toContain("config/.env.dev.vault");
  });

  it("leaves nothing of this machine to be committed, outside git", () => {
    const project = sandbox().project({ ".env": "A=1\n" }, { git: false });
    project.ok([...INIT, "-q"]);
    project.ok(["set", "B", "-q"], { input: "2" });
    expect(existsSync(project.path(".envseal"))).toBe(true);
    project.git("init", "-q");
    project.git("add", "-A");
    expect(project.git("ls-files")).not.toContain(".envseal/");
    expect(project.git("ls-files")).toContain("envseal.json");
  });

  it("says first that there are no recovery words, and how to have them", () => {
    const project = sandbox().project({ ".env": "A=1\n" });
    const { stderr } = project.ok(INIT);
    const lines = stderr.split("\n").filter((line) => line.trim() !== "");
    expect(lines[0]).toBe("envseal init");
    expect(lines[1]).toMatch(/^ {2}no recovery words: if your identity is lost, so are the values$/);
    expect(lines[2]).toContain("--recovery-file PATH");
    const done = lines.findIndex((line) => line.startsWith("done:"));
    expect(lines.slice(done).filter((line) => line.includes("envseal recovery create"))).toHaveLength(1);
    expect(lines[done - 1]).toBe("there are no recovery words: if your identity is lost, so are the values");
    const safe = sandbox().project({ ".env": "A=1\n" });
    expect(safe.ok([...INIT, "--recovery-file", `${safe.sandbox.home}/words`]).stderr).not.toContain("no recovery words");
  });

  it("says one line a name where values stand in tracked files, and none of what is no secret", () => {
    const project = sandbox().project({
      ".env": [
        `STRIPE_SECRET=${secret("stripe")}`,
        `HOOK=https://hooks.example.com/services/T01/${secret("hook")}`,
        `DATABASE_URL=postgres://app:${secret("db").slice(0, 14)}@db.example.com/app`,
        "MAIL_TOKEN_FROM=noreply@storefront.example.com",
        "PRIVATE_UPLOAD_BUCKET=storefront-uploads-eu-1",
        "PRIVATE_REDIS_URL=redis://localhost:63790",
        "AUTH_MODEL=gpt-4o-mini-2024-07-18",
        "TEST_PASSWORD=test_Password123",
        `NEXT_PUBLIC_SENTRY=https://${secret("public")}@o1.ingest.example.com/4`,
        "",
      ].join("\n"),
      ".env.dev.example": "TEST_PASSWORD=test_Password123\n",
      "a.ts": `const key = "${secret("stripe")}";\n`,
      "b.yml": `key: ${Buffer.from(secret("stripe")).toString("base64")}\n`,
      "c.md": `${secret("stripe")} ${secret("stripe")} noreply@storefront.example.com storefront-uploads-eu-1\n`,
      "d.ts": `connect("app", "${secret("db").slice(0, 14)}", "redis://localhost:63790", "gpt-4o-mini-2024-07-18", "test_Password123");\n`,
      "e.ts": `fetch("https://hooks.example.com/services/T01/${secret("hook")}"); "https://${secret("public")}@o1.ingest.example.com/4";\n`,
    });
    project.git("add", "a.ts", "b.yml", "c.md", "d.ts", "e.ts", ".env.dev.example");
    const found = project
      .ok(INIT)
      .stderr.split("\n")
      .filter((line) => line.includes("found"));
    expect(found.map((line) => line.trim().replace(/\s+/g, " "))).toEqual([
      "found the value of STRIPE_SECRET also stands in a.ts and 2 other files, which git tracks: change it at its provider",
      "found the value of DATABASE_URL also stands in d.ts, which git tracks: change it at its provider",
      "found the value of HOOK also stands in e.ts, which git tracks: change it at its provider",
    ]);
    project.git("add", "-A");
    const check = project.envseal(["check", "--all", "-q"]);
    expect(check.code).toBe(1);
    const stopped = [
      ...check.stdout.matchAll(/^finding .* holds the value of (\w+)/gm),
      ...check.stderr.matchAll(/^finding .* holds the value of (\w+)/gm),
    ];
    expect([...new Set(stopped.map(([, name]) => name))].sort()).toEqual(["DATABASE_URL", "HOOK", "STRIPE_SECRET"]);
  });
});
