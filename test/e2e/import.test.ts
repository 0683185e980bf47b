import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { dotenvKey, dotenvVault, dotenvx, sopsCase, sopsIdentity } from "../support/peers.ts";
import { type Options, type Project, type Result, sandbox } from "../support/sandbox.ts";

/** An initialised project, with these files put there afterwards. */
function start(files: Record<string, string | Uint8Array>, sealed: Record<string, string> = {}): Project {
  const project = sandbox().project(sealed);
  project.ok(["init", "--yes", "--no-hooks", "-q"]);
  for (const [path, content] of Object.entries(files)) project.write(path, content);
  return project;
}

const values = (project: Project, environment: string) =>
  JSON.parse(project.ok(["export", "-e", environment, "--format", "json"]).stdout) as Record<string, string>;

/** Everything of a work tree that a refused import must leave as it was. */
function state({ folder }: Project): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => !path.startsWith(".git/"));
  return files.sort().flatMap((path) => (statSync(join(folder, path)).isFile() ? [path, readFileSync(join(folder, path), "hex")] : []));
}

function refuses(project: Project, args: string[], wanted: { code: number; error: string }, options: Options = {}): Result {
  const before = state(project);
  const refused = project.fails(["import", ...args], options);
  expect(refused).toMatchObject(wanted);
  expect(refused.stderr).toMatch(/\n {2}hint: \S/);
  expect(state(project)).toEqual(before);
  return refused;
}

const sopsEnv = { SOPS_AGE_KEY: sopsIdentity() };

describe("import dotenvx", () => {
  const real = dotenvx("2.38.2");

  it("shows nothing in clear that was encrypted: dotenvx opens a value under any name, and a branch may have given it another", () => {
    const box = /API_KEY=(.*)$/m.exec(real.file)?.[1];
    const moved = `${real.file}NEXT_PUBLIC_A=hello\nNEXT_PUBLIC_B=${box}\n`.replace(/^PORT=.*$/m, `PORT=${box}`);
    const value = real.values.API_KEY as string;
    const project = start({ ".env.production": moved, ".env.keys": real.keys });
    expect(project.ok(["import", "dotenvx"]).stderr).toContain("shown in clear: NEXT_PUBLIC_A\n");
    expect(values(project, "production")).toMatchObject({ PORT: value, NEXT_PUBLIC_A: "hello", NEXT_PUBLIC_B: value });
    expect(project.read(".env.production.vault")).not.toContain(value);
    // Where the project shows such names already, somebody has to say so.
    const other = start({ ".env.keys": real.keys }, { ".env.production": "NEXT_PUBLIC_A=hello\n" });
    other.write("from/.env.production", moved);
    other.write("from/.env.keys", real.keys);
    const args = ["dotenvx", "from/.env.production", "-f", ".env.production.vault"];
    expect(refuses(other, args, { code: 2, error: "DIVERGED" }).stderr).toContain(
      "would show in clear: NEXT_PUBLIC_B, and sets what it has (+",
    );
    other.ok(["import", ...args, "--yes"]);
    expect(other.read(".env.production.vault")).toContain(`NEXT_PUBLIC_B=`);
  });

  it("goes from a project of dotenvx to a sealed one", () => {
    const project = sandbox().project({ ".env.production": real.file, ".env.keys": real.keys });
    project.git("add", ".env.production");
    const init = project.ok(["init", "--yes", "--no-hooks"]);
    expect(init.stderr).toContain(
      "skip      .env.production: dotenvx encrypted it; seal it afterwards: envseal import dotenvx .env.production",
    );
    const done = project.ok(["import", "dotenvx"]);
    expect(values(project, "production")).toEqual(real.values);
    expect(parse(project.ok(["decrypt", "--stdout", "-e", "production"]).stdout)).toEqual(real.values);
    expect(done.stderr).toContain("sealed .env.production into .env.production.vault (14 values)");
    expect(done.stderr).toContain("git rm --cached .env.production");
    expect(done.stdout).toBe("");
    expect([project.read(".env.production"), project.read(".env.keys")]).toEqual([real.file, real.keys]);

    // What is left of dotenvx is no plaintext to any command.
    expect(project.fails(["encrypt", ".env.production"])).toMatchObject({ code: 2, error: "WRONG_FORMAT" });
    expect(project.fails(["decrypt"])).toMatchObject({ code: 2, error: "WRONG_FORMAT" });
    expect(project.fails(["encrypt", "--yes"])).toMatchObject({ error: "NO_PLAINTEXT" });
    expect(project.ok(["sync"]).stderr).toContain(".env.production is no plaintext: dotenvx encrypted it");
    project.ok(["set", "PORT"], { input: "4000" });
    expect(project.read(".env.production")).toBe(real.file);
    expect(project.ok(["get", "PORT", "-e", "production"]).stdout).toBe("4000\n");

    // The steps it printed; git then holds nothing that the guard minds.
    project.git("rm", "-q", "--cached", ".env.production");
    for (const path of [".env.production", ".env.keys"]) rmSync(project.path(path));
    project.commitAll();
    project.ok(["check", "--all"]);
    project.ok(["decrypt"]);
    expect(parse(project.read(".env.production"))).toEqual({ ...real.values, PORT: "4000" });
  });

  it("makes the environment as init does, and takes keys from variables, from another file, and from an older tool", () => {
    const old = dotenvx("1.75.1");
    const project = start({ ".env.production": old.file, ".env.staging": real.file, "keys/file": real.keys });
    project.ok(["recovery", "create", "--recovery-file", "../words"]);
    project.ok(["import", "dotenvx", ".env.production"], {
      env: { DOTENV_PRIVATE_KEY_PRODUCTION: `${"11".repeat(32)},${old.privateKey}` },
    });
    project.ok(["import", "dotenvx", ".env.staging", "--keys-file", "keys/file"]);
    // The machine knows the new key already: nothing is said of a first use.
    expect(project.ok(["get", "PORT", "-e", "staging"]).stderr).toBe("");
    expect(values(project, "production")).toEqual(old.values);
    expect(values(project, "staging")).toEqual(real.values);
    const { environments } = JSON.parse(project.read("envseal.json"));
    expect(Object.keys(environments.production.access).sort()).toEqual(["ada", "recovery"]);
    expect(environments.production.settings.public).toEqual([]);
  });

  it("takes -e, -f, several files, subfolders and --json", () => {
    const project = start({
      ".env.production": real.file,
      "web/.env.production": real.file,
      ".env.keys": real.keys,
      "web/.env.keys": real.keys,
    });
    const { imported } = JSON.parse(project.ok(["import", "dotenvx", ".env.production", "web/.env.production", "--json", "-q"]).stdout);
    expect(imported.map(({ vault, environment, outcome }: Record<string, string>) => [vault, environment, outcome])).toEqual([
      [".env.production.vault", "production", "new"],
      ["web/.env.production.vault", "production", "new"],
    ]);
    expect(JSON.stringify(imported)).not.toContain("sk_live");
    project.ok(["import", "dotenvx", "-e", "default"], { cwd: project.path("web") });
    project.ok(["import", "dotenvx", ".env.production", "-f", "api/.env.staging.vault"]);
    for (const file of [".env.production", "web/.env.production", "web/.env", "api/.env.staging"])
      expect(JSON.parse(project.ok(["export", "-f", `${file}.vault`, "--format", "json"]).stdout)).toEqual(real.values);
    expect(project.read(".env.vault")).not.toContain("API_KEY");
  });

  it("merges nothing: a vault that says something else stays, unless --yes", () => {
    const project = start({ ".env.production": real.file, ".env.keys": real.keys }, { ".env.production": "PORT=1\nMINE=hunter2hunter2\n" });
    const { stderr } = refuses(project, ["dotenvx"], { code: 2, error: "DIVERGED" });
    expect(stderr).toMatch(/\+DATABASE_URL.*-MINE ~PORT/);
    expect(stderr).not.toMatch(/hunter2|sk_live/);
    project.ok(["import", "dotenvx", "--yes"]);
    expect(values(project, "production")).toEqual(real.values);
    expect(project.ok(["import", "dotenvx"]).stderr).toContain("says what .env.production says already");
  });

  it("finishes what was interrupted, and makes no second key for an environment that went", () => {
    const project = start({ ".env.production": real.file, ".env.keys": real.keys }, { ".env": "A=1\n" });
    const before = project.read("envseal.json");
    project.ok(["import", "dotenvx"]);
    const listed = project.read("envseal.json");
    rmSync(project.path(".env.production.vault"));
    project.ok(["import", "dotenvx"]);
    expect(JSON.parse(project.read("envseal.json")).vaults).toEqual(JSON.parse(listed).vaults);
    expect(values(project, "production")).toEqual(real.values);
    rmSync(project.path(".env.production.vault"));
    project.write("envseal.json", before);
    refuses(project, ["dotenvx"], { code: 4, error: "OLDER_CHECKOUT" });
  });

  it("says of each thing that is wrong what it is, and writes nothing", () => {
    const project = start({ ".env.production": real.file, ".env": "A=1\n" });
    const key = { DOTENV_PRIVATE_KEY_PRODUCTION: real.privateKey };
    const key2 = { env: key };
    refuses(project, ["dotenvx"], { code: 3, error: "NO_KEY" });
    refuses(project, ["dotenvx"], { code: 3, error: "WRONG_KEY" }, { env: { DOTENV_PRIVATE_KEY_PRODUCTION: "11".repeat(32) } });
    refuses(project, ["dotenvx"], { code: 3, error: "MALFORMED_KEY" }, { env: { DOTENV_PRIVATE_KEY_PRODUCTION: "secret" } });
    refuses(project, ["dotenvx", "--keys-file", "nowhere"], { code: 3, error: "NO_KEY" });
    refuses(project, ["dotenvx", ".env"], { code: 2, error: "WRONG_FORMAT" }, key2);
    refuses(project, ["dotenvx", "nowhere"], { code: 2, error: "USAGE" }, key2);
    refuses(project, ["dotenvx", ".env.production", "-e", "Bad Name"], { code: 2, error: "BAD_NAME" }, key2);
    refuses(project, ["dotenvx", ".env.production", "-e", "local"], { code: 2, error: "BAD_NAME" }, key2);
    refuses(project, ["dotenv", ".env"], { code: 2, error: "USAGE" }, key2);
    project.write(".env.production", real.file.replace(/(PORT=encrypted:.{100})./, "$1~"));
    refuses(project, ["dotenvx"], { code: 4, error: "TAMPERED" }, key2);
    // One bad file of two: neither is sealed.
    project.write(".env.staging", real.file);
    refuses(project, ["dotenvx", ".env.staging", ".env.production"], { code: 4, error: "TAMPERED" }, key2);
    project.write(".env.production", `<<<<<<< HEAD\n${real.file}`);
    refuses(project, ["dotenvx", ".env.production"], { code: 4, error: "CONFLICT_MARKERS" }, key2);
    project.write(".env.staging_eu", real.file);
    refuses(project, ["dotenvx", ".env.staging_eu"], { code: 2, error: "USAGE" }, key2);
    project.write("other/.env.staging", real.file);
    refuses(project, ["dotenvx", ".env.staging", ".env.staging"], { code: 2, error: "USAGE" }, key2);
    project.write("../outside/.env.staging", real.file);
    expect(refuses(project, ["dotenvx", "../outside/.env.staging"], { code: 2, error: "USAGE" }, key2).stderr).toContain(
      "-f .env.staging.vault",
    );
    project.write(".env.new.vault", "# envseal:1 new AAAAAAAAAAAAAAAA\n");
    refuses(project, ["dotenvx", ".env.staging", "-e", "new"], { code: 4, error: "UNLISTED_VAULT" }, key2);
  });

  it("needs an initialised project, and someone who has access to it", () => {
    const project = sandbox().project({ ".env.production": real.file, ".env.keys": real.keys });
    refuses(project, ["dotenvx"], { code: 2, error: "NOT_INITIALISED" });
    project.ok(["init", "--yes", "--no-hooks", "-q"]);
    project.write(".env.staging", real.file);
    refuses(project, ["dotenvx", ".env.staging"], { code: 3, error: "NO_KEY" }, { env: project.sandbox.otherHome("bob") });
    expect(project.ok(["init", "--yes", "--no-hooks"]).stderr).toMatch(/nothing to do.*\n\.env\.staging: dotenvx encrypted it/);
  });
});

describe("import dotenv-vault", () => {
  const real = dotenvVault();
  const key = (text: string) => ({ env: { DOTENV_KEY: text } });

  it("seals the environment of DOTENV_KEY, beside or instead of the old vault", () => {
    const project = start({ ".env.vault": real.file }, { ".env.ci": "A=1\n" });
    const done = project.ok(["import", "dotenv-vault"], key(`${dotenvKey("production", "old")},${dotenvKey("production")}`));
    expect(done.stderr).toContain("sealed .env.vault into .env.production.vault (7 values)");
    expect(project.ok(["decrypt", ".env.production", "--stdout"]).stdout).toBe(real.plain);
    expect(project.read(".env.vault")).toBe(real.file);
    refuses(project, ["dotenv-vault", "-e", "default"], { code: 4, error: "UNLISTED_VAULT" }, key(dotenvKey("production")));
    project.git("add", ".env.vault");
    project.git("mv", ".env.vault", "dotenv-vault.env");
    project.ok(["import", "dotenv-vault", "dotenv-vault.env", "-e", "default"], key(dotenvKey("production")));
    expect(values(project, "default")).toEqual(real.values.production);
  });

  it("says of each thing that is wrong what it is, and writes nothing", () => {
    const project = start({ "old.env": real.file, plain: "A=1\n" });
    refuses(project, ["dotenv-vault", "old.env"], { code: 3, error: "NO_KEY" });
    refuses(project, ["dotenv-vault", "old.env"], { code: 3, error: "WRONG_KEY" }, key(dotenvKey("production", "old")));
    refuses(project, ["dotenv-vault", "old.env"], { code: 3, error: "MALFORMED_KEY" }, key("ab".repeat(32)));
    refuses(project, ["dotenv-vault", "old.env"], { code: 2, error: "UNKNOWN_ENVIRONMENT" }, key(dotenvKey("staging")));
    refuses(project, ["dotenv-vault", "plain"], { code: 2, error: "WRONG_FORMAT" }, key(dotenvKey("production")));
    refuses(project, ["dotenv-vault"], { code: 2, error: "WRONG_FORMAT" }, key(dotenvKey("production")));
  });
});

describe("import sops", () => {
  const real = sopsCase();

  it("finds the identity where sops does, and in envseal's own", () => {
    const project = start({ ".env.production.enc": real.file, keys: `# mine\n${sopsIdentity()}\n` });
    const done = project.ok(["import", "sops"], { env: sopsEnv });
    expect(values(project, "production")).toEqual(real.values);
    expect(done.stderr).toContain("QUOTED, HASH, MULTI: sealed as SOPS has it");
    project.ok(["import", "sops", ".env.production.enc", "-e", "a"], { env: { SOPS_AGE_KEY_FILE: "keys" } });
    project.write("../home/config/sops/age/keys.txt", project.read("keys"));
    project.ok(["import", "sops", ".env.production.enc", "-e", "b"]);
    for (const environment of ["a", "b"]) expect(values(project, environment)).toEqual(real.values);

    const own = sandbox().project({ identity: sopsIdentity(), ".env.production.enc": real.file });
    own.ok(["init", "--yes", "--no-hooks", "-q"]);
    const id = JSON.parse(own.read("envseal.json")).project;
    own.write(`../home/config/envseal/identities/${id}`, `${sopsIdentity()}\n`);
    // Its own project does not know this identity: it opens SOPS's file and may not seal.
    refuses(own, ["sops"], { code: 3, error: "NO_ACCESS" });
  });

  it("takes what sops decrypt prints, where it is asked for", () => {
    const project = start({ "prod.enc.env": real.file });
    project.ok(["import", "sops", "--like-dotenv"], { env: sopsEnv });
    expect(project.ok(["decrypt", ".env.prod", "--stdout"]).stdout).toBe(real.decrypted);
    expect(values(project, "prod")).toEqual(parse(real.decrypted));
  });

  it("says of each thing that is wrong what it is, and writes nothing", () => {
    const project = start({ ".env.enc": real.file, plain: "A=1\n", "secrets.txt": real.file, bad: "AGE-SECRET-KEY-1BAD\n" });
    const env = sopsEnv;
    refuses(project, ["sops", ".env.enc"], { code: 3, error: "WRONG_KEY" });
    refuses(project, ["sops", ".env.enc"], { code: 3, error: "MALFORMED_KEY" }, { env: { SOPS_AGE_KEY_FILE: "bad" } });
    refuses(project, ["sops", ".env.enc"], { code: 3, error: "NO_KEY" }, { env: { SOPS_AGE_KEY_FILE: "nowhere" } });
    refuses(project, ["sops", ".env.enc"], { code: 3, error: "NO_KEY" }, { env: project.sandbox.otherHome("bob") });
    refuses(project, ["sops", "plain"], { code: 2, error: "WRONG_FORMAT" }, { env });
    refuses(project, ["sops", "secrets.txt"], { code: 2, error: "USAGE" }, { env });
    const changed: [string, RegExp | string, string, number][] = [
      ["TAMPERED", /^PORT=.*\n/m, "", 4],
      ["TAMPERED", "API_KEY=", "OTHER=", 4],
      ["UNSUPPORTED_FORMAT", "sops_version=3", "sops_version=4", 4],
      ["CONFLICT_MARKERS", /^/, "<<<<<<< HEAD\n", 4],
    ];
    for (const [error, from, to, code] of changed) {
      project.write(".env.enc", real.file.replace(from, to));
      refuses(project, ["sops", ".env.enc"], { code, error }, { env });
    }
  });
});

describe("import git-crypt", () => {
  it("seals an unlocked file byte for byte, and tells which line hands it to git-crypt", () => {
    const plain = "# mine\r\nA='1' # x\r\nB=two";
    const project = start({
      ".env.production": plain,
      ".gitignore": ".env*\n",
      ".gitattributes": "*.png binary\n.env.production filter=git-crypt diff=git-crypt\n",
    });
    const done = project.ok(["import", "git-crypt", ".env.production"]);
    expect(project.ok(["decrypt", ".env.production", "--stdout"]).stdout).toBe(plain);
    expect(done.stderr).toContain(".gitattributes line 2 what hands the file to git-crypt: .env.production filter=git-crypt");
    expect(done.stderr.indexOf("git rm --cached")).toBeLessThan(done.stderr.indexOf("line 2"));
    // It stays as the plaintext beside the vault, and the two agree.
    expect(project.git("check-ignore", ".env.production").trim()).toBe(".env.production");
    expect(project.git("status", "--short", "-uall")).toContain("?? .env.production.vault");
    project.write(".env.production", "A=3\n");
    expect(project.ok(["encrypt", ".env.production"]).stderr).toContain("-B ~A");
  });

  it("refuses a locked one, and asks for a name", () => {
    const project = start({ ".env.production": Buffer.from("\0GITCRYPT\0abcdefghijkl", "latin1") });
    expect(refuses(project, ["git-crypt", ".env.production"], { code: 3, error: "NO_KEY" }).stderr).toContain("git-crypt unlock");
    refuses(project, ["git-crypt"], { code: 2, error: "USAGE" });
    expect(project.ok(["init", "--yes", "--no-hooks"]).stderr).not.toContain(".env.production.vault");
    expect(existsSync(project.path(".env.production.vault"))).toBe(false);
  });
});

it("leaves no plaintext in any file but the vault's own, encrypted", () => {
  const real = dotenvx("2.38.2");
  const project = start({ ".env.production": real.file, ".env.keys": real.keys });
  const done = project.ok(["import", "dotenvx"]);
  const root = project.sandbox.root;
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => join(root, path));
  const holding = files.filter((path) => statSync(path).isFile() && readFileSync(path, "latin1").includes("sk_live_0123456789"));
  expect(holding).toEqual([]);
  expect(done.stdout + done.stderr).not.toContain("sk_live");
});
